"""docs/data.md: a data sheet for each data set and each set of weights."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from triptych.config.load import read
from triptych.config.models import Parameters
from triptych.config.personalization import FACE_DATASETS, CorpusParameters, FacesParameters
from triptych.config.segmentation import PRETRAINED, SCENE_DATASETS, DrawnParameters
from triptych.data import digits
from triptych.data.drawn import faces as drawn_faces
from triptych.data.drawn import scenes as drawn_scenes
from triptych.data.registry import Entry, PinnedFile, entries
from triptych.drawing.quantities import file_size

from .markdown import page as whole_page
from .markdown import table

_INTRODUCTION = """\
Data sets and weights that the pipeline reads. Downloads are listed in
[`registry.yaml`](../src/triptych/data/registry.yaml). Every file has a hash, except small files of
the Hugging Face Hub, which are pinned by the commit of their repository. A file is looked up in
`data/raw`, then in the mirror (`TRIPTYCH_MIRROR`, or `data.mirror` in `params.yaml`, as
`MIRROR/ENTRY/FILE`), then in an installed Python package or on the network, and is verified before
use. `triptych fetch ENTRY` fetches an entry. Scale smoke downloads nothing.

We have used the files of mnist, camvid, camvid_jpeg, lfw and efficientnet_lite0. The hashes of the
other entries are those that public projects pin. The comments of `registry.yaml` name these
projects."""
_WITHOUT_DOWNLOAD = """\
## Without a download

With these sets the whole workflow runs in minutes. No number made with them can be compared with a
paper's."""
_OWN = """\
## Photos of your own

Panel 3 also runs on `dataset: folder`, a folder of photos for each person. They stay on the
machine: [personalize.md](personalize.md) says how, and whom to ask."""
# Keyed by whether the images may be passed on.
_NOT_PASSED_ON: dict[bool, list[tuple[str, str]]] = {
    True: [],
    False: [("passed on", "no: `triptych adopt` leaves photos out of the figures that it copies")],
}
_MODULES = {digits: ("digits",), drawn_scenes: SCENE_DATASETS, drawn_faces: FACE_DATASETS}
# Parameter values that differ from the names of the entries that they need.
_OTHER_NAMES = {"voc": ("voc2012", "sbd"), "llava": ("llava_1_5_7b",)}


def page(root: Path) -> str:
    """Return the page: data sets, weights, then drawn sets."""
    parameters = read(root / "params.yaml")
    users = _users(parameters)
    sheets = [
        f"## {heading}\n\n" + "\n\n".join(
            _sheet(name, entry, users.get(name, []))
            for name, entry in entries().items()
            if entry.kind == kind
        )
        for kind, heading in (("data", "Data sets"), ("weights", "Weights"))
    ]  # fmt: skip
    overview = table(
        ("entry", "what", "source", "size", "scales"),
        [
            (
                f"[{name}](#{name})",
                entry.title,
                entry.source,
                _size(entry.all_files),
                _scales(users.get(name)),
            )
            for name, entry in entries().items()
        ],
    )
    return whole_page(
        "Data and weights",
        _INTRODUCTION,
        overview,
        *sheets,
        _OWN,
        _WITHOUT_DOWNLOAD,
        *_made_here(parameters),
    )


def _users(parameters: Parameters) -> dict[str, list[str]]:
    """Return the scales that use each entry, from the names in their parameters."""
    users: dict[str, list[str]] = {}
    for scale, panels in parameters.scales.items():
        named = set(_texts(panels.model_dump()))
        if panels.segmentation.pretrained:
            named.add(PRETRAINED[panels.segmentation.backbone])
        for name in named:
            for entry in _OTHER_NAMES.get(name, (name,)):
                users.setdefault(entry, []).append(scale)
    return users


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value


def _scales(names: list[str] | None) -> str:
    return ", ".join(names) if names else "none"


def _sheet(name: str, entry: Entry, scales: list[str]) -> str:
    facts = [
        ("license", entry.license),
        ("citation", entry.citation),
        ("access", entry.access),
        *_NOT_PASSED_ON[entry.redistributable],
        ("used by scale", _scales(scales)),
    ]
    facts += [("source", text) for text in _sources(entry)]
    files = [(f"`{file.name}`", _size((file,)), _hash(file)) for file in entry.all_files]
    return "\n\n".join([
        f"### {name}",
        f"{entry.title}.",
        table(("", ""), facts),
        table(("file", "size", "hash"), files),
    ])  # fmt: skip


def _sources(entry: Entry) -> Iterator[str]:
    """Describe the places of files that have no plain address."""
    if entry.hub:
        yield f"the hub's `{entry.hub.repository}` at revision `{entry.hub.revision}`"
    if entry.distribution:
        package = entry.distribution
        yield f"the Python package `{package.name}` {package.version}, folder `{package.folder}`"
    for file in entry.files:
        if origin := file.made_from:
            step = f"triptych data {origin.step.replace('_', '-')}"
            addresses = " or ".join(f"<{url}>" for url in origin.urls)
            yield f"`{file.name}` is made from {addresses}, as by `{step}`"


def _hash(file: PinnedFile) -> str:
    if file.digest is None:
        return "by the revision alone"
    name = {"sha256": "SHA-256", "md5": "MD5"}[file.algorithm]
    return f"{name} `{file.digest}`"


def _size(files: tuple[PinnedFile, ...]) -> str:
    """Return the total size as far as it is known."""
    sizes = list(filter(None, (file.bytes or file.approximate_bytes for file in files)))
    if not sizes:
        return "not known"
    return "about " * any(file.bytes is None for file in files) + file_size(sum(sizes))


def _made_here(parameters: Parameters) -> Iterator[str]:
    """Describe each set with its module's docstring, and how much of it each scale makes."""
    amounts = list(_amounts(parameters))
    for module, names in _MODULES.items():
        rows = [(f"`{name}`", scale, amount) for name, scale, amount in amounts if name in names]
        sets = dict.fromkeys(name for name, *_ in rows)
        if rows:
            text = (module.__doc__ or "").strip()
            yield f"### {', '.join(sets)}\n\n{text}\n\n{table(('set', 'scale', 'how much'), rows)}"


def _amounts(parameters: Parameters) -> Iterator[tuple[str, str, str]]:
    """Yield data set, scale and amount in words."""
    for scale, panels in parameters.scales.items():
        if panels.adversarial.dataset == "digits":
            tested = panels.adversarial.attack.test_images
            yield "digits", scale, f"28x28 pixels, {tested} for testing, the others for training"
        for scenes in (panels.segmentation.table1, panels.segmentation.table2):
            if scenes and scenes.drawn:
                yield scenes.dataset, scale, _scenes_in_words(scenes.drawn)
        faces = panels.personalization.faces
        if faces.corpus:
            yield faces.dataset, scale, _faces_in_words(faces, faces.corpus)


def _scenes_in_words(drawn: DrawnParameters) -> str:
    return (
        f"{drawn.width}x{drawn.height} pixels, {drawn.train} for training,"
        f" {drawn.val} for validation, {drawn.test} for testing"
    )


def _faces_in_words(faces: FacesParameters, corpus: CorpusParameters) -> str:
    return (
        f"{faces.side}x{faces.side} pixels; {corpus.persons} persons with {corpus.photos} photos"
        f" each for the base model, {faces.train_persons} with {faces.photos} to fine-tune the"
        f" adapters, {faces.test_persons} with {faces.photos} for testing"
    )
