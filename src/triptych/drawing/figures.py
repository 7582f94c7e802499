"""One style for all figures, readable by the colour-blind, and files of equal bytes."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

# Okabe and Ito's palette.
BLUE, VERMILION, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#5A5A5A"

_STYLE: Any = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 10,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    # Else every run draws other ids into the SVG.
    "svg.hashsalt": "triptych",
}


def new_figure(width: float, height: float) -> Figure:
    """An empty figure in the common style.

    Parameters
    ----------
    width, height
        In inches.
    """
    _apply_style()
    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: Figure, svg: Path, png: Path) -> None:
    """Save a figure as SVG (without its date) and as PNG."""
    _apply_style()
    figure.savefig(svg, format="svg", metadata={"Date": None})
    save_png(figure, png)


def save_png(figure: Figure, png: Path) -> None:
    """Save a figure as PNG, 160 dots an inch: the form for photographs."""
    _apply_style()
    figure.savefig(png, format="png", dpi=160)


def _apply_style() -> None:
    """Begin from matplotlib's own defaults: a user's ``matplotlibrc`` must not reach a figure.

    Some settings are read when a thing is added to a figure, others when it is saved.
    """
    mpl.rcdefaults()
    mpl.rcParams.update(_STYLE)
