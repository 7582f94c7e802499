"""Bootstrap over images: intervals of mIoU and IoU, and of paired differences between models.

Each resample draws as many images as the split has, see
:mod:`~triptych.segmentation.artifacts.sampling`, and the same images for every model and seed.
The IoU is that of the sums of their pixels. The spread over seeds is joined by
:mod:`~triptych.claims.differences`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from triptych.claims.differences import Mean, mean_over_seeds
from triptych.claims.intervals import Estimate
from triptych.segmentation.artifacts.counts import PixelCounts
from triptych.segmentation.artifacts.evaluations import Model
from triptych.segmentation.artifacts.sampling import Sampling, sampling

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
    sampling
        How the images were drawn.
    seeds
        The numbers of the trainings, ascending.
    per_seed
        (S, 1 + C).
    draws
        (S, R, 1 + C).
    """

    sampling: Sampling
    seeds: tuple[int, ...]
    per_seed: Floats
    draws: Floats

    def estimate(self, column: int) -> Estimate:
        """Return the mean over seeds with its 95 % interval, cut to 0 and 100.

        With one seed the interval covers the images alone.
        """
        mean = self._mean(self.per_seed[:, column], self.draws[..., column]).estimate
        return Estimate(mean.value, *(float(np.clip(end, 0, 100)) for end in (mean.low, mean.high)))

    def spread(self, column: int) -> float:
        """Return the standard deviation over seeds; NaN for fewer than two."""
        known = self.per_seed[~np.isnan(self.per_seed[:, column]), column]
        return float(known.std(ddof=1)) if len(known) > 1 else np.nan

    def above(self, other: "Sampled", column: int = 0) -> Mean:
        """Return by how many points a score exceeds another model's, over their common seeds.

        The column is that of the mIoU by default. Paired by resample and by seed: what is hard
        for both models cancels out.
        """
        pairs = [(self.seeds.index(seed), other.seeds.index(seed)) for seed in self.common(other)]
        own, others = (list(rows) for rows in zip(*pairs, strict=True)) if pairs else ([], [])
        return self._mean(
            self.per_seed[own, column] - other.per_seed[others, column],
            self.draws[own, :, column] - other.draws[others, :, column],
        )

    def common(self, other: "Sampled") -> list[int]:
        """Return the seeds of both models."""
        return [seed for seed in self.seeds if seed in other.seeds]

    def _mean(self, per_seed: Floats, draws: Floats) -> Mean:
        rule = self.sampling
        return mean_over_seeds(per_seed, draws, rule.inflation, rule.degrees_of_freedom)


def resample(
    counts: Sequence[PixelCounts], resamples: int, block: int, seed: int
) -> dict[Model, Sampled]:
    """Resample the images of a split, equally for all models.

    The counts are those of :func:`~triptych.segmentation.artifacts.counts.read_counts`;
    the scores, by network and method, keep their order.

    Parameters
    ----------
    block
        Images in a block of a video.
    """
    models = {
        model: list(members)
        for model, members in groupby(counts, key=lambda one: (one.network, one.method))
    }
    rule = sampling(counts[0].dataset, counts[0].names, block)
    draws: dict[Model, list[Floats]] = {model: [] for model in models}
    generator = np.random.default_rng(seed)
    for size in _pieces(resamples):
        images = rule.draw(size, generator)
        for model, members in models.items():
            draws[model].append(np.stack([_scores(member, images) for member in members]))
    every_image_once = np.ones((1, rule.images))
    return {
        model: Sampled(
            rule,
            tuple(member.seed for member in members),
            np.concatenate([_scores(member, every_image_once) for member in members]),
            np.concatenate(draws[model], axis=1),
        )
        for model, members in models.items()
    }


def _pieces(total: int) -> Iterator[int]:
    for start in range(0, total, _BLOCK):
        yield min(_BLOCK, total - start)


def _scores(counts: PixelCounts, images: Floats) -> Floats:
    """Return mIoU and IoU of each resample, in percent, (R, 1 + C), from image weights (R, n)."""
    # Sums of pixels stay far below 2**53, so they are exact in float64, the type for BLAS.
    intersection, union = (
        images @ pixels.astype(np.float64) for pixels in (counts.intersection, counts.union)
    )
    present = union > 0
    shares = np.divide(intersection, union, out=np.full_like(union, np.nan), where=present)
    number = present.sum(axis=-1)
    mean = np.full(number.shape, np.nan)
    np.divide(np.where(present, shares, 0).sum(axis=-1), number, out=mean, where=number > 0)
    return 100 * np.concatenate([mean[:, None], shares], axis=-1)
