"""Draws hair, beard, glasses and hat of a head, and the shirt below it.

Coordinates are those of :mod:`triptych.data.drawn.face_drawing`.
"""

import math

from triptych.data.drawn.face_brush import CIRCLE, Brush, Point, mixed
from triptych.data.drawn.face_looks import Looks, Worn

_BLACK, _WHITE = (20, 18, 22), (255, 255, 255)
# Lower ends of the hair at the sides and on the forehead, and its rise in the middle.
_HAIRLINES = {
    "short": (-0.1, -0.29, 0.03),
    "fringe": (0.06, -0.19, -0.03),
    "long": (0.0, -0.27, 0.15),
    "bob": (0.04, -0.23, 0.0),
    "curls": (-0.1, -0.31, 0.0),
    "pigtails": (-0.08, -0.28, 0.12),
    "bun": (-0.12, -0.34, 0.02),
    "spikes": (-0.14, -0.31, 0.0),
}


def outline(looks: Looks) -> list[Point]:
    """Return the outline of a head: an ellipse with a narrower chin."""
    half = looks.width / 2
    return [(half * u * (1 - looks.jaw * max(v, 0) ** 2), 0.5 * v) for u, v in CIRCLE]


def shirt(body: Brush, looks: Looks) -> None:
    """Draw a shirt, striped or not."""
    middle, across, down = 1.12, 0.74, 0.56
    body.ellipse(looks.shirt.color, 0, middle, across, down)
    if looks.stripes:
        for top in (0.7, 0.86, 1.02):
            corners: list[Point] = []
            for y, sign in ((top, 1), (top + 0.08, -1)):
                reach = sign * across * math.sqrt(1 - ((middle - y) / down) ** 2)
                corners += [(-reach, y), (reach, y)]
            body.polygon(looks.stripes.color, corners)


def back_hair(head: Brush, looks: Looks) -> None:
    """Draw the hair behind the face."""
    half, color = looks.width / 2, mixed(looks.hair.color, _BLACK, 0.2)
    match looks.hairstyle:
        case "long" | "bob":
            end = 0.84 if looks.hairstyle == "long" else 0.38
            side = half + 0.13
            head.polygon(color, [*_arc(side, -0.1, 0.5), (side, end), (-side, end)])
        case "curls":
            for turn in range(12):
                angle = math.pi * (0.88 + 1.24 * turn / 11)
                x, y = (half + 0.12) * math.cos(angle), 0.46 * math.sin(angle) - 0.1
                head.ellipse(color, x, y, 0.15, 0.15)
        case "pigtails":
            for sign in (-1, 1):
                head.ellipse(looks.hair.color, sign * (half + 0.17), 0.08, 0.15, 0.26)
                head.ellipse(looks.shirt.color, sign * (half + 0.06), -0.12, 0.07, 0.07)
        case "bun":
            head.ellipse(color, 0, -0.63, 0.2, 0.18)


def front_hair(head: Brush, looks: Looks) -> None:
    """Draw the hair in front of the forehead."""
    half, color = looks.width / 2, looks.hair.color
    if looks.hairstyle in _HAIRLINES:
        head.polygon(color, _cap_of_hair(looks, *_HAIRLINES[looks.hairstyle]))
    match looks.hairstyle:
        case "spikes":
            for step in (-3, -2, -1, 0, 1, 2, 3):
                x = step * half / 3.4
                foot, tip = -0.46 + 0.024 * step**2, -0.74 + 0.03 * step**2
                head.polygon(color, [(x - 0.11, foot), (1.35 * x, tip), (x + 0.11, foot)])
        case "mohawk":
            for x, y, across, down in ((0, -0.5, 0.13, 0.22), (0, -0.62, 0.1, 0.2)):
                head.ellipse(color, x, y, across, down)


def beard(face: Brush, looks: Looks) -> None:
    """Draw a full beard, a goatee or a moustache."""
    half, mouth = looks.width / 2, looks.mouth_height
    color = mixed(looks.hair.color, _BLACK, 0.12)
    match looks.beard:
        case "full beard":
            chin = [(1.02 * x, 1.1 * y) for x, y in outline(looks) if y > 0]
            cheek = [(-0.74 * half, 0.06), (-0.6 * half, mouth - 0.09)]
            inner = [*cheek, (0, mouth - 0.1), *((-x, y) for x, y in reversed(cheek))]
            face.polygon(color, [(half, 0), *chin, (-half, 0), *inner])
        case "goatee":
            face.ellipse(color, 0, mouth + 0.1, 0.15, 0.17)
        case "moustache":
            for sign in (-1, 1):
                tip = (sign * 0.27, mouth + 0.03)
                upper, lower = (sign * 0.19, mouth - 0.09), (0, mouth - 0.01)
                face.polygon(color, [(0, mouth - 0.12), upper, tip, lower])


def glasses(face: Brush, looks: Looks, worn: Worn) -> None:
    """Draw round or square rims; the skin behind the lenses is brighter."""
    rims, y, reach = worn.paint.color, looks.eye_height, looks.width / 2
    lens = mixed(looks.skin.color, _WHITE, 0.5)
    face.polygon(rims, _box(-reach, y - 0.03, reach, y + 0.02))
    for x in (-looks.eye_distance, looks.eye_distance):
        for color, radius in ((rims, 0.16), (lens, 0.115)):
            if worn.kind == "round":
                face.ellipse(color, x, y, radius, radius)
            else:
                face.polygon(color, _box(x - radius, y - radius, x + radius, y + 0.85 * radius))


def hat(head: Brush, looks: Looks, worn: Worn) -> None:
    """Draw a cap, a beanie or a hat with a brim."""
    half, color = looks.width / 2, worn.paint.color
    shade = mixed(color, _BLACK, 0.3)
    if worn.kind == "hat":
        foot, top = 0.82 * half, 0.74 * half
        head.polygon(color, [(-foot, -0.34), (-top, -0.8), (top, -0.8), (foot, -0.34)])
        head.polygon(mixed(color, _BLACK, 0.55), _box(-foot, -0.49, foot, -0.38))
        head.ellipse(shade, 0, -0.34, half + 0.25, 0.085)
        return
    head.polygon(color, _arc(1.17 * half, -0.28, 0.42))
    if worn.kind == "beanie":
        head.ellipse(mixed(color, _WHITE, 0.6), 0, -0.72, 0.12, 0.11)
        head.polygon(shade, _box(-1.2 * half, -0.39, 1.2 * half, -0.25))
    else:
        head.ellipse(shade, 0.2, -0.28, half + 0.1, 0.075)


def _arc(across: float, foot: float, height: float) -> list[Point]:
    """Return the upper half of an ellipse, from left to right."""
    upper = [*CIRCLE[len(CIRCLE) // 2 :], CIRCLE[0]]
    return [(across * u, foot + height * v) for u, v in upper]


def _cap_of_hair(looks: Looks, sides: float, forehead: float, parting: float) -> list[Point]:
    """Return the outline from ear to ear over the head, and back along the hairline."""
    half = looks.width / 2
    right = [(1.09 * half, sides), (0.93 * half, sides), (0.78 * half, forehead)]
    left = [(-x, y) for x, y in reversed(right)]
    return [*_arc(1.09 * half, -0.05, 0.5), *right, (0, forehead - parting), *left]


def _box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
