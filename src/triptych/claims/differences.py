"""A mean over few trainings, scored on resampled items: its interval and its test.

Two sources of chance are joined: the trainings, by their spread, and the scored items, by a
bootstrap. Claims about a method need both. With one training, only the second is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from triptych.claims.intervals import Estimate

# Below this number of trainings, a difference between methods is not decided.
FEWEST_SEEDS = 3
_CONFIDENCE = 0.95
_LEVEL = 0.05
_NUMBERS = ("no", "one", "two")

Floats = NDArray[np.float64]
Test = TypeVar("Test")


@dataclass(frozen=True)
class Mean:
    """A mean over trainings, such as that of paired differences between two methods.

    Attributes
    ----------
    seeds
        Number of trainings.
    standard_error
        Of the chance in trainings and items together; of the items alone for one training.
        NaN if it cannot be estimated.
    degrees_of_freedom
        Satterthwaite's, of the standard error.
    """

    value: float
    seeds: int
    standard_error: float
    degrees_of_freedom: float

    @property
    def estimate(self) -> Estimate:
        """The mean with its 95 % interval by Student's t; NaN where none can be given."""
        half = self.standard_error * student.ppf((1 + _CONFIDENCE) / 2, self.degrees_of_freedom)
        return Estimate(self.value, self.value - half, self.value + half)

    @property
    def p(self) -> float:
        """The two-sided p value of a mean of zero; NaN with too few trainings."""
        if self.doubt is not None:
            return np.nan
        if self.standard_error == 0:
            return float(self.value == 0)
        distance = abs(self.value) / self.standard_error
        return float(2 * student.sf(distance, self.degrees_of_freedom))

    @property
    def doubt(self) -> str | None:
        """Why the mean decides nothing, whatever its interval; None with enough trainings."""
        if self.seeds >= FEWEST_SEEDS:
            return None
        return f"{_NUMBERS[self.seeds]} seed{'' if self.seeds == 1 else 's'}"


def mean_over_seeds(
    per_seed: Floats, draws: Floats, inflation: float, degrees_of_freedom: float
) -> Mean:
    """Join the spread over trainings and the bootstrap over items.

    The squared standard error is s²/n over the trainings, plus the variance of the mean over
    the resamples.

    Parameters
    ----------
    per_seed
        (n,), on all items, in the same order as the draws' first axis; NaN is left out.
    draws
        (n, R): the same in each resample of the items.
    inflation
        Factor of the bootstrap variance, which is too small in a small sample.
    degrees_of_freedom
        Of the bootstrap variance; 0 where a single item has none.
    """
    known = ~np.isnan(per_seed)
    values, seeds = per_seed[known], int(known.sum())
    if not seeds:
        return Mean(np.nan, 0, np.nan, np.nan)
    means = draws[known].mean(axis=0)
    means = means[~np.isnan(means)]
    if len(means) < 2 or degrees_of_freedom <= 0:
        return Mean(float(values.mean()), seeds, np.nan, np.nan)
    items = float(means.var(ddof=1)) * inflation
    trainings = float(values.var(ddof=1)) / seeds if seeds > 1 else 0.0
    squared = trainings + items
    # By Satterthwaite; a part without variance has no share in the freedom.
    freedom = trainings**2 / max(seeds - 1, 1) + items**2 / degrees_of_freedom
    joined = squared**2 / freedom if freedom > 0 else degrees_of_freedom
    return Mean(float(values.mean()), seeds, float(np.sqrt(squared)), float(joined))


def holm(p_values: Sequence[float], planned: int) -> list[float]:
    """Return Holm's adjusted p values.

    Parameters
    ----------
    p_values
        Of the tests that have one; NaN stays NaN.
    planned
        Number of tests that were planned; those without a p value count as undecided.
    """
    known = np.nan_to_num(p_values, nan=1.0)
    order = np.argsort(known, kind="stable")
    steps = known[order] * (planned - np.arange(len(known)))
    adjusted = np.empty(len(known))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(one) for one in np.where(np.isnan(p_values), np.nan, adjusted)]


def taken_back(p_values: Mapping[Test, float]) -> dict[Test, str]:
    """Return the tests that decide nothing after Holm's correction for all of them, and why."""
    adjusted = holm([*p_values.values()], len(p_values))
    return {
        test: f"Holm-adjusted p = {p:.4f} over {len(p_values)} orders"
        for test, p in zip(p_values, adjusted, strict=True)
        if not p < _LEVEL
    }
