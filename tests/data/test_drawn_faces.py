"""Sets of drawn faces: the same for the same seed, persons told apart, photos described."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support import error_of

from triptych.config.personalization import FacesParameters, FaceSplit
from triptych.data.drawn.faces import draw
from triptych.data.faces import Faces, Photo
from triptych.data.steps import drawn_faces

SPLITS: tuple[FaceSplit, ...] = ("corpus", "train", "test")
SIDE = 32


def _photos(split: FaceSplit, persons: int, photos: int, seed: int = 7) -> list[Photo]:
    return list(draw(split, persons, photos, side=SIDE, seed=seed))


def _image(photo: Photo) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(photo.image)))


def test_the_same_seed_gives_the_same_photos_and_another_seed_others() -> None:
    first, again, other = (_photos("train", 3, 2, seed) for seed in (7, 7, 8))

    assert first == again
    for ours, theirs in zip(first, other, strict=True):
        assert ours.image != theirs.image


def test_a_larger_set_holds_a_smaller_one() -> None:
    small, large = _photos("corpus", 2, 2), _photos("corpus", 4, 3)

    assert small == [large[place] for place in (0, 1, 3, 4)]


@pytest.mark.parametrize("split", SPLITS)
def test_photos_are_named_by_person_and_place(split: FaceSplit) -> None:
    photos = _photos(split, 2, 2)

    assert [photo.person for photo in photos] == [f"{split}_0001"] * 2 + [f"{split}_0002"] * 2
    assert [photo.name for photo in photos[1:3]] == [
        f"{split}_0001/{split}_0001_0002",
        f"{split}_0002/{split}_0002_0001",
    ]


def test_no_photo_is_drawn_twice_in_any_set() -> None:
    pixels = [_image(photo).tobytes() for split in SPLITS for photo in _photos(split, 5, 5)]

    assert len(set(pixels)) == len(pixels) == 75


@pytest.mark.parametrize("side", [16, 33, 200])
def test_photos_have_the_size_asked_for_and_look_alike_at_every_size(side: int) -> None:
    (photo,) = draw("test", 1, 1, side=side, seed=3)
    (reference,) = draw("test", 1, 1, side=SIDE, seed=3)

    image = Image.open(io.BytesIO(photo.image))
    assert (image.size, image.mode) == ((side, side), "RGB")
    scaled = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX), np.float64)
    assert np.abs(scaled - _image(reference)).mean() < 12


def test_photos_of_a_person_are_nearer_to_each_other_than_to_those_of_others() -> None:
    images = np.stack([_image(photo) for photo in _photos("train", 20, 10)]).astype(np.float64)
    images = images.reshape(20, 10, -1)

    hits = 0
    for place in range(10):
        means = np.delete(images, place, axis=1).mean(axis=1)
        distances = ((images[:, None, place] - means) ** 2).sum(axis=-1)
        hits += int((distances.argmin(axis=1) == np.arange(20)).sum())

    # Chance: 0.05. The raw pixels alone give about 0.7.
    assert hits / 200 > 0.55


def test_photos_of_a_person_differ_in_pose_light_background_and_expression() -> None:
    photos = _photos("test", 4, 10)

    for first in range(0, 40, 10):
        images = np.stack([_image(photo) for photo in photos[first : first + 10]])
        differences = np.abs(images[1:].astype(np.float64) - images[0]).mean(axis=(1, 2, 3))
        assert differences.min() > 5
        # The background, in the upper corners.
        assert images[:, :3, :3].mean(axis=(1, 2)).std(axis=0).max() > 20


def test_photos_of_two_persons_are_taken_differently() -> None:
    photos = _photos("test", 10, 1)

    assert len({photo.description for photo in photos}) >= 8


def test_the_corpus_is_described_with_looks_and_the_benchmark_without() -> None:
    looks = re.compile("skin|hair|fringe|curls|pigtails|bun|mohawk|glasses|beard|shirt|cap|with")

    for split in SPLITS:
        for photo in _photos(split, 30, 2):
            assert photo.description.startswith("a photo of a person")
            # The corpus is told less of what passes, so that an encoder learns who somebody is.
            assert "background" in photo.description or split == "corpus"
            assert bool(looks.search(photo.description)) == (split == "corpus")
            # What a small text encoder takes in one piece.
            assert len(re.findall(r"\w+|,", photo.description)) <= 40


def test_a_description_names_a_few_looks_and_all_of_them_together_name_them_all() -> None:
    moment = "smiling|frowning|mouth open|looking|[a-z]+ background|[a-z]+ light|lit from"
    told = re.compile(f"a photo of a person with (.+?)((?:, (?:{moment})[^,]*)*)$")
    named: dict[str, list[list[str]]] = {}
    passing: set[int] = set()
    for photo in _photos("corpus", 4, 40):
        found = told.match(photo.description)
        assert found
        named.setdefault(photo.person, []).append(re.split(", | and ", found[1]))
        passing.add(found[2].count(","))

    assert passing == {0, 1, 2}
    # Skin, hair and shirt are seen of everybody; hats, glasses and so on of some.
    counts = {person: len(set().union(*photos)) for person, photos in named.items()}
    for person, photos in named.items():
        assert {len(looks) for looks in photos} == set(range(3, min(5, counts[person]) + 1))
    assert min(counts.values()) >= 3
    assert max(counts.values()) > 4


PARAMETERS = FacesParameters.model_validate(
    {
        "dataset": "drawn_faces",
        "corpus": {"persons": 3, "photos": 2},
        "train_persons": 2,
        "test_persons": 2,
        "photos": 4,
        "most_photos": 4,
        "crop": SIDE,
        "side": SIDE,
    }
)


def _draw_three_sets(parameters: FacesParameters = PARAMETERS) -> dict[str, Path]:
    paths = {split: Path(f"{split}.st") for split in SPLITS}
    outputs = {f"{split}_set": path for split, path in paths.items()}
    drawn_faces(**outputs, faces=parameters, seed=5)
    return paths


@pytest.mark.usefixtures("own_folder")
def test_the_step_draws_three_sets_of_different_persons() -> None:
    sets = {split: Faces(path) for split, path in _draw_three_sets().items()}

    counts = {
        split: [len(places) for places in faces.by_person().values()]
        for split, faces in sets.items()
    }
    assert counts == {"corpus": [2, 2, 2], "train": [4, 4], "test": [4, 4]}
    for split, faces in sets.items():
        assert faces.dataset == "drawn_faces"
        expected = list(draw(split, len(counts[split]), counts[split][0], side=SIDE, seed=5))
        assert faces.descriptions == tuple(photo.description for photo in expected)
        assert np.array_equal(faces.images(), np.stack([_image(photo) for photo in expected]))


def test_the_step_publishes_nothing_where_a_test_photo_is_in_the_corpus(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (planted,) = draw("test", 1, 1, side=SIDE, seed=5)

    def draw_one_twice(split: FaceSplit, *counts: int, side: int, seed: int) -> Iterator[Photo]:
        photos = list(draw(split, *counts, side=side, seed=seed))
        if split == "corpus":
            photos[0] = replace(photos[0], image=planted.image)
        yield from photos

    monkeypatch.setattr("triptych.data.drawn.faces.draw", draw_one_twice)

    assert planted.name in error_of(_draw_three_sets).where
    assert not list(own_folder.glob("**/*.st"))


def test_the_step_refuses_parameters_of_real_faces(own_folder: Path) -> None:
    real = PARAMETERS.model_copy(update={"dataset": "lfw", "corpus": None})

    assert error_of(_draw_three_sets, real).found == "no corpus"
    assert not list(own_folder.glob("**/*.st"))
