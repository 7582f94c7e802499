"""Who is in a drawn face can be seen, and what is said of it is true."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from triptych.data.drawn.face_drawing import paint
from triptych.data.drawn.face_looks import (
    BACKGROUNDS,
    BEARDS,
    FABRICS,
    GLASSES,
    HAIRS,
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

SIDE = 32
BLUE = Paint("blue", HAIRS["blue"])
GREEN = Paint("green", BACKGROUNDS["green"])
RED, WHITE, YELLOW = (Paint(name, FABRICS[name]) for name in ("red", "white", "yellow"))


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
    plain = _plain_moment(background=GREEN)

    assert words_for_moment(plain) == ["green background"]
    assert sorted(words_for_moment(replace(plain, **change))) == sorted(["green background", word])


def test_looks_are_described_with_the_right_article() -> None:
    looks = _plain_looks(
        shirt=Paint("orange", FABRICS["orange"]),
        hat=Worn("cap", RED),
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
def test_the_background_has_its_color(name: str) -> None:
    background = Paint(name, BACKGROUNDS[name])
    image = paint(_plain_looks(), _plain_moment(background=background), SIDE)

    assert np.array_equal(image[0, 0], background.color)
    assert np.array_equal(image[0, -1], background.color)


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
    lips = np.asarray(looks.lips.color)
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
def test_colors_of_a_person_are_seen_at_the_smallest_scale(
    change: dict[str, str], box: tuple[int, int, int, int]
) -> None:
    left, top, right, bottom = box
    (part,) = change
    for color in ((210, 40, 40), (40, 60, 200)):
        image = paint(_plain_looks(**{part: Paint("", color)}), _plain_moment(), SIDE)
        seen = image[top:bottom, left:right].reshape(-1, 3).astype(np.float64)
        # Some of it may be covered by eyes, nose or ears.
        assert np.median(np.abs(seen - color).max(axis=1)) < 12


@pytest.mark.parametrize(
    "change",
    [
        *({"glasses": Worn(kind, RED)} for kind in GLASSES),
        *({"beard": kind} for kind in BEARDS),
        {"stripes": YELLOW},
        *({"hat": Worn(kind, RED)} for kind in HATS),
    ],
    ids=lambda change: next(str(getattr(value, "kind", value)) for value in change.values()),
)
def test_what_not_everybody_has_is_seen_at_the_smallest_scale(change: dict[str, Any]) -> None:
    moment = _plain_moment(background=GREEN)
    looks = _plain_looks(hair=BLUE, lips=Paint("red", (200, 40, 54)), shirt=WHITE)

    before, after = (
        paint(somebody, moment, SIDE) for somebody in (looks, replace(looks, **change))
    )

    assert _changed_pixels(before, after) >= 8


@pytest.mark.parametrize("part", ["hat", "glasses", "beard"])
def test_kinds_of_what_is_worn_are_told_apart(part: str) -> None:
    kinds = {"hat": HATS, "glasses": GLASSES, "beard": BEARDS}[part]
    moment = _plain_moment(background=GREEN)
    images = []
    for kind in kinds:
        worn = kind if part == "beard" else Worn(kind, RED)
        images.append(paint(_plain_looks(hair=BLUE, **{part: worn}), moment, 2 * SIDE))

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
    blue = Paint("blue", (30, 60, 230))
    looks = _plain_looks(hairstyle=style, hair=blue, shirt=WHITE, width=0.8, earrings=None)
    moment = _plain_moment(background=GREEN)

    image = paint(looks, moment, SIDE).astype(int)

    is_hair = image[..., 2] - image[..., 0] > 100
    assert {spot for spot, (x, y) in HAIR_SPOTS.items() if is_hair[y, x]} == spots
