"""The detector: a weighted prediction residual from steganalysis (Section 3).

A 3x3 filter predicts a pixel from its eight neighbors. The score of an image is the mean
residual over its interior, weighted towards flat regions. An image is flagged when its score
exceeds the highest score of clean training images.

Two readings of the paper are computed side by side. ``as_written`` is the paper's formula.
``as_published`` is what the released code computed: it stores the variance of the neighbors as an
integer. That floors the variance when adversarial images are scored, and overflows at 8 bits when
the threshold is calibrated. ``signed`` takes Equation 3 literally, without the absolute value.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Reading = Literal["as_written", "as_published", "signed"]
READINGS: tuple[Reading, Reading] = ("as_written", "as_published")
SIGNED: Reading = "signed"

# The weight of a pixel is 1 / (5 + variance): steganalysis calls 5 the stabilizer.
STABILIZER = 5
# A batch that fits the inner cache: three times as fast as hundreds of images at once.
_BATCH = 32

# From the variance times 12 to the denominator of a pixel's weight.
Denominator = Callable[[NDArray[np.int32]], NDArray[np.float64]]


@dataclass(frozen=True)
class Detector:
    """How a reading weighs the residual of a pixel, and whether it keeps the residual's sign."""

    scoring: Denominator
    calibration: Denominator
    signed: bool = False


def scores(images: NDArray[np.uint8], reading: Reading) -> NDArray[np.float64]:
    """Score images; an image whose score exceeds the threshold is flagged.

    Parameters
    ----------
    images
        uint8 (n, height, width), 0 to 255.
    reading
        ``as_written``, ``as_published`` or ``signed``; see the module.

    Returns
    -------
    NDArray
        float64 (n,); only ``signed`` scores can be negative.

    Raises
    ------
    ValueError
        Images of another type, or of less than 3x3 pixels.
    """
    detector = DETECTORS[reading]
    return _score(images, detector.scoring, signed=detector.signed)


def calibration_scores(images: NDArray[np.uint8], reading: Reading) -> NDArray[np.float64]:
    """Score training images as the threshold's calibration does.

    The same as :func:`scores`, except ``as_published``: there the sum of stabilizer and variance
    is taken modulo 256. The score of an image in which the sum becomes 0 is NaN.
    """
    detector = DETECTORS[reading]
    return _score(images, detector.calibration, signed=detector.signed)


def calibrate(images: NDArray[np.uint8], reading: Reading) -> float:
    """Return the threshold: the highest score of clean images, without undefined scores.

    Parameters
    ----------
    images
        uint8 (n, height, width): the paper uses 50,000 training images.
    reading
        See :func:`scores`.
    """
    return float(np.nanmax(calibration_scores(images, reading)))


def _score(
    images: NDArray[np.uint8], denominator: Denominator, *, signed: bool
) -> NDArray[np.float64]:
    if images.dtype != np.uint8 or images.ndim != 3 or min(images.shape[1:]) < 3:
        raise ValueError(
            "expected uint8 images (n, height, width) of at least 3x3 pixels, "
            f"found {images.dtype} {images.shape}"
        )
    batches = [images[i : i + _BATCH] for i in range(0, len(images), _BATCH)]
    return np.concatenate(
        [np.empty(0), *(_score_batch(batch, denominator, signed) for batch in batches)]
    )


def _score_batch(
    images: NDArray[np.uint8], denominator: Denominator, signed: bool
) -> NDArray[np.float64]:
    x = images.astype(np.int32)
    north, south = x[:, :-2, 1:-1], x[:, 2:, 1:-1]
    west, east = x[:, 1:-1, :-2], x[:, 1:-1, 2:]
    rows = x[:, :-2] + x[:, 2:]
    diagonal = rows[:, :, :-2] + rows[:, :, 2:]
    cross = north + south + west + east
    # Prediction: half of each direct neighbor less a quarter of each diagonal neighbor.
    residual = (4 * x[:, 1:-1, 1:-1] - 2 * cross + diagonal) / 4
    squares = north * north + south * south + west * west + east * east
    # Variance of the four direct neighbors about their mean, over 3; times 12 it is an integer.
    with np.errstate(divide="ignore"):
        weights = 1 / denominator(4 * squares - cross * cross)
    if not signed:
        np.abs(residual, out=residual)
    # Where the denominator overflows to 0 the weight is infinite and the score undefined.
    with np.errstate(invalid="ignore"):
        return (residual * weights).mean(axis=(1, 2)) / weights.sum(axis=(1, 2))


def _exact(variance_times_12: NDArray[np.int32]) -> NDArray[np.float64]:
    return STABILIZER + variance_times_12 / 12


def _floored(variance_times_12: NDArray[np.int32]) -> NDArray[np.float64]:
    return (STABILIZER + variance_times_12 // 12).astype(np.float64)


def _overflowing(variance_times_12: NDArray[np.int32]) -> NDArray[np.float64]:
    return ((STABILIZER + variance_times_12 // 12) % 256).astype(np.float64)


# A new reading is an entry here and a name in Reading.
DETECTORS: Mapping[Reading, Detector] = {
    "as_written": Detector(_exact, _exact),
    "as_published": Detector(_floored, _overflowing),
    "signed": Detector(_exact, _exact, signed=True),
}
