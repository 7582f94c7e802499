"""A brush that fills shapes in shifted, tilted and scaled coordinates."""

import math
from collections.abc import Iterable

from PIL import ImageDraw

from triptych.data.classes import Color

Point = tuple[float, float]
_CORNERS = 32
CIRCLE = tuple(
    (math.cos(2 * math.pi * turn / _CORNERS), math.sin(2 * math.pi * turn / _CORNERS))
    for turn in range(_CORNERS)
)


class Brush:
    """Fills shapes; x points right, y down.

    Parameters
    ----------
    draw
        The image.
    center
        Place of the point (0, 0), pixels.
    scale
        Pixels per unit.
    tilt
        Radians, clockwise.
    """

    def __init__(self, draw: ImageDraw.ImageDraw, center: Point, scale: float, tilt: float) -> None:
        self._draw = draw
        self._center, self._scale, self._tilt = center, scale, tilt
        self._cosine, self._sine = scale * math.cos(tilt), scale * math.sin(tilt)

    def moved(self, right: float, down: float) -> "Brush":
        """Return the same brush with another origin."""
        return Brush(self._draw, self._place(right, down), self._scale, self._tilt)

    def polygon(self, color: Color, points: Iterable[Point]) -> None:
        """Fill a polygon."""
        self._draw.polygon([self._place(x, y) for x, y in points], color)

    def ellipse(self, color: Color, x: float, y: float, across: float, down: float) -> None:
        """Fill an ellipse around (x, y) with these two radii."""
        self.polygon(color, [(x + across * u, y + down * v) for u, v in CIRCLE])

    def _place(self, x: float, y: float) -> Point:
        left, top = self._center
        return (
            left + self._cosine * x - self._sine * y,
            top + self._sine * x + self._cosine * y,
        )


def mixed(color: Color, other: Color, share: float) -> Color:
    """Mix a color with a share of another, 0 to 1."""
    red, green, blue = (
        round(one + share * (two - one)) for one, two in zip(color, other, strict=True)
    )
    return red, green, blue
