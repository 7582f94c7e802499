"""A brush that fills shapes in the coordinates of something that is shifted, tilted and scaled."""

import math
from collections.abc import Iterable

from PIL import ImageDraw

from triptych.data.classes import Colour

Point = tuple[float, float]
_CORNERS = 32
CIRCLE = tuple(
    (math.cos(2 * math.pi * turn / _CORNERS), math.sin(2 * math.pi * turn / _CORNERS))
    for turn in range(_CORNERS)
)


class Brush:
    """Fills shapes; x goes to the right, y downwards.

    Parameters
    ----------
    draw
        The image.
    centre
        Where the point (0, 0) is, pixels.
    scale
        Pixels of a unit.
    tilt
        Radians, clockwise.
    """

    def __init__(self, draw: ImageDraw.ImageDraw, centre: Point, scale: float, tilt: float) -> None:
        self._draw = draw
        self._centre, self._scale, self._tilt = centre, scale, tilt
        self._cosine, self._sine = scale * math.cos(tilt), scale * math.sin(tilt)

    def moved(self, right: float, down: float) -> "Brush":
        """The same brush with another origin."""
        return Brush(self._draw, self._place(right, down), self._scale, self._tilt)

    def polygon(self, colour: Colour, points: Iterable[Point]) -> None:
        """Fill a polygon."""
        self._draw.polygon([self._place(x, y) for x, y in points], colour)

    def ellipse(self, colour: Colour, x: float, y: float, across: float, down: float) -> None:
        """Fill an ellipse about (x, y), of these two radii."""
        self.polygon(colour, [(x + across * u, y + down * v) for u, v in CIRCLE])

    def _place(self, x: float, y: float) -> Point:
        left, top = self._centre
        return (
            left + self._cosine * x - self._sine * y,
            top + self._sine * x + self._cosine * y,
        )


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """A colour with a share of another, 0 to 1."""
    red, green, blue = (
        round(one + share * (two - one)) for one, two in zip(colour, other, strict=True)
    )
    return red, green, blue
