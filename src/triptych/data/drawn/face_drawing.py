"""Draws a photo of a face from the looks of a person and the conditions of the photo.

Coordinates are x to the right and y down from the middle of the head, in heights
of the head: its top is at -0.5, its chin at 0.5.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from triptych.data.drawn import face_dress
from triptych.data.drawn.face_brush import Brush, Point, mixed
from triptych.data.drawn.face_looks import Looks, Moment

# Photos are drawn four times as large and averaged, for soft edges.
_FINE = 4
# Head heights in a photo, and the place of the middle of the head.
_HEADS, _MIDDLE = 1.72, (0.5, 0.475)
# Places along a mouth, from its left corner to its right one.
_ALONG = (-1.0, -0.75, -0.4, 0.0, 0.4, 0.75, 1.0)
_BLACK, _WHITE, _THROAT = (24, 20, 24), (252, 252, 250), (70, 16, 26)


def paint(looks: Looks, moment: Moment, side: int) -> NDArray[np.uint8]:
    """Draw a photo, uint8 (side, side, 3)."""
    image = Image.new("RGB", (side * _FINE, side * _FINE), moment.background.color)
    body, head, face = _brushes(ImageDraw.Draw(image), moment, side * _FINE)
    face_dress.shirt(body, looks)
    face_dress.back_hair(head, looks)
    _head(body, head, looks, moment)
    if looks.freckles:
        _freckles(face, looks)
    face_dress.beard(face, looks)
    _mouth(face, looks, moment)
    _nose(face.moved(0.03 * moment.turn, 0), looks)
    if looks.glasses:
        face_dress.glasses(face, looks, looks.glasses)
    _eyes(face, looks, moment)
    face_dress.front_hair(head, looks)
    if looks.hat:
        face_dress.hat(head, looks, looks.hat)
    return _lit(np.asarray(image.reduce(_FINE)), moment)


def _brushes(draw: ImageDraw.ImageDraw, moment: Moment, side: int) -> tuple[Brush, Brush, Brush]:
    """Return brushes for the upright body, the head, and the face that turns on the head."""
    (right, down), (x, y) = moment.shift, _MIDDLE
    scale = side * moment.size / _HEADS
    center = (side * (x + right), side * (y + down))
    head = Brush(draw, center, scale, moment.tilt)
    return Brush(draw, center, scale, 0.0), head, head.moved(0.07 * moment.turn, 0)


def _head(body: Brush, head: Brush, looks: Looks, moment: Moment) -> None:
    """Draw neck, ears and the skin of the face; a turned head shows more of one ear."""
    skin = looks.skin.color
    shade = mixed(skin, _BLACK, 0.22)
    body.polygon(shade, [(-0.15, 0.2), (0.15, 0.2), (0.16, 0.66), (0, 0.74), (-0.16, 0.66)])
    for sign in (-1, 1):
        x = sign * looks.width / 2 - 0.03 * moment.turn
        head.ellipse(shade, x, 0.03, looks.ears, looks.ears * 1.4)
        if looks.earrings:
            head.ellipse(looks.earrings.color, x + 0.3 * sign * looks.ears, 0.2, 0.05, 0.06)
    head.polygon(skin, face_dress.outline(looks))


def _freckles(face: Brush, looks: Looks) -> None:
    dot = mixed(looks.skin.color, (120, 50, 20), 0.55)
    for x, y in ((0.17, 0.11), (0.23, 0.15), (0.12, 0.17), (0.2, 0.2)):
        for sign in (-1, 1):
            face.ellipse(dot, sign * x, y, 0.022, 0.022)


def _eyes(face: Brush, looks: Looks, moment: Moment) -> None:
    size, y = looks.eye_size, looks.eye_height
    brow = mixed(looks.hair.color, _BLACK, 0.35)
    for sign in (-1, 1):
        x = sign * looks.eye_distance
        face.ellipse(_WHITE, x, y, size, size * 0.8)
        look = x + 0.45 * size * moment.gaze
        face.ellipse(looks.eyes.color, look, y, size * 0.62, size * 0.72)
        face.ellipse(_BLACK, look, y, size * 0.3, size * 0.36)
        foot, slope = y - size - 0.045, looks.brow_slope
        inner, outer = (x - sign * size, foot + slope), (x + sign * 1.2 * size, foot - slope)
        face.polygon(brow, [inner, outer, *((u, v - looks.brow) for u, v in (outer, inner))])


def _nose(face: Brush, looks: Looks) -> None:
    shade = mixed(looks.skin.color, (110, 40, 20), 0.3)
    top, tip = looks.eye_height + 0.05, looks.eye_height + 0.03 + looks.nose_length
    face.polygon(shade, [(0, top), (looks.nose_width, tip), (-looks.nose_width, tip)])
    face.ellipse(shade, 0, tip, looks.nose_width, 0.045)


def _mouth(face: Brush, looks: Looks, moment: Moment) -> None:
    opening = 0.13 * moment.mouth_open
    face.polygon(looks.lips.color, _lips(looks, moment, opening + 0.055, 1.0))
    if opening:
        face.polygon(_THROAT, _lips(looks, moment, opening, 0.8))


def _lips(looks: Looks, moment: Moment, height: float, width: float) -> list[Point]:
    """Return the outline of a mouth whose corners rise with the smile."""
    reach = looks.mouth_width * width * (1 + 0.25 * max(moment.smile, 0))
    points: list[Point] = []
    for side, places in ((-1, _ALONG), (1, reversed(_ALONG))):
        for place in places:
            bend = 0.09 * moment.smile * (0.5 - place**2)
            thickness = side * height / 2 * (1 - place**4)
            points.append((reach * place, looks.mouth_height + bend + thickness))
    return points


def _lit(pixels: NDArray[np.uint8], moment: Moment) -> NDArray[np.uint8]:
    """Apply brightness, and light from one side."""
    across = np.linspace(-1, 1, pixels.shape[1], dtype=np.float32)
    gains = moment.light * (1 + moment.slope * across)
    return (pixels * gains[:, None]).clip(0, 255).astype(np.uint8)
