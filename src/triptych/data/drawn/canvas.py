"""A canvas that draws an image and its mask at once."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from triptych.data.classes import IGNORE, Color

# Images are drawn three times as large and averaged, for soft edges; the mask takes the
# center of each three by three pixels.
_FINE = 3
_NOISE = 7.0
_IGNORED = (38, 38, 42)

Point = tuple[float, float]
Frame = tuple[float, float, float, float]


@dataclass(frozen=True)
class Look:
    """Color and texture of a class.

    Attributes
    ----------
    color
        RGB, 0..255; each object varies it.
    rows, columns
        Waves of the texture over the image's height, down and to the right.
    contrast
        Amplitude of the waves, as a share of the brightness.
    grain
        Standard deviation of the grain, which is added to the noise of all pixels.
    """

    color: Color
    rows: float = 0.0
    columns: float = 0.0
    contrast: float = 0.0
    grain: float = 0.0


class Canvas:
    """An image and its mask, in pixels, with classes by name in the order of their ids.

    Coordinates are x, then y, from the top left corner, in units of the height.
    """

    def __init__(
        self, height: int, width: int, looks: Mapping[str, Look], rng: np.random.Generator
    ) -> None:
        self.width = width / height
        self._looks = looks
        self._ids = {name: index for index, name in enumerate(looks)}
        self._rng = rng
        self._unit = height * _FINE
        size = (width * _FINE, height * _FINE)
        self._image, self._mask = Image.new("RGB", size), Image.new("L", size, IGNORE)
        self._on_image, self._on_mask = ImageDraw.Draw(self._image), ImageDraw.Draw(self._mask)

    def pen(self, name: str | None, frame: Frame) -> "Pen":
        """Return a pen for one object.

        Parameters
        ----------
        name
            Its class; None draws ignored pixels, in dark gray.
        frame
            Left, top, right, bottom: the place of the pen's unit square on the canvas.
            If left and right are swapped, the drawing is mirrored.
        """
        if name is None:
            return Pen(self, frame, IGNORE, _IGNORED)
        gains = self._rng.uniform(0.84, 1.16) * self._rng.uniform(0.92, 1.08, size=3)
        return Pen(self, frame, self._ids[name], _scaled(self._looks[name].color, gains))

    def fill(self, kind: int, color: Color, points: Sequence[Point]) -> None:
        """Draw a polygon."""
        corners = [(round(x * self._unit), round(y * self._unit)) for x, y in points]
        self._on_image.polygon(corners, color)
        self._on_mask.polygon(corners, kind)

    def finish(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Add texture, light and noise.

        Returns
        -------
        tuple
            The image, uint8 (h, w, 3), and the mask, uint8 (h, w).
        """
        mask = np.asarray(self._mask)[_FINE // 2 :: _FINE, _FINE // 2 :: _FINE]
        looks = np.zeros((IGNORE + 1, 4), np.float32)
        looks[: len(self._looks)] = [
            (look.rows, look.columns, look.contrast, look.grain) for look in self._looks.values()
        ]
        rows, columns, contrast, grain = np.moveaxis(looks[mask], -1, 0)
        height, width = mask.shape
        y = np.arange(height, dtype=np.float32)[:, None] / height
        x = np.arange(width, dtype=np.float32) / height
        phases = self._rng.uniform(0, 2 * math.pi, size=2).astype(np.float32)
        waves = _waves(rows, y, phases[0]) * _waves(columns, x, phases[1])
        light = self._rng.uniform(0.8, 1.15) * (1 + contrast * waves)
        noise = (_NOISE + grain) * self._rng.standard_normal((height, width), np.float32)
        image = np.asarray(self._image.reduce(_FINE)) * light[..., None] + noise[..., None]
        return image.clip(0, 255).astype(np.uint8), mask.copy()


@dataclass(frozen=True)
class Pen:
    """Draws one object in its own frame, where x and y range from 0 to 1.

    It writes the color to the image and the id ``kind`` to the mask.
    """

    canvas: Canvas
    frame: Frame
    kind: int
    color: Color

    def dipped(self, color: Color) -> "Pen":
        """Return the same pen in another color, for details of the same class."""
        return replace(self, color=color)

    def shaded(self, gain: float) -> "Pen":
        """Return the same pen, darker or brighter."""
        return self.dipped(_scaled(self.color, gain))

    def polygon(self, *points: Point) -> None:
        """Fill a polygon."""
        left, top, right, bottom = self.frame
        placed = [(left + x * (right - left), top + y * (bottom - top)) for x, y in points]
        self.canvas.fill(self.kind, self.color, placed)

    def box(self, left: float, top: float, right: float, bottom: float) -> None:
        """Fill a rectangle."""
        self.polygon((left, top), (right, top), (right, bottom), (left, bottom))

    def ellipse(self, left: float, top: float, right: float, bottom: float) -> None:
        """Fill an ellipse."""
        x, y, wide, high = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
        self.polygon(*((x + wide * cosine / 2, y + high * sine / 2) for cosine, sine in _CIRCLE))


def _scaled(color: Color, gains: NDArray[np.float64] | float) -> Color:
    red, green, blue = np.clip(np.asarray(color) * gains, 0, 255).astype(int).tolist()
    return red, green, blue


def _waves(
    frequency: NDArray[np.float32], place: NDArray[np.float32], phase: np.float32
) -> NDArray[np.float32]:
    """Return waves between -1 and 1; 1 where a texture has no waves in this direction."""
    return np.where(frequency > 0, np.cos(2 * math.pi * frequency * place + phase), 1)


_CIRCLE = [(math.cos(turn), math.sin(turn)) for turn in np.linspace(0, 2 * math.pi, 24)]
