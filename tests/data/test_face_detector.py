"""Whether a photo shows a face."""

import io
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import error_of

from triptych.data import face_detector, lfw, photo_folder
from triptych.data.drawn.faces import draw
from triptych.data.face_detector import has_face
from triptych.data.fetch import fetch, verified
from triptych.data.trees import Tree


def test_a_face_is_seen_in_some_drawn_photos_and_in_no_noise(tmp_path: Path) -> None:
    drawn = [photo.image for photo in draw("test", 10, 2, side=64, seed=3)]
    seen = [image for image in drawn if has_face(Image.open(io.BytesIO(image)))]
    assert seen
    (tmp_path / "face.png").write_bytes(seen[0])
    assert photo_folder.center_square(tmp_path / "face.png", faceless=False).size == (64, 64)
    draws = np.random.default_rng(1)
    for _ in range(5):
        assert not has_face(Image.fromarray(draws.integers(0, 256, (90, 90, 3), np.uint8)))


def test_without_dlib_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    face_detector._detector.cache_clear()
    monkeypatch.setitem(sys.modules, "dlib", None)
    error = error_of(has_face, Image.new("RGB", (9, 9)))
    assert "pip install dlib-bin" in error.remedy


@pytest.mark.mirror
def test_a_face_is_found_in_real_photos(mirror: Path, tmp_path: Path) -> None:
    fetch("lfw", tmp_path, mirror)
    tree = Tree(*verified("lfw", tmp_path).values())
    persons = lfw.divide(tree, photos=10, train=10, test=10, seed=1)["test"]
    photos = lfw.read(tree, persons, most=2, crop=250, side=250)
    found = [has_face(Image.open(io.BytesIO(photo.image))) for photo in photos]
    assert sum(found) >= len(found) - 1 >= 19
