"""The differences between methods, drawn with their intervals beside the paper's."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from triptych.drawing.figures import BLUE, GRAY, GREEN, VERMILION, new_figure
from triptych.segmentation.artifacts.tables import PAPER_DATASETS, spelled

_COLORS = {"supported": GREEN, "not_supported": VERMILION, "undecided": GRAY}
_VERDICTS = {
    "supported": "above zero",
    "not_supported": "below zero",
    "undecided": "undecided",
}
# Inches.
_LINE, _FRAME, _LEGEND = 0.26, 0.75, 0.4


def draw_differences(
    gaps: Mapping[str, pd.DataFrame], published: Mapping[str, pd.DataFrame]
) -> Figure:
    """Draw every difference of mIoU with its interval, next to the paper's difference.

    Parameters
    ----------
    gaps
        By data set, the table of
        :func:`~triptych.segmentation.artifacts.scores.comparisons_table`.
    published
        By data set, the paper's table of the same networks and methods, percent: Table 1, then
        Table 2.

    Returns
    -------
    Figure
        A row for each data set, a column for each network. Above zero, the method that is
        named first has the larger mIoU. Where no two methods were compared, a sentence says so.
    """
    networks = list(dict.fromkeys(name for table in gaps.values() for name in table["network"]))
    if not networks:
        figure = new_figure(10.5, _FRAME)
        figure.text(0.5, 0.5, "no two methods of a network were run", ha="center", va="center")
        return figure
    lines = [max([1, *table["network"].value_counts()]) for table in gaps.values()]
    height = sum(_LINE * count + _FRAME for count in lines) + _LEGEND
    figure = new_figure(10.5, height)
    grid = figure.subplots(
        len(gaps), len(networks), squeeze=False, height_ratios=lines, sharex="row"
    )
    for row, (dataset, table) in zip(grid, gaps.items(), strict=True):
        means = published[dataset].set_index(["network", "method"])["miou"]
        for axes, network in zip(row, networks, strict=True):
            own = table[table["network"] == network].to_dict("records")
            _draw(axes, own, means.to_dict())
            axes.set_title(f"{spelled(network)}, {dataset}", fontsize=10)
            axes.set_xlabel("difference of mIoU, points")
    papers = list(PAPER_DATASETS.values())[: len(gaps)]
    verdicts = {verdict for table in gaps.values() for verdict in table["verdict"]}
    _add_legend(figure, papers, verdicts)
    return figure


def _draw(axes: Axes, rows: list[dict[str, Any]], means: Mapping[tuple[str, str], float]) -> None:
    for line, row in enumerate(rows):
        color = _COLORS[row["verdict"]]
        axes.hlines(line, row["low"], row["high"], color=color, linewidth=2)
        axes.plot(row["difference"], line, "o", color=color, markersize=6)
        pair = [(row["network"], row[side]) for side in ("larger", "smaller")]
        if all(model in means for model in pair):
            larger, smaller = (means[model] for model in pair)
            axes.plot(larger - smaller, line, "D", color=BLUE, markersize=6, fillstyle="none")
    axes.axvline(0, color=GRAY, linewidth=1)
    labels = [f"{spelled(row['larger'])} minus {spelled(row['smaller'])}" for row in rows]
    axes.set_yticks(range(len(rows)), labels, fontsize=9)
    axes.set_ylim(max(len(rows), 1) - 0.5, -0.5)


def _add_legend(figure: Figure, papers: Sequence[str], verdicts: Collection[str]) -> None:
    axes, paper = figure.axes[0], f"the paper, on {' and '.join(papers)}"
    handles = [
        axes.plot([], [], "D", color=BLUE, fillstyle="none", label=paper)[0],
        *(
            axes.plot([], [], "o-", color=color, label=f"this run, {_VERDICTS[verdict]}")[0]
            for verdict, color in _COLORS.items()
            if verdict in verdicts
        ),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=9)
