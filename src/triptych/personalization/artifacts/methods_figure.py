"""Every row of Table 1 as a point with its interval, for three scores side by side."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from triptych.drawing.figures import BLUE, GRAY, GREEN, new_figure
from triptych.personalization.artifacts.names import (
    IMAGE_METRICS,
    LABELS,
    REAL_ROWS,
    Metric,
    metric_label,
    metric_name,
)
from triptych.personalization.methods import PAPER_METHODS

_DRAWN: tuple[Metric, ...] = ("identity", "fidelity", "kid")
_BETTER = {"identity": "right is better", "fidelity": "right is better", "kid": "left is better"}
_KINDS = {"a method of the paper": BLUE, "a further row": GRAY, "real photos": GREEN}
# Inches.
_LINE, _FRAME = 0.27, 1.4


def draw_methods(scores: pd.DataFrame) -> Figure:
    """Draw identity, prompt fidelity and kernel distance of every row with its interval.

    Parameters
    ----------
    scores
        The long form of Table 1: method, metric, value, low, high, extractor.

    Returns
    -------
    Figure
        A chart for each score, a line for each row. A row that lacks a score has no point there;
        a score without an interval is a point alone.
    """
    extractor = scores.loc[~scores["metric"].isin(IMAGE_METRICS), "extractor"].iloc[0]
    names = {metric: metric_name(metric, extractor) for metric in _DRAWN}
    drawn = [metric for metric in _DRAWN if names[metric] in set(scores["metric"])]
    methods = [method for method in LABELS if method in set(scores["method"])]
    figure = new_figure(10.5, _LINE * len(methods) + _FRAME)
    charts = figure.subplots(1, len(drawn), squeeze=False, sharey=True)[0]
    for axes, metric in zip(charts, drawn, strict=True):
        _draw(axes, scores[scores["metric"] == names[metric]].set_index("method"), methods)
        label = metric_label(metric, extractor)
        axes.set_xlabel(f"{label}\n{_BETTER[metric]}", fontsize=9)
    charts[0].set_yticks(range(len(methods)), [LABELS[method] for method in methods], fontsize=9)
    charts[0].set_ylim(len(methods) - 0.5, -0.5)
    handles = [
        charts[0].plot([], [], "o-", color=color, label=kind)[0] for kind, color in _KINDS.items()
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=9)
    return figure


def _kind(method: str) -> str:
    if method in REAL_ROWS:
        return "real photos"
    return "a method of the paper" if method in PAPER_METHODS else "a further row"


def _draw(axes: Axes, scores: pd.DataFrame, methods: list[str]) -> None:
    for line, method in enumerate(methods):
        if method not in scores.index:
            continue
        color = _KINDS[_kind(method)]
        value, low, high = scores.loc[method, ["value", "low", "high"]]
        # Missing bounds draw nothing.
        axes.plot([low, high], [line, line], color=color, linewidth=2)
        axes.plot(value, line, "o", color=color, markersize=6)
