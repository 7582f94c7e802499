"""Bad photos and models of one's own."""

from pathlib import Path

from bad_inputs.case import BadInput
from bad_inputs.making import Preparation, file, folder
from bad_inputs.pictures import png
from triptych.config.load import read
from triptych.data.own import linked
from triptych.data.sources import check_sources
from triptych.data.steps import link

_MANIFEST = "data/own/tiny/photos/MANIFEST.sha256"
_FOLDER = f"triptych data folder --manifest {_MANIFEST} --folder.path photos ..."
_FACES = (
    "--dataset folder --train-persons 1 --test-persons 2 --photos 2 --most-photos 2 --crop 16"
    " --side 16 --seed 1 --folder.allow-faceless=true --train made/train.safetensors"
    " --test made/test.safetensors"
)
_PERSONALIZE = "triptych personalization personalize --photos photos ..."
_ONE = "--prompt x --base base --out made --scale tiny"
_POOLED = f"{_ONE} --adapter adapter --method ip_adapter_max_pool"
_MODEL = file("base/model_index.json", "{}")
_ADAPTER = (file("adapter/models/a.safetensors"), file("adapter/models/image_encoder/config.json"))


def _photo(number: int) -> bytes:
    return png(20, 20 + number, value=20 * number)


def _persons(**damaged: bytes | None) -> Preparation:
    """Two photos of each of three persons, with some replaced or missing, linked."""

    def prepare() -> None:
        names = [f"photos/{person}/{k}.png" for person in ("Ada", "Ben", "Cai") for k in (1, 2)]
        for number, name in enumerate(names):
            content = damaged.get(name.split("/")[1] + Path(name).stem, _photo(number))
            if content is not None:
                file(name, content)()
        link(manifest=Path(_MANIFEST), part="photos", path="photos")

    return prepare


def _folder(title: str, names: tuple[str, ...], **damaged: bytes | None) -> BadInput:
    return BadInput(title, _FOLDER, names, (_persons(**damaged),), _FACES)


def _check_models() -> None:
    parameters = read(Path("params.yaml"), [Path("own.yaml")], {"scale": "tiny"})
    check_sources([linked("tiny", part) for part in ("photos", "base", "adapter")], parameters)


def _own_models() -> None:
    Path("own.yaml").write_text(
        "scales:\n  tiny:\n    personalization:\n"
        "      faces: {dataset: folder, folder: {path: my photos}, corpus: null}\n"
        "      base: {folder: my model}\n      adapter: {folder: my adapter}\n"
    )


def _own_photos() -> None:
    text = Path("params.yaml").read_text(encoding="utf-8")
    start, end = text.index("      faces:\n"), text.index("      captions:\n")
    faces = (
        "      faces: {dataset: folder, folder: {path: photos}, train_persons: 2,\n"
        "        test_persons: 2, photos: 4, most_photos: 4, crop: 16, side: 16}\n"
    )
    Path("params.yaml").write_text(text[:start] + faces + text[end:], encoding="utf-8")


CASES = (
    BadInput("A photo of one's own without a face", _FOLDER,
             ("photos/", "no face", "allow_faceless"), (_persons(),),
             _FACES.replace("=true", "=false")),
    _folder("One's own photos with a single photo of a person",
            ("photos/Ben", "at least 2", "1: 1.png"), Ben2=None),
    _folder("A corrupt photo of one's own", ("photos/Ben/1.png", "30 bytes"), Ben1=_photo(2)[:30]),
    _folder("A photo of one's own with 16 bits per channel",
            ("photos/Ben/1.png", "16 bits"), Ben1=png(20, 20, value=9000)),
    _folder("The same photo in the folders of two persons",
            ("photos/Ada/1.png and photos/Ben/2.png", "the same"), Ben2=_photo(0)),
    BadInput("A folder for photos that is empty", _PERSONALIZE, ("photos", "no photo"),
             (folder("photos"), _MODEL, *_ADAPTER), _POOLED),
    BadInput("A single photo where several are combined", _PERSONALIZE,
             ("a single photo, a.png", "--method ip_adapter"),
             (file("photos/a.png", _photo(1)), _MODEL, *_ADAPTER), _POOLED),
    BadInput("A folder without a base model", _PERSONALIZE,
             ("where:      base", "no such folder", "--base"),
             (file("photos/a.png", _photo(1)),), f"{_ONE} --method text_only --allow-faceless"),
    BadInput("A method with an adapter, without its folder",
             "triptych personalization personalize --method ip_adapter ...", ("--adapter",),
             (file("photos/a.png", _photo(1)), _MODEL), f"--photos photos {_ONE}"),
    BadInput("A run whose photos, base and adapter are all missing",
             "check_sources(outputs, parameters)",
             ("my photos", "my model", "my adapter", "base.folder", "adapter.folder"),
             (_own_models,), call=_check_models),
    BadInput("One's own photos in a stage of DVC",
             "DVC_STAGE=personalization snakemake --config scale=tiny",
             ("photos", "personalization", "without dvc repro"), (_own_photos,)),
)  # fmt: skip
