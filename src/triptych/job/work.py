"""How much a step computes, declared beside it; ``triptych doctor`` estimates times from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_ATTRIBUTE = "measure_work"


@dataclass(frozen=True)
class Work:
    """How much a job computes, and on what.

    Attributes
    ----------
    amount
        The time grows in proportion to it.
    unit
        What the amount counts.
    shape
        Networks and sizes of images, see :func:`shape`. Amounts of two jobs compare
        only where it is the same.
    size
        The outputs' bytes grow in proportion to it.
    """

    amount: float
    unit: str
    shape: str
    size: float = 1.0


# The panel's section of the parameters and the job's wildcards in.
Measure = Callable[[Any, Mapping[str, str]], Work | None]


def work(measure: Measure) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare how much a step computes: a decorator above :func:`triptych.job.step.step`.

    Parameters
    ----------
    measure
        Takes the panel's section of the parameters and the wildcards of the job; returns None
        for a job whose work is not estimated.
    """

    def declare(step: Callable[..., None]) -> Callable[..., None]:
        setattr(step, _ATTRIBUTE, measure)
        return step

    return declare


def work_of(step: Callable[..., None], section: Any, wildcards: Mapping[str, str]) -> Work | None:
    """Return how much a job of a step computes; None where the step does not declare it."""
    measure: Measure | None = getattr(step, _ATTRIBUTE, None)
    return measure(section, wildcards) if measure else None


def shape(**parts: Any) -> str:
    """Spell out networks and sizes of images, such as ``width=64 channels=16-32``."""
    return " ".join(f"{name}={_plain(value)}" for name, value in parts.items())


def _plain(value: Any) -> str:
    return "-".join(map(_plain, value)) if isinstance(value, (list, tuple)) else str(value)
