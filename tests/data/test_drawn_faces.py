"""Drawn faces: who is in them can be seen, and what is said of them is true."""

import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from triptych.config import FacesParameters, FaceSplit
from triptych.data.drawn_faces import draw
from triptych.data.face_drawing import paint
from triptych.data.face_looks import (
    BACKGROUNDS,
    BEARDS,
    FABRICS,
    GLASSES,
    HATS,
    Looks,
    Moment,
    Paint,
    Worn,
    random_looks,
    random_moment,
    words_for_looks,
    words_for_moment,
)
from triptych.data.faces import Faces, Photo
from triptych.data.steps import drawn_faces
from triptych.errors import UserError

SPLITS: tuple[FaceSplit, ...] = ("corpus", "train", "test")
SIDE = 32


def _photos(split: FaceSplit, persons: int, photos: int, seed: int = 7) -> list[Photo]:
    return list(draw(split, persons, photos, side=SIDE, seed=seed))


def _image(photo: Photo) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(photo.image)))


def _plain_looks(**changed: Any) -> Looks:
    """Somebody without anything that hides something else."""
    plain = random_looks(np.random.default_rng(1))
    nothing = {"glasses": None, "hat": None, "beard": None, "stripes": None, "hairstyle": "short"}
    return replace(plain, **{**nothing, **changed})


def _plain_moment(**changed: Any) -> Moment:
    """A straight look into the camera."""
    plain = random_moment(np.random.default_rng(1))
    nothing = {"shift": (0.0, 0.0), "tilt": 0.0, "turn": 0.0, "gaze": 0.0, "size": 1.0}
    even = {"light": 1.0, "slope": 0.0, "smile": 0.0, "mouth_open": 0.0}
    return replace(plain, **{**nothing, **even, **changed})


def _changed_pixels(before: np.ndarray, after: np.ndarray) -> int:
    """How many pixels changed so much that everybody sees it."""
    return int((np.abs(after.astype(int) - before).max(axis=-1) > 40).sum())


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


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"smile": 0.9}, "smiling"),
        ({"smile": -0.4}, "frowning"),
        ({"mouth_open": 0.8}, "mouth open"),
        ({"gaze": -0.9}, "looking left"),
        ({"gaze": 0.9}, "looking right"),
        ({"light": 1.1}, "bright light"),
        ({"light": 0.75}, "dim light"),
        ({"slope": -0.19}, "lit from the left"),
        ({"slope": 0.19}, "lit from the right"),
    ],
)
def test_a_photo_is_described_by_what_stands_out(change: dict[str, float], word: str) -> None:
    background = Paint("green", BACKGROUNDS["green"])
    plain = _plain_moment(background=background)

    assert words_for_moment(plain) == ["green background"]
    assert sorted(words_for_moment(replace(plain, **change))) == sorted(["green background", word])


def test_looks_are_described_with_the_right_article() -> None:
    looks = _plain_looks(
        shirt=Paint("orange", FABRICS["orange"]),
        hat=Worn("cap", Paint("red", FABRICS["red"])),
        glasses=Worn("round", Paint("blue", FABRICS["blue"])),
        beard="goatee",
        hair=Paint("red", (200, 74, 26)),
    )

    words = words_for_looks(looks)

    assert {"an orange shirt", "a red cap", "round blue glasses", "a goatee"} <= set(words)
    assert "short red hair" in words


def test_light_is_seen_as_it_is_described() -> None:
    looks = _plain_looks()
    dim, even, bright = (
        paint(looks, _plain_moment(light=light), SIDE).mean() for light in (0.75, 1.0, 1.1)
    )
    from_left = paint(looks, _plain_moment(slope=-0.19), SIDE).astype(np.float64)

    assert dim < even < bright
    assert from_left[:8, :6].mean() > from_left[:8, -6:].mean() + 20


@pytest.mark.parametrize("name", BACKGROUNDS)
def test_the_background_has_its_colour(name: str) -> None:
    background = Paint(name, BACKGROUNDS[name])
    image = paint(_plain_looks(), _plain_moment(background=background), SIDE)

    assert np.array_equal(image[0, 0], background.colour)
    assert np.array_equal(image[0, -1], background.colour)


def test_the_gaze_moves_the_pupils() -> None:
    looks, places = _plain_looks(), []
    for gaze in (-1.0, 1.0):
        image = paint(looks, _plain_moment(gaze=gaze), 128).astype(np.float64)
        straight = paint(looks, _plain_moment(), 128).astype(np.float64)
        # Where it became darker than with a straight gaze, the pupils went.
        darker = np.maximum(straight - image, 0).sum(axis=(0, 2))
        lighter = np.maximum(image - straight, 0).sum(axis=(0, 2))
        columns = np.arange(128)
        places.append(np.average(columns, weights=darker) - np.average(columns, weights=lighter))

    left, right = places
    assert left < -1
    assert right > 1


def test_a_smile_raises_the_corners_of_the_mouth() -> None:
    looks = _plain_looks(mouth_width=0.19)
    lips = np.asarray(looks.lips.colour)
    heights = []
    for smile in (-0.5, 1.0):
        image = paint(looks, _plain_moment(smile=smile), 256)[128:]
        rows, columns = np.nonzero((image == lips).all(axis=-1))
        outer = np.abs(columns - 128) > np.abs(columns - 128).max() * 0.75
        heights.append(rows[outer].mean() - rows[~outer].mean())

    frowning, smiling = heights
    assert smiling < 0 < frowning


