"""Progress bars, updated often on a terminal and rarely in a log file."""

import sys
from collections.abc import Iterable
from typing import Any, TypeVar

from tqdm import tqdm

Item = TypeVar("Item")

_SECONDS_BETWEEN_LINES_OF_A_LOG = 10.0


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
    total, initial
        Number of items in total, and already done.
    shown
        Whether to show the bar: of several processes, only one does.
    """
    style = _style() | {"disable": not shown}
    return tqdm(items, desc=description, total=total, initial=initial, unit=unit, **style)


def byte_bar(description: str, *, total: int | None, initial: int) -> "tqdm[Any]":
    """Return a progress bar for bytes, advanced by its ``update``; an unknown total is None."""
    return tqdm(
        desc=description, total=total, initial=initial, unit="B", unit_scale=True, **_style()
    )


def _style() -> dict[str, Any]:
    interval = 0.1 if sys.stderr.isatty() else _SECONDS_BETWEEN_LINES_OF_A_LOG
    return {"mininterval": interval, "dynamic_ncols": True}


def note(text: str) -> None:
    """Print a line on standard error without breaking a bar."""
    tqdm.write(text, file=sys.stderr)
