"""Numbers with intervals."""

from dataclasses import dataclass

from scipy.stats import binomtest

_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A number and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def wilson(successes: int, count: int) -> Estimate:
    """Return a share with its Wilson interval; ``count``, the number of trials, is at least 1."""
    interval = binomtest(successes, count).proportion_ci(_CONFIDENCE, method="wilson")
    # At 0 and 1 the interval ends there exactly: rounding must not exclude the value.
    share = successes / count
    return Estimate(share, min(share, float(interval.low)), max(share, float(interval.high)))
