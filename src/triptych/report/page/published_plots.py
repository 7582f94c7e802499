"""Plots of the published values of a figure, in the style of this run's figures."""

import csv
import io
from pathlib import Path

from triptych.drawing.figures import BLUE, GRAY, GREEN, VERMILION, new_figure
from triptych.errors import UserError
from triptych.report.papers import PublishedCurve

_COLORS, _MARKERS = (BLUE, VERMILION, GREEN, GRAY), "os^D"
_WIDTH, _HEIGHT = 6.4, 4.2


def draw_published(folder: Path, curve: PublishedCurve) -> str:
    """Draw the published values of a figure as SVG; the same bytes for the same table.

    Raises
    ------
    UserError
        The table lacks these columns, or they hold no numbers.
    """
    lines = _read(folder / curve.table, curve)
    figure = new_figure(_WIDTH, _HEIGHT)
    axes = figure.add_subplot()
    for index, (name, points) in enumerate(lines.items()):
        axes.plot(
            *zip(*points, strict=True),
            color=_COLORS[index % len(_COLORS)],
            linestyle="--",
            marker=_MARKERS[index % len(_MARKERS)],
            markersize=3,
            markerfacecolor="white",
            linewidth=1,
            label=f"{name}, published",
        )
    axes.set_xlabel(_words(curve.x))
    axes.set_ylabel(_words(curve.y))
    axes.set_xlim(0, max(x for points in lines.values() for x, _ in points))
    if all(0 <= y <= 1 for points in lines.values() for _, y in points):
        # A share: the same limits as in the reproduced figures.
        axes.set_ylim(-0.02, 1.02)
    axes.legend(loc="best", fontsize=8)
    picture = io.StringIO()
    figure.savefig(picture, format="svg", metadata={"Date": None})
    return picture.getvalue()


def _read(path: Path, curve: PublishedCurve) -> dict[str, list[tuple[float, float]]]:
    """Return the points of each line; a row without a number is no point."""
    lines: dict[str, list[tuple[float, float]]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row[curve.x] and row[curve.y]:
                    point = (float(row[curve.x]), float(row[curve.y]))
                    lines.setdefault(row[curve.by], []).append(point)
    except (OSError, KeyError, ValueError) as error:
        raise _damaged(path, curve, f"{type(error).__name__}: {error}") from None
    if not lines:
        raise _damaged(path, curve, "no such points")
    return {name: sorted(points) for name, points in lines.items()}


def _damaged(path: Path, curve: PublishedCurve, found: str) -> UserError:
    return UserError(
        expected=f"a table with numbers in its columns {curve.x} and {curve.y}, by {curve.by}",
        found=found,
        where=str(path),
        remedy="restore it from git, or correct the figure's `published` in paper.yaml beside it",
    )


def _words(name: str) -> str:
    return name.replace("_", " ")
