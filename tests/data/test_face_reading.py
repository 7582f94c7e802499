"""What a drawn photo shows, read back from its pixels."""

import io

import numpy as np
import pytest
from PIL import Image
from support import ROOT

from triptych.config.load import read
from triptych.data.drawn.face_reading import can_be_read, read_statements
from triptych.data.drawn.faces import draw
from triptych.job.seeds import derive


def _photos(persons: int, photos: int, side: int, seed: int) -> list[tuple[np.ndarray, set[str]]]:
    """Test photos with the statements of their descriptions that can be read."""
    return [
        (
            np.asarray(Image.open(io.BytesIO(photo.image))),
            set(filter(can_be_read, photo.description.split(", "))),
        )
        for photo in draw("test", persons, photos, side=side, seed=seed)
    ]


def test_the_test_photos_of_scale_smoke_are_read_exactly() -> None:
    parameters = read(ROOT / "params.yaml")
    faces = parameters.scales["smoke"].personalization.faces
    seed = derive(parameters.seed, "data", "smoke", "drawn_faces")

    for image, described in _photos(faces.test_persons, faces.photos, faces.side, seed):
        assert read_statements(image) == described


@pytest.mark.parametrize("side", [16, 32, 64])
def test_few_photos_leave_a_doubt_whatever_their_size(side: int) -> None:
    photos = _photos(40, 5, side, seed=7)

    right = [read_statements(image) == described for image, described in photos]

    assert np.mean(right) >= 0.97


def test_a_mirrored_photo_is_lit_from_the_other_side() -> None:
    for image, described in _photos(10, 2, 32, seed=7):
        sides = {one for one in read_statements(image[:, ::-1]) if one.startswith("lit")}

        assert sides == {
            f"lit from the {'right' if one.endswith('left') else 'left'}"
            for one in described
            if one.startswith("lit")
        }


@pytest.mark.parametrize("value", [0, 255])
def test_an_image_of_one_color_has_a_background_and_even_light(value: int) -> None:
    (statement,) = read_statements(np.full((32, 32, 3), value, dtype=np.uint8))

    assert statement.endswith(" background")


@pytest.mark.parametrize("statement", ["smiling", "looking left", "dim light", "brown skin"])
def test_what_few_pixels_show_cannot_be_read(statement: str) -> None:
    assert not can_be_read(statement)
