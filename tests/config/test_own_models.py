"""Base, adapter and photos of one's own in the parameters."""

from pathlib import Path
from typing import Any

import pytest
from refusals import PARAMS, refusal_of

from triptych.config.base_model import LocalModel
from triptych.config.load import read
from triptych.config.personalization import PersonalizationParameters
from triptych.data.own import folders
from triptych.personalization import description, files
from triptych.personalization.artifacts.setting import Setting

PANEL = "scales.paper.personalization"
COMMIT = "0123456789abcdef0123456789abcdef01234567"
HUB = {"repository": "someone/their-model", "revision": COMMIT}


def panel(base: Any, adapter: Any) -> PersonalizationParameters:
    """Scale paper with another base and adapter."""
    sections = read(PARAMS).scales["paper"].personalization.model_dump()
    return PersonalizationParameters.model_validate(sections | {"base": base, "adapter": adapter})


OWN = {
    "folder": (panel({"folder": "my model"}, {"folder": "my adapter"}), "data/own/paper/base"),
    "hub": (panel({"hub": HUB}, {"released": "ip_adapter_sd15"}),
            f"data/own/hub/someone/their-model/{COMMIT}"),
}  # fmt: skip


@pytest.mark.parametrize(("chosen", "folder"), OWN.values(), ids=OWN)
def test_a_base_of_ones_own_is_read_by_its_manifest_and_no_base_is_trained(
    chosen: PersonalizationParameters, folder: str
) -> None:
    manifest = f"{folder}/MANIFEST.sha256"
    assert files.base_model(chosen, "paper") == manifest
    assert files.released_weights(chosen, "paper") == [manifest]
    folders = [path.split("/")[-2] for path in files.all_files(chosen, "paper")]
    assert not {"base", "ip_adapter"} & set(folders)
    assert "ip_adapter_self_attention" in folders


def test_an_adapter_of_ones_own_is_where_fine_tunings_start() -> None:
    chosen, _ = OWN["folder"]
    manifest = "data/own/paper/adapter/MANIFEST.sha256"
    assert files.adapter_model(chosen, "paper", "ip_adapter") == manifest
    assert files.starting_adapter(chosen, "paper", "ip_adapter_finetuned") == [manifest]
    assert files.row_adapter(chosen, "paper", "ip_adapter_max_pool") == [manifest]


def test_scores_of_a_model_of_ones_own_are_not_comparable_and_no_path_is_shown() -> None:
    for (chosen, _), words in zip(OWN.values(), ("a folder", "someone/their-model"), strict=True):
        base, adapter = description.base_source(chosen), description.adapter_source(chosen)
        obstacle = Setting("inception_v3", "dlib_resnet", "lfw", 512, base, adapter).obstacle()
        said = " ".join([*description.differences(chosen), description.describe_setting(chosen)])
        assert obstacle is not None
        assert words in obstacle
        assert words in said
        assert "my model" not in said


def test_photos_of_ones_own_are_named_so_and_are_not_comparable() -> None:
    chosen, _ = OWN["folder"]
    faces = chosen.faces.model_copy(update={"dataset": "folder"})
    own = chosen.model_copy(update={"faces": faces})
    assert description.describe_setting(own).startswith("photos of the user at 512 pixels")
    assert "The faces are photos of the user, not lfw." in description.differences(own)
    setting = Setting("inception_v3", "dlib_resnet", "folder", 512, "released", "released")
    assert setting.obstacle() == "faces of a folder of the user, in the paper of lfw"


@pytest.mark.parametrize(
    ("changes", "without", "words"),
    [
        ({"base.hub": {**HUB, "revision": "main"}}, ("base.released",),
         ("base.hub.revision", "a commit of 40 hexadecimal digits", "'main'")),
        ({"base.hub": {**HUB, "repository": "model"}}, ("base.released",),
         ("base.hub.repository", "OWNER/NAME", "'model'")),
        ({"base.folder": ""}, (), ("base.folder", "a text", "''")),
        ({"base.folder": "a", "base.hub": HUB}, ("base.released",), ("base", "hub")),
        ({"faces.dataset": "folder"}, (), ("faces", "the section folder with the path", "folder")),
    ],
)  # fmt: skip
def test_an_incomplete_model_of_ones_own_is_refused(
    changes: dict[str, Any], without: tuple[str, ...], words: tuple[str, ...]
) -> None:
    error = refusal_of(
        {f"{PANEL}.{key}": value for key, value in changes.items()},
        tuple(f"{PANEL}.{key}" for key in without),
    )
    for word in words:
        assert word in str(error)


def test_an_overlay_replaces_a_trained_base(tmp_path: Path) -> None:
    overlay = tmp_path / "own.yaml"
    overlay.write_text(
        "scales: {lab: {personalization: {adapter: {folder: b}, base: {folder: a},"
        " extensions: [], faces: {dataset: folder, folder: {path: c}}}},"
        " smoke: {personalization: {base: {folder: null}, adapter: {folder: null}}}}"
    )
    scales = read(PARAMS, [overlay]).scales
    lab, smoke = scales["lab"].personalization, scales["smoke"].personalization
    assert (lab.base, lab.adapter) == (LocalModel(folder="a"), LocalModel(folder="b"))
    assert folders(lab) == {"photos": "c", "base": "a", "adapter": "b"}
    # Smoke has faces and a base of its own.
    assert folders(smoke) == {}
    assert smoke == read(PARAMS).scales["smoke"].personalization.model_copy(
        update={"faces": smoke.faces}
    )


def test_an_adapter_of_ones_own_does_not_fit_a_base_that_is_trained_here() -> None:
    smoke = "scales.smoke.personalization.adapter"
    error = refusal_of({f"{smoke}.folder": "mine"}, (f"{smoke}.training",))
    assert "an adapter that is trained here" in error.expected