@pytest.mark.parametrize(
    ("change", "box"),
    [
        ({"skin": "skin"}, (14, 18, 18, 20)),
        ({"shirt": "shirt"}, (12, 29, 20, 32)),
        ({"hair": "hair"}, (14, 5, 18, 8)),
    ],
    ids=["skin", "shirt", "hair"],
)
def test_colours_of_a_person_are_seen_at_the_smallest_scale(
    change: dict[str, str], box: tuple[int, int, int, int]
) -> None:
    left, top, right, bottom = box
    (part,) = change
    for colour in ((210, 40, 40), (40, 60, 200)):
        image = paint(_plain_looks(**{part: Paint("", colour)}), _plain_moment(), SIDE)
        seen = image[top:bottom, left:right].reshape(-1, 3).astype(np.float64)
        # Some of it may be covered by eyes, nose or ears.
        assert np.median(np.abs(seen - colour).max(axis=1)) < 12


@pytest.mark.parametrize(
    "change",
    [
        {"glasses": Worn("round", Paint("red", FABRICS["red"]))},
        {"glasses": Worn("square", Paint("red", FABRICS["red"]))},
        {"beard": "full beard"},
        {"beard": "goatee"},
        {"beard": "moustache"},
        {"stripes": Paint("yellow", FABRICS["yellow"])},
        {"hat": Worn("cap", Paint("red", FABRICS["red"]))},
        {"hat": Worn("beanie", Paint("red", FABRICS["red"]))},
        {"hat": Worn("hat", Paint("red", FABRICS["red"]))},
    ],
    ids=lambda change: next(str(getattr(value, "kind", value)) for value in change.values()),
)
def test_what_not_everybody_has_is_seen_at_the_smallest_scale(change: dict[str, Any]) -> None:
    moment = _plain_moment(background=Paint("green", BACKGROUNDS["green"]))
    hair, lips = Paint("blue", (46, 96, 210)), Paint("red", (200, 40, 54))
    looks = _plain_looks(hair=hair, lips=lips, shirt=Paint("white", FABRICS["white"]))

    before, after = (
        paint(somebody, moment, SIDE) for somebody in (looks, replace(looks, **change))
    )

    assert _changed_pixels(before, after) >= 8


@pytest.mark.parametrize("part", ["hat", "glasses", "beard"])
def test_kinds_of_what_is_worn_are_told_apart(part: str) -> None:
    kinds = {"hat": HATS, "glasses": GLASSES, "beard": BEARDS}[part]
    moment = _plain_moment(background=Paint("green", BACKGROUNDS["green"]))
    blue, red = Paint("blue", (46, 96, 210)), Paint("red", FABRICS["red"])
    images = []
    for kind in kinds:
        worn = kind if part == "beard" else Worn(kind, red)
        images.append(paint(_plain_looks(hair=blue, **{part: worn}), moment, 2 * SIDE))

    for ours, theirs in itertools.combinations(images, 2):
        assert _changed_pixels(ours, theirs) >= 20


HAIR_SPOTS = {
    "top": (16, 1),
    "crown": (13, 7),
    "temple": (7, 7),
    "brow": (16, 10),
    "cheek": (6, 13),
    "ear": (4, 17),
    "shoulder": (8, 26),
}


@pytest.mark.parametrize(
    ("style", "spots"),
    [
        ("none", set()),
        ("short", {"crown"}),
        ("fringe", {"crown", "brow"}),
        ("long", {"crown", "cheek", "shoulder"}),
        ("bob", {"crown", "brow", "cheek"}),
        ("curls", {"crown", "temple", "cheek", "ear"}),
        ("pigtails", {"crown", "ear"}),
        ("bun", {"crown", "top"}),
        ("mohawk", {"top"}),
        ("spikes", {"crown", "temple"}),
    ],
)
def test_hair_is_where_the_style_has_it_at_the_smallest_scale(style: str, spots: set[str]) -> None:
    blue, white = Paint("blue", (30, 60, 230)), Paint("white", FABRICS["white"])
    looks = _plain_looks(hairstyle=style, hair=blue, shirt=white, width=0.8, earrings=None)
    moment = _plain_moment(background=Paint("green", BACKGROUNDS["green"]))

    image = paint(looks, moment, SIDE).astype(int)

    is_hair = image[..., 2] - image[..., 0] > 100
    assert {spot for spot, (x, y) in HAIR_SPOTS.items() if is_hair[y, x]} == spots


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


def test_the_step_draws_three_sets_of_different_persons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (planted,) = draw("test", 1, 1, side=SIDE, seed=5)

    def draw_one_twice(split: FaceSplit, *counts: int, side: int, seed: int) -> Iterator[Photo]:
        photos = list(draw(split, *counts, side=side, seed=seed))
        if split == "corpus":
            photos[0] = replace(photos[0], image=planted.image)
        yield from photos

    monkeypatch.setattr("triptych.data.drawn_faces.draw", draw_one_twice)

    with pytest.raises(UserError) as caught:
        _draw_three_sets()

    assert planted.name in caught.value.where
    assert not list(tmp_path.glob("**/*.st"))


def test_the_step_refuses_parameters_of_real_faces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    real = PARAMETERS.model_copy(update={"dataset": "lfw", "corpus": None})

    with pytest.raises(UserError) as caught:
        _draw_three_sets(real)

    assert caught.value.found == "no corpus"
    assert not list(tmp_path.glob("**/*.st"))
