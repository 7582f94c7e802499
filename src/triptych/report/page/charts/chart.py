"""A chart: one picture, and the data from which JavaScript draws more of them."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.figure import Figure

from triptych.report.page.run_folder import Item

Kind = Literal["scores", "classes", "methods", "training"]


@dataclass(frozen=True)
class Content:
    """What a chart shows.

    Attributes
    ----------
    picture
        SVG, for print and for a browser without JavaScript.
    alternative
        Its alternative text.
    data
        What JavaScript draws from: it is written as JSON.
    """

    picture: str
    alternative: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """A chart with the files that it is drawn from.

    Attributes
    ----------
    kind
        The template of its controls and the script that draws it.
    name
        Unique in its run.
    folder
        The folder of the run.
    caption
        What it shows and how to read it.
    content
        None if a file is not shown.
    """

    kind: Kind
    name: str
    folder: Path
    title: str
    caption: str
    items: tuple[Item, ...]
    content: Content | None


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read the rows of a CSV file.

    Raises
    ------
    ValueError
        There is no row.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        raise ValueError("no row")
    return rows


def optional(text: str) -> float | None:
    """Return a number; None for a blank cell."""
    return float(text) if text else None


def drawn(figure: Figure) -> str:
    """Return a figure as SVG, the same bytes for the same content."""
    picture = io.StringIO()
    # Outlines of letters would be most of the page's further bytes.
    with mpl.rc_context({"svg.fonttype": "none"}):
        figure.savefig(picture, format="svg", metadata={"Date": None})
    return picture.getvalue()


def thinned(count: int, most: int) -> Iterator[int]:
    """Yield at most so many of the positions below a count, evenly, with the last."""
    step = -(-count // most)
    yield from reversed(range(count - 1, -1, -step))
