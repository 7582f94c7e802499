"""The style of all figures, readable by color-blind readers, and reproducible files."""

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

# Okabe and Ito's palette.
BLUE, VERMILION, GREEN, GRAY = "#0072B2", "#D55E00", "#009E73", "#5A5A5A"

_STYLE: Any = {
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 10,
    "grid.alpha": 0.3,
    "legend.frameon": False,
    # Otherwise each run writes different ids into the SVG.
    "svg.hashsalt": "triptych",
}


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure in the common style; width and height in inches."""
    _apply_style()
    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: Figure, svg: Path, png: Path) -> None:
    """Save a figure as SVG (without a date) and as PNG."""
    _apply_style()
    figure.savefig(svg, format="svg", metadata={"Date": None})
    save_png(figure, png)


def save_png(figure: Figure, png: Path) -> None:
    """Save a figure as PNG with 160 dots per inch; figures of photographs have no SVG."""
    _apply_style()
    figure.savefig(png, format="png", dpi=160)


def _apply_style() -> None:
    """Set the style on matplotlib's defaults, so that a user's ``matplotlibrc`` has no effect.

    Some settings are read when an element is added to a figure, others when it is saved.
    """
    mpl.rcdefaults()
    mpl.rcParams.update(_STYLE)
