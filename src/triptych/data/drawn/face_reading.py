"""Read back from the pixels what the description of a drawn photo says.

The background and the side of the light can be read: their pixels are many, at the upper left
and at the upper right. Expression and gaze move edges by less than a pixel of a small photo. The
brightness of the light cannot be told from that of the colors. Statements about them, and about
a person's looks, are not read.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from triptych.data.drawn.face_looks import BACKGROUNDS, Moment, Paint, words_for_moment

_SIDES = ("lit from the left", "lit from the right")
# The light and the variation of a color together, at their ends.
_DARKEST, _BRIGHTEST = 0.72, 1.12
_PLAIN = Moment(
    shift=(0.0, 0.0),
    tilt=0.0,
    turn=0.0,
    gaze=0.0,
    size=1.0,
    light=1.0,
    slope=0.0,
    background=Paint("white", BACKGROUNDS["white"]),
    smile=0.0,
    mouth_open=0.0,
)
# Brighter values are cut off.
_FULL = 254.5


def can_be_read(statement: str) -> bool:
    """Tell whether pixels show if a statement holds."""
    return statement in _SIDES or statement.endswith(" background")


def read_statements(image: NDArray[np.uint8]) -> frozenset[str]:
    """Return the statements that hold in an image, uint8 (s, s, 3), among those that can be read.

    Exact up to two doubts. White and gray of unusual light look alike, in 1 % of photos. The
    slope of the light has an error of about 0.002.
    """
    color, slope = _color_and_slope(image)
    moment = replace(_PLAIN, background=_nearest(color), slope=slope)
    return frozenset(filter(can_be_read, words_for_moment(moment)))


def _color_and_slope(image: NDArray[np.uint8]) -> tuple[NDArray[np.float64], float]:
    """Return the lit color of the background in the middle, and the slope of the light.

    The head may cover parts of the upper corners: the median over their rows is without it.
    """
    side = image.shape[1]
    edge = max(2, side // 8)
    columns = np.r_[:edge, side - edge : side]
    across = np.linspace(-1, 1, side)[columns]
    # The drawing program rounds down.
    values = np.median(image[:edge, columns], axis=0) + 0.5
    color, slopes = np.full(3, 255.0), []
    for channel in range(3):
        whole = values[:, channel] < _FULL
        if whole.sum() > edge // 2:
            rise, color[channel] = np.polyfit(across[whole], values[whole, channel], 1)
            slopes.append(rise / max(color[channel], 1.0))
    return color, float(np.mean(slopes)) if slopes else 0.0


def _nearest(color: NDArray[np.float64]) -> Paint:
    """Return the background that some light makes most like a color."""

    def distance(paint: Paint) -> float:
        unlit = np.array(paint.color)
        light = np.clip(color @ unlit / (unlit @ unlit), _DARKEST, _BRIGHTEST)
        return float(np.linalg.norm(color / light - unlit))

    return min((Paint(*item) for item in BACKGROUNDS.items()), key=distance)
