"""Progress bars that are lively on a terminal and sparing in a log file."""

import sys
from collections.abc import Iterable
from typing import Any, TypeVar

from tqdm import tqdm

Item = TypeVar("Item")

_SECONDS_BETWEEN_LINES_OF_A_LOG = 30.0


def bar(
    items: Iterable[Item],
    description: str,
    *,
    total: int | None = None,
    initial: int = 0,
    unit: str = "it",
    shown: bool = True,
) -> "tqdm[Item]":
    """Wrap an iterable in a progress bar on standard error.

    Parameters
    ----------
    items
        What is iterated over.
    description
        Text before the bar.
    total, initial
        Length of the whole work and how much of it was done before.
    unit
        Name of one item.
    shown
        Whether there is a bar: of several processes one speaks.
    """
    style = _style() | {"disable": not shown}
    return tqdm(items, desc=description, total=total, initial=initial, unit=unit, **style)


def byte_bar(description: str, *, total: int | None, initial: int) -> "tqdm[Any]":
    """A bar for bytes, moved by its ``update``.

    Parameters
    ----------
    description
        Text before the bar.
    total, initial
        Bytes in all, None where unknown, and how many there were before.
    """
    return tqdm(
        desc=description, total=total, initial=initial, unit="B", unit_scale=True, **_style()
    )


def _style() -> dict[str, Any]:
    interval = 0.1 if sys.stderr.isatty() else _SECONDS_BETWEEN_LINES_OF_A_LOG
    return {"mininterval": interval, "dynamic_ncols": True}


def note(text: str) -> None:
    """Say something on standard error without breaking a bar."""
    tqdm.write(text, file=sys.stderr)
