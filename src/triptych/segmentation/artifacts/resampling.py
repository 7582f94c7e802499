"""Bootstrap over images and trainings: intervals of mIoU and IoU, paired between models.

Each resample draws as many images as there are, with replacement, and the same
ones for every model; the IoU is that of the sum of their confusion matrices. A
model that was trained with several seeds has the mean of its seeds, and each
resample draws as many seeds as there are, too: models with equal seeds get the
same ones. With few seeds the interval is too narrow in their direction, by
``sqrt((seeds - 1) / seeds)``; with one seed it speaks of that training alone.
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
# Resamples that are weighed at once: bounds the memory.
_BLOCK = 1000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sampled:
    """The scores of one model and what resampling makes of them, in percent.

    A column is the mIoU (0) or the IoU of a class (1 to C), NaN where the class occurs
    neither in the truth nor in a prediction.

    Attributes
    ----------
    images
        Number of images.
    per_seed
        (S, 1 + C), seeds ascending.
    draws
        (R, 1 + C): the mean over seeds in each resample.
    """

    images: int
    per_seed: Floats
    draws: Floats

    def estimate(self, column: int) -> Estimate:
        """The mean over seeds with its 95 % interval."""
        return _interval(float(self._means()[column]), self.draws[:, column])

    def spread(self, column: int) -> float:
        """The standard deviation over seeds; NaN of fewer than two."""
        known = self.per_seed[~np.isnan(self.per_seed[:, column]), column]
        return float(known.std(ddof=1)) if len(known) > 1 else np.nan

    def above(self, other: "Sampled") -> Estimate:
        """By how many points the mIoU exceeds another model's, resample by resample.

        What two models find hard alike cancels: the interval is narrower than the
        two models' own ones would make it.
        """
        difference = self._means()[0] - other._means()[0]
        return _interval(float(difference), self.draws[:, 0] - other.draws[:, 0])

    def _means(self) -> Floats:
        return _mean_over_seeds(self.per_seed, np.ones((len(self.per_seed), 1)))


def resample(evaluations: Sequence[Evaluation], resamples: int, seed: int) -> dict[Model, Sampled]:
    """Resample the images of a split, for all models alike.

    Parameters
    ----------
    evaluations
        Of equal images, ordered by model and seed, as
        :func:`~triptych.segmentation.artifacts.evaluations.read_split` gives them.
    resamples
        How many.
    seed
        Seed of the draws.

    Returns
    -------
    dict
        By network and method, in the order of the evaluations.
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
    """The scores of one model in each resample, (R, 1 + C)."""
    scores = np.stack([_scores(_sums(member, images)) for member in members])
    seeds = len(scores)
    chosen = np.floor(fortune[:, :seeds] * seeds)
    weights = np.stack([(chosen == number).sum(axis=1) for number in range(seeds)])
    return _mean_over_seeds(scores, weights[:, :, None].astype(np.float64))


def _sums(evaluation: Evaluation, images: Floats) -> Floats:
    """The confusion matrix of each resample, (R, C, C), of weighted images (R, n)."""
    count, *square = evaluation.confusion.shape
    # Sums of pixels stay far below 2**53: exact in float64, which BLAS multiplies.
    flat = evaluation.confusion.reshape(count, -1).astype(np.float64)
    return (images @ flat).reshape(len(images), *square)


def _scores(matrices: NDArray[np.integer] | Floats) -> Floats:
    """mIoU and IoU of matrices (..., C, C), in percent, (..., 1 + C)."""
    return 100 * np.concatenate([miou(matrices)[..., None], iou(matrices)], axis=-1)


def _mean_over_seeds(scores: Floats, weights: Floats) -> Floats:
    """The weighted mean over the first axis of what is not NaN."""
    known = ~np.isnan(scores)
    total = (weights * known).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return (weights * np.where(known, scores, 0)).sum(axis=0) / total


def _interval(value: float, draws: Floats) -> Estimate:
    known = draws[~np.isnan(draws)]
    if np.isnan(value) or not len(known):
        return Estimate(value, value, value)
    low, high = np.percentile(known, _ENDS)
    # The percentiles of few or very uneven images can miss the value itself.
    return Estimate(value, min(value, float(low)), max(value, float(high)))
