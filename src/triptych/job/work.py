"""The work of a step, declared next to it; ``triptych doctor`` estimates times from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_ATTRIBUTE = "measure_work"


@dataclass(frozen=True)
class GpuNeed:
    """What a job needs of each of its GPUs: an estimate from the layers of its network.

    Attributes
    ----------
    name
        What is computed, such as ``danet single on voc``.
    precision
        ``float32``, ``bfloat16`` or ``float16``.
    bytes
        Memory of one GPU.
    operations
        Floating-point operations of the whole job, on all its GPUs. None where they do not
        decide its time.
    """

    name: str
    precision: str
    bytes: float
    operations: float | None


@dataclass(frozen=True)
class Work:
    """The amount of computation of a job.

    Attributes
    ----------
    amount
        Proportional to the job's time.
    shape
        Networks and image sizes, see :func:`shape`. Amounts of two jobs are comparable only
        if their shapes are equal.
    size
        Proportional to the bytes of the outputs.
    gpu
        Counts what the job needs of a GPU, which takes a second; None where it is not known.
    """

    amount: float
    shape: str
    size: float = 1.0
    gpu: Callable[[], GpuNeed] | None = field(default=None, compare=False)


# From the panel's section of the parameters and the job's wildcards.
Measure = Callable[[Any, Mapping[str, str]], Work | None]


def work(measure: Measure) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare the work of a step: a decorator above :func:`triptych.job.step.step`.

    ``measure`` returns None for a job whose work is not estimated.
    """

    def declare(step: Callable[..., None]) -> Callable[..., None]:
        setattr(step, _ATTRIBUTE, measure)
        return step

    return declare


def work_of(step: Callable[..., None], section: Any, wildcards: Mapping[str, str]) -> Work | None:
    """Return the work of a step's job; None if the step does not declare it."""
    measure: Measure | None = getattr(step, _ATTRIBUTE, None)
    return measure(section, wildcards) if measure else None


def shape(**parts: Any) -> str:
    """Describe networks and image sizes as text, such as ``width=64 channels=16-32``."""
    return " ".join(f"{name}={_plain(value)}" for name, value in parts.items())


def _plain(value: Any) -> str:
    return "-".join(map(_plain, value)) if isinstance(value, (list, tuple)) else str(value)
