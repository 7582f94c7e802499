"""The detector against a slow reference, its limits, and the published threshold."""

import itertools
import math
import time
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from triptych.adversarial import detector
from triptych.data.images import read_idx

_READINGS = tuple(detector.DETECTORS)


def test_every_reading_has_a_detector():
    assert get_args(detector.Reading) == _READINGS


def _variance(around, *, whole):
    """Sample variance of four numbers, from the squares of their pairwise differences."""
    pairs = sum((a - b) ** 2 for a, b in itertools.combinations(around, 2))
    return pairs // 12 if whole else pairs / 12


def _reference(image, reading, *, calibrating=False):
    """One image, pixel by pixel, as Section 3 describes it and the released code computes it."""
    values = image.tolist()
    weights = np.zeros_like(image) if calibrating else np.zeros(image.shape)
    residuals = np.zeros(image.shape)
    height, width = image.shape
    for r in range(1, height - 1):
        for c in range(1, width - 1):
            around = (values[r - 1][c], values[r + 1][c], values[r][c - 1], values[r][c + 1])
            corners = (
                values[r - 1][c - 1],
                values[r - 1][c + 1],
                values[r + 1][c - 1],
                values[r + 1][c + 1],
            )
            prediction = sum(around) / 2 - sum(corners) / 4
            residual = values[r][c] - prediction
            residuals[r, c] = residual if reading == "signed" else abs(residual)
            variance = _variance(around, whole=reading == "as_published")
            weights[r, c] = variance % 256 if calibrating else variance
    inner = (slice(1, -1), slice(1, -1))
    # In an array of uint8 this sum overflows, as it did in the released code.
    denominators = weights[inner] + weights.dtype.type(5)
    if not denominators.all():
        return math.nan
    shares = [1 / float(value) for value in denominators.ravel()]
    products = [s * float(v) for s, v in zip(shares, residuals[inner].ravel(), strict=True)]
    return math.fsum(products) / len(products) / math.fsum(shares)


def _images(seed):
    """Rough, smooth, intermediate and flat images, so small that not all of them overflow."""
    generator = np.random.default_rng(seed)
    parts = [generator.integers(0, top, (12, 9, 7)) for top in (256, 40, 6)]
    flat = [np.full((1, 9, 7), gray) for gray in (0, 7, 255)]
    return np.concatenate([*parts, *flat]).astype(np.uint8)


@pytest.mark.parametrize("reading", _READINGS)
def test_scores_equal_a_reference_that_goes_pixel_by_pixel(reading, digits):
    for images in (_images(1), digits[1].images[:4]):
        expected = [_reference(image, reading) for image in images]
        np.testing.assert_allclose(detector.scores(images, reading), expected, rtol=0, atol=1e-12)


def test_calibration_as_published_overflows_like_an_array_of_bytes(digits):
    images = [*_images(2), *digits[0].images[:8]]
    expected = [_reference(image, "as_published", calibrating=True) for image in images]
    found = [detector.calibration_scores(image[None], "as_published")[0] for image in images]
    assert 0 < np.isnan(expected).sum() < len(images)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("reading", ["as_written", "signed"])
def test_calibration_of_the_other_readings_is_plain_scoring(reading):
    images = _images(3)
    np.testing.assert_array_equal(
        detector.calibration_scores(images, reading), detector.scores(images, reading)
    )


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 28, 28), np.float64),
        np.zeros((2, 28, 28), np.int32),
        np.zeros((28, 28), np.uint8),
        np.zeros((2, 1, 28, 28), np.uint8),
        np.zeros((2, 2, 28), np.uint8),
        np.zeros((2, 28, 2), np.uint8),
    ],
    ids=lambda images: f"{images.dtype} {images.shape}",
)
def test_images_of_another_type_or_shape_are_refused(images):
    with pytest.raises(ValueError, match="expected uint8 images"):
        detector.scores(images, "as_written")


def test_no_images_give_no_scores():
    found = detector.scores(np.zeros((0, 28, 28), np.uint8), "as_written")
    assert found.shape == (0,)
    assert found.dtype == np.float64


@pytest.mark.parametrize("count", [1, 31, 32, 33, 64, 65, 100])
def test_an_image_has_the_same_score_in_a_batch_of_any_size(count):
    images = np.random.default_rng(6).integers(0, 256, (100, 8, 8)).astype(np.uint8)
    alone = np.concatenate([detector.scores(image[None], "as_written") for image in images])
    np.testing.assert_array_equal(detector.scores(images[:count], "as_written"), alone[:count])


def test_scoring_leaves_the_images_as_they_were():
    images = _images(7)
    before = images.copy()
    detector.calibration_scores(images, "as_published")
    np.testing.assert_array_equal(images, before)


def test_the_threshold_is_the_highest_score_that_is_defined():
    images = _images(8)
    scores = detector.calibration_scores(images, "as_published")
    assert np.isnan(scores).any()
    assert detector.calibrate(images, "as_published") == scores[~np.isnan(scores)].max()


def test_fifty_thousand_images_are_scored_in_a_second_of_one_core(digits):
    images = np.tile(digits[0].images[:1000], (5, 1, 1))
    seconds = []
    for _ in range(3):
        started = time.process_time()
        detector.scores(images, "as_published")
        seconds.append(time.process_time() - started)
    assert len(images) / min(seconds) > 50_000


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("reading", "threshold", "undefined"),
    [("as_written", 0.013054912714780873, 0), ("as_published", 0.014321956650606307, 20_329)],
)
def test_mnist_gives_the_threshold_of_the_paper(mirror: Path, reading, threshold, undefined):
    images = read_idx(mirror / "mnist" / "train-images-idx3-ubyte.gz")[:50_000]
    assert detector.calibrate(images, reading) == pytest.approx(threshold, abs=1e-12)
    assert np.isnan(detector.calibration_scores(images, reading)).sum() == undefined


@pytest.mark.mirror
def test_no_clean_image_of_the_mnist_test_set_is_flagged(mirror: Path):
    images = read_idx(mirror / "mnist" / "t10k-images-idx3-ubyte.gz")
    assert len(images) == 10_000
    assert detector.scores(images, "as_published").max() < 0.014321956650606307
