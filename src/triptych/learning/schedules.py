"""Learning rates over a training, as factors of the highest rate."""

import math


def warm_up(step: int, steps: int) -> float:
    """Return the factor of a linear rise over the first ``steps`` steps, then 1."""
    return min(1.0, (step + 1) / (steps + 1))


def half_cosine(progress: float) -> float:
    """Return the factor at a progress in [0, 1]: from 1 down to 0."""
    return (1 + math.cos(math.pi * progress)) / 2


def polynomial(progress: float, power: float) -> float:
    """Return the factor at a progress in [0, 1]: from 1 down to 0, with a power."""
    return (1 - progress) ** power
