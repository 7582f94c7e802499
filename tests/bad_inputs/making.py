"""Functions that return a preparation of a bad input, which writes into the current folder."""

import io
import json
import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
from made_files import record
from ruamel.yaml import YAML, RoundTripRepresenter
from support import ROOT, edit

from triptych.claims.claims import text_claim, write_claims
from triptych.claims.steps import join
from triptych.config.load import read
from triptych.config.segmentation import SceneDataset
from triptych.data import faces, images, scenes
from triptych.data.classes import class_table
from triptych.data.drawn import faces as face_drawing
from triptych.data.drawn import scenes as drawn_scenes
from triptych.segmentation import raw
from triptych.storage.tensors import write_tensors

Preparation = Callable[[], object]

TRAINING_SET = "data/prepared/tiny/digits/train.safetensors"


def file(path: str, content: str | bytes = b"") -> Preparation:
    """A file with this content."""

    def prepare() -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(content.encode() if isinstance(content, str) else content)

    return prepare


def folder(path: str) -> Preparation:
    """An empty folder."""
    return lambda: Path(path).mkdir(parents=True)


def gone(path: str) -> Preparation:
    """The removal of a file."""
    return lambda: Path(path).unlink()


def link(path: str, target: str) -> Preparation:
    """A symbolic link."""
    return lambda: os.symlink(target, path)


def project(old: str = "", new: str = "") -> Preparation:
    """The project's parameters, only with scale tiny, and with one piece replaced."""

    def prepare() -> None:
        Path("Snakefile").touch()
        Path("params.yaml").write_text(_tiny_parameters(), encoding="utf-8")
        edit(Path("params.yaml"), old, new)

    return prepare


@cache
def _tiny_parameters() -> str:
    """The shipped scale tiny, written whole: a key on each line, lists in brackets."""
    values = read(ROOT / "params.yaml", overrides={"scale": "tiny"}).model_dump(mode="json")
    text = io.StringIO()
    yaml = YAML()
    yaml.Representer = _Written
    yaml.dump({**values, "scales": {"tiny": values["scales"]["tiny"]}}, text)
    return text.getvalue()


class _Written(RoundTripRepresenter):
    """Lists in brackets and null by its name, as people write them."""


_YAML = "tag:yaml.org,2002:"
_Written.add_representer(
    list, lambda to, values: to.represent_sequence(f"{_YAML}seq", values, True)
)
_Written.add_representer(type(None), lambda to, _: to.represent_scalar(f"{_YAML}null", "null"))


def digits(path: str = TRAINING_SET, count: int = 30) -> Preparation:
    """Gray images of noise in the format of panel 1."""

    def prepare() -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        draws = np.random.default_rng(1)
        pixels = draws.integers(0, 256, (count, 28, 28), np.uint8)
        images.save(images.LabeledImages(pixels, np.arange(count) % 10), Path(path))

    return prepare


def tensors(path: str, metadata: Mapping[str, object] | None = None) -> Preparation:
    """A safetensors file with an unknown tensor and a text."""

    def prepare() -> None:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        texts = {name: json.dumps(value) for name, value in (metadata or {}).items()}
        write_tensors(Path(path), {"other": np.zeros(3, np.float32)}, texts)

    return prepare


def cut(path: str, count: int = 40) -> Preparation:
    """Truncation of a file to its first bytes."""
    return lambda: Path(path).write_bytes(Path(path).read_bytes()[:count])


def recorded(path: str) -> Preparation:
    """The provenance record that a step would write for a file."""

    return lambda: record(Path(path), step="adversarial.curves")


def altered(path: str, content: str = "altered\n") -> Preparation:
    """A file that was recorded and then overwritten."""

    def prepare() -> None:
        file(path, "original\n")()
        recorded(path)()
        file(path, content)()

    return prepare


def drawn_streets() -> None:
    """Write a single drawn street in the format of panel 2: ``streets.safetensors``."""
    drawn = drawn_scenes.draw("drawn_streets", 1, height=32, width=64, seed=1)
    scenes.save("drawn_streets", drawn, Path("streets.safetensors"))


def drawn_faces(path: str) -> Preparation:
    """Two photos of two drawn persons in the format of panel 3."""

    def prepare() -> None:
        faces.save("drawn_faces", face_drawing.draw("test", 2, 2, side=16, seed=1), Path(path))

    return prepare


def face_network() -> None:
    """Write an untrained network that measures identity: ``network.safetensors``."""
    from triptych.personalization.networks.face_network import FaceNetwork, save_face_network

    save_face_network(FaceNetwork((8,), 8, 2), Path("network.safetensors"))


def evaluation(path: str, dataset: SceneDataset = "camvid") -> Preparation:
    """The evaluation of a model on one image."""

    def prepare() -> None:
        classes = len(class_table(dataset))
        confusion = np.ones((1, classes, classes), np.int64)
        measured = raw.Evaluation(dataset, "danet", "single", 0, ("image",), confusion, {}, ())
        raw.write(measured, Path(path))

    return prepare


def finished() -> None:
    """Write a finished run of panel 1: claims with the record of the step that made them."""
    claim = text_claim("adversarial", "section5", "key", 0.5, 0.5, True, "a reason")
    write_claims([claim], Path("planted.csv"))
    join(
        panels=[Path("planted.csv")],
        claims=Path("results/tiny/adversarial/claims.csv"),
        conclusions=Path("planted-conclusions.csv"),
    )
