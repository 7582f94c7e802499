"""The looks of a drawn person, and the conditions of a drawn photo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from triptych.data.classes import Color


class Paint(NamedTuple):
    """A color with its name."""

    name: str
    color: Color


class Worn(NamedTuple):
    """Glasses or a hat: kind and color."""

    kind: str
    paint: Paint


@dataclass(frozen=True)
class Looks:
    """The looks of a person, which all photos of the person share.

    Lengths are in heights of the head; the middle is at 0, the top at -0.5, the chin at 0.5.

    Attributes
    ----------
    skin, hair, eyes, lips, shirt
        Their colors.
    hairstyle
        One of :data:`HAIRSTYLES`.
    width, jaw
        Width of the head; share of it by which the chin is narrower.
    eye_distance, eye_height, eye_size
        Distance from the middle to an eye; vertical position of the eyes; half their width.
    brow, brow_slope
        Thickness of the brows; how much lower their inner ends are.
    nose_width, nose_length, mouth_width, mouth_height, ears
        Half widths; length of the nose; vertical position of the mouth.
    glasses, hat
        One of :data:`GLASSES` and of :data:`HATS`, if any.
    beard
        One of :data:`BEARDS`, if any.
    stripes, earrings
        Their colors, if any.
    freckles
        Whether the person has freckles.
    """

    skin: Paint
    hair: Paint
    eyes: Paint
    lips: Paint
    shirt: Paint
    hairstyle: str
    width: float
    jaw: float
    eye_distance: float
    eye_height: float
    eye_size: float
    brow: float
    brow_slope: float
    nose_width: float
    nose_length: float
    mouth_width: float
    mouth_height: float
    ears: float
    glasses: Worn | None
    hat: Worn | None
    beard: str | None
    stripes: Paint | None
    earrings: Paint | None
    freckles: bool


@dataclass(frozen=True)
class Moment:
    """The conditions of a photo, which differ between the photos of a person.

    Attributes
    ----------
    shift
        Shift of the head, right and down, as a share of the photo's side.
    tilt
        Tilt of the head, radians, clockwise.
    turn, gaze
        Direction of the face and of the eyes, -1 (left) to 1 (right).
    size
        Relative size of the head, about 1.
    light, slope
        Brightness, about 1; share by which the right edge is brighter than the middle.
    background
        The color behind the person.
    smile
        -0.5 (frowning) to 1.
    mouth_open
        0 to 1.
    """

    shift: tuple[float, float]
    tilt: float
    turn: float
    gaze: float
    size: float
    light: float
    slope: float
    background: Paint
    smile: float
    mouth_open: float


SKINS: dict[str, Color] = {
    "pale": (246, 212, 190),
    "light": (234, 184, 148),
    "tan": (204, 146, 102),
    "brown": (150, 96, 62),
    "dark": (92, 58, 42),
}
HAIRS: dict[str, Color] = {
    "black": (30, 26, 32),
    "brown": (104, 62, 34),
    "blond": (236, 196, 84),
    "red": (200, 74, 26),
    "white": (232, 232, 230),
    "grey": (140, 142, 148),
    "blue": (46, 96, 210),
    "pink": (236, 104, 166),
    "green": (60, 160, 84),
    "purple": (126, 62, 172),
}
EYES: dict[str, Color] = {
    "brown": (96, 54, 26),
    "blue": (44, 120, 214),
    "green": (50, 150, 80),
    "grey": (110, 120, 130),
    "black": (24, 20, 24),
}
LIPS: dict[str, Color] = {"pale": (206, 126, 116), "red": (200, 40, 54), "dark": (130, 58, 62)}
FABRICS: dict[str, Color] = {
    "red": (210, 44, 48),
    "orange": (238, 134, 36),
    "yellow": (240, 204, 56),
    "green": (46, 148, 78),
    "turquoise": (52, 186, 186),
    "blue": (40, 92, 200),
    "purple": (128, 66, 176),
    "pink": (236, 122, 174),
    "white": (236, 236, 232),
    "black": (40, 40, 48),
    "brown": (120, 78, 48),
}
BACKGROUNDS: dict[str, Color] = {
    "white": (224, 224, 220),
    "grey": (150, 154, 160),
    "blue": (134, 178, 222),
    "green": (146, 196, 144),
    "yellow": (228, 210, 130),
    "pink": (228, 174, 186),
    "brown": (168, 136, 108),
    "dark": (66, 70, 84),
}
GLASSES = ("round", "square")
HATS = ("cap", "beanie", "hat")
BEARDS = ("full beard", "goatee", "moustache")
# Their descriptions; a hat hides the last three.
HAIRSTYLES = {
    "none": "no hair",
    "short": "short {} hair",
    "fringe": "a {} fringe",
    "long": "long {} hair",
    "bob": "bobbed {} hair",
    "curls": "{} curls",
    "pigtails": "{} pigtails",
    "bun": "a {} bun",
    "mohawk": "a {} mohawk",
    "spikes": "spiky {} hair",
}
_UNDER_A_HAT = tuple(HAIRSTYLES)[:-3]


def random_looks(rng: np.random.Generator) -> Looks:
    """Draw the looks of a person at random."""
    hat = Worn(_one_of(HATS, rng), _paint(FABRICS, rng)) if rng.random() < 0.3 else None
    glasses = Worn(_one_of(GLASSES, rng), _paint(FABRICS, rng)) if rng.random() < 0.35 else None
    width = rng.uniform(0.66, 0.92)
    return Looks(
        skin=_paint(SKINS, rng),
        hair=_paint(HAIRS, rng),
        eyes=_paint(EYES, rng),
        lips=_paint(LIPS, rng),
        shirt=_paint(FABRICS, rng),
        hairstyle=_one_of(_UNDER_A_HAT if hat else tuple(HAIRSTYLES), rng),
        width=width,
        jaw=rng.uniform(0.0, 0.4),
        eye_distance=width * rng.uniform(0.2, 0.265),
        eye_height=rng.uniform(-0.07, 0.04),
        eye_size=rng.uniform(0.075, 0.12),
        brow=rng.uniform(0.02, 0.065),
        brow_slope=rng.uniform(-0.045, 0.05),
        nose_width=rng.uniform(0.045, 0.1),
        nose_length=rng.uniform(0.09, 0.16),
        mouth_width=rng.uniform(0.11, 0.19),
        mouth_height=rng.uniform(0.28, 0.32),
        ears=rng.uniform(0.06, 0.12),
        glasses=glasses,
        hat=hat,
        beard=_one_of(BEARDS, rng) if rng.random() < 0.35 else None,
        stripes=_paint(FABRICS, rng) if rng.random() < 0.4 else None,
        earrings=_paint(FABRICS, rng) if rng.random() < 0.25 else None,
        freckles=rng.random() < 0.2,
    )


def random_moment(rng: np.random.Generator) -> Moment:
    """Draw the conditions of a photo at random."""
    right, down, tilt, turn, gaze, slope = rng.uniform(-1, 1, size=6).tolist()
    return Moment(
        shift=(0.035 * right, 0.025 * down),
        tilt=0.16 * tilt,
        turn=turn,
        gaze=gaze,
        size=rng.uniform(0.9, 1.06),
        light=rng.uniform(0.72, 1.12),
        slope=0.2 * slope,
        background=_paint(BACKGROUNDS, rng),
        smile=rng.uniform(-0.5, 1.0),
        mouth_open=max(0.0, rng.uniform(-1.2, 1.0)),
    )


def words_for_looks(looks: Looks) -> list[str]:
    """Describe the looks of a person."""
    words = [f"{looks.skin.name} skin", HAIRSTYLES[looks.hairstyle].format(looks.hair.name)]
    if looks.glasses:
        words.append(f"{looks.glasses.kind} {looks.glasses.paint.name} glasses")
    if looks.hat:
        words.append(_with_article(f"{looks.hat.paint.name} {looks.hat.kind}"))
    if looks.beard:
        words.append(f"a {looks.beard}")
    if looks.earrings:
        words.append("earrings")
    if looks.freckles:
        words.append("freckles")
    striped = "striped " if looks.stripes else ""
    words.append(_with_article(f"{striped}{looks.shirt.name} shirt"))
    return words


def words_for_moment(moment: Moment) -> list[str]:
    """Describe the conditions of a photo, without the person."""
    words = {
        "smiling": moment.smile > 0.45,
        "frowning": moment.smile < -0.1,
        "mouth open": moment.mouth_open > 0.3,
        "looking left": moment.gaze < -0.4,
        "looking right": moment.gaze > 0.4,
        f"{moment.background.name} background": True,
        "bright light": moment.light > 1.02,
        "dim light": moment.light < 0.82,
        "lit from the left": moment.slope < -0.1,
        "lit from the right": moment.slope > 0.1,
    }
    return [word for word, holds in words.items() if holds]


def _with_article(words: str) -> str:
    return f"an {words}" if words.startswith("o") else f"a {words}"


def _one_of(choices: tuple[str, ...], rng: np.random.Generator) -> str:
    return choices[rng.integers(len(choices))]


def _paint(colors: Mapping[str, Color], rng: np.random.Generator) -> Paint:
    """Choose one of the colors and vary it slightly."""
    name = _one_of(tuple(colors), rng)
    gain, *tints = rng.uniform(-1, 1, size=4).tolist()
    red, green, blue = (
        max(0, min(255, round(part * (1 + 0.08 * gain) + 8 * tint)))
        for part, tint in zip(colors[name], tints, strict=True)
    )
    return Paint(name, (red, green, blue))
