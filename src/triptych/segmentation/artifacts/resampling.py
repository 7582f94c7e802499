"""Bootstrap over images and trainings: intervals of mIoU and IoU, paired between models.

Each resample draws as many images as the split has, with replacement, and the same
images for every model. The IoU is that of the sum of their confusion matrices. A
model that was trained with several seeds has the mean over its seeds. Each
resample also draws as many seeds as there are; models with equal numbers of seeds get the
same seeds. With few seeds the interval is too narrow, because the spread over seeds is
underestimated by ``sqrt((seeds - 1) / seeds)``; with one seed it covers that training alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from triptych.claims.intervals import Estimate
from triptych.segmentation.artifacts.evaluations import Model
from triptych.segmentation.iou import iou, miou
from triptych.segmentation.raw import Evaluation

_ENDS = (2.5, 97.5)
# Resamples that are computed at once, which limits the memory.
_BLOCK = 1000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sampled:
    """The scores of one model, on all images and in each resample, in percent.

    Column 0 is the mIoU, columns 1 to C the IoU of the classes; NaN if a class occurs
    neither in the ground truth nor in a prediction.

    Attributes
    ----------
    per_seed
        (S, 1 + C), seeds ascending.
    draws
        (R, 1 + C), the mean over seeds in each resample.
    """

    images: int
    per_seed: Floats
    draws: Floats

    def estimate(self, column: int) -> Estimate:
        """Return the mean over seeds with its 95 % interval."""
        return _interval(float(self._means()[column]), self.draws[:, column])

    def spread(self, column: int) -> float:
        """Return the standard deviation over seeds; NaN for fewer than two."""
        known = self.per_seed[~np.isnan(self.per_seed[:, column]), column]
        return float(known.std(ddof=1)) if len(known) > 1 else np.nan

    def above(self, other: "Sampled") -> Estimate:
        """Return by how many points the mIoU exceeds another model's, paired by resample.

        Images that are hard for both models cancel out. The interval is therefore narrower
        than one from two independent intervals.
        """
        difference = self._means()[0] - other._means()[0]
        return _interval(float(difference), self.draws[:, 0] - other.draws[:, 0])

    def _means(self) -> Floats:
        return _mean_over_seeds(self.per_seed, np.ones((len(self.per_seed), 1)))


def resample(evaluations: Sequence[Evaluation], resamples: int, seed: int) -> dict[Model, Sampled]:
    """Resample the images of a split, equally for all models.

    The evaluations are those of :func:`~triptych.segmentation.artifacts.evaluations.read_split`;
    the scores, by network and method, keep their order.
    """
    models = {
        model: list(members)
        for model, members in groupby(evaluations, key=lambda one: (one.network, one.method))
    }
    most_seeds = max(len(members) for members in models.values())
    count = len(evaluations[0].names)
    draws: dict[Model, list[Floats]] = {model: [] for model in models}
    generator = np.random.default_rng(seed)
    for size in _blocks(resamples):
        images = generator.multinomial(count, np.full(count, 1 / count), size)
        fortune = generator.random((size, most_seeds))
        for model, members in models.items():
            draws[model].append(_draw(members, images.astype(np.float64), fortune))
    return {
        model: Sampled(
            count,
            _scores(np.stack([member.confusion.sum(axis=0) for member in members])),
            np.concatenate(draws[model]),
        )
        for model, members in models.items()
    }


def _blocks(total: int) -> Iterator[int]:
    for start in range(0, total, _BLOCK):
        yield min(_BLOCK, total - start)


def _draw(members: Iterable[Evaluation], images: Floats, fortune: Floats) -> Floats:
    """Return the scores of one model in each resample, (R, 1 + C)."""
    scores = np.stack([_scores(_sums(member, images)) for member in members])
    seeds = len(scores)
    chosen = np.floor(fortune[:, :seeds] * seeds)
    weights = np.stack([(chosen == number).sum(axis=1) for number in range(seeds)])
    return _mean_over_seeds(scores, weights[:, :, None].astype(np.float64))


def _sums(evaluation: Evaluation, images: Floats) -> Floats:
    """Return the confusion matrix of each resample, (R, C, C), from image weights (R, n)."""
    count, *square = evaluation.confusion.shape
    # Sums of pixels stay far below 2**53, so they are exact in float64, the type for BLAS.
    flat = evaluation.confusion.reshape(count, -1).astype(np.float64)
    return (images @ flat).reshape(len(images), *square)


def _scores(matrices: NDArray[np.integer] | Floats) -> Floats:
    """Return mIoU and IoU of matrices (..., C, C), in percent, (..., 1 + C)."""
    return 100 * np.concatenate([miou(matrices)[..., None], iou(matrices)], axis=-1)


def _mean_over_seeds(scores: Floats, weights: Floats) -> Floats:
    """Return the weighted mean over the first axis, without NaN."""
    known = ~np.isnan(scores)
    total = (weights * known).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return (weights * np.where(known, scores, 0)).sum(axis=0) / total


def _interval(value: float, draws: Floats) -> Estimate:
    known = draws[~np.isnan(draws)]
    if np.isnan(value) or not len(known):
        return Estimate(value, value, value)
    low, high = np.percentile(known, _ENDS)
    # With few or very different images, the percentiles may not enclose the value.
    return Estimate(value, min(value, float(low)), max(value, float(high)))
