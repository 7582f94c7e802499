"""Figures 2 to 4: true positive rate, accuracy, and their sum, against epsilon."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from triptych.adversarial.artifacts.tables import PUBLISHED_READING
from triptych.drawing.figures import BLUE, VERMILION, new_figure

_COLORS = {"natural": BLUE, "secret": VERMILION}
_AXIS_LABELS = {
    "tpr": "true positive rate (misclassified and flagged)",
    "accuracy": "accuracy",
    "combined": "accuracy + true positive rate (correct or flagged)",
}


def draw_curves(
    curves: pd.DataFrame,
    published: pd.DataFrame,
    metric: str,
    dataset: str,
    adaptive: pd.DataFrame | None = None,
) -> Figure:
    """Draw one metric of both networks: reproduced with its 95 % band, published dashed.

    The reading ``as_published`` is drawn; the legend names the attacked data set. The curves of
    an attack that knows the detector are drawn only where they are given.
    """
    figure = new_figure(6.4, 4.8)
    axes = figure.add_subplot()
    reproduced = curves[(curves["reading"] == PUBLISHED_READING) & curves[metric].notna()]
    for model, color in _COLORS.items():
        rows = reproduced[reproduced["model"] == model].sort_values("epsilon")
        label = f"{model}, this run ({dataset}, n = {rows['n'].max()})"
        axes.plot(rows["epsilon"], rows[metric], color=color, label=label)
        band = rows[f"{metric}_low"], rows[f"{metric}_high"]
        axes.fill_between(rows["epsilon"], *band, color=color, alpha=0.2, linewidth=0)
        points = published[(published["model"] == model) & published[metric].notna()]
        axes.plot(
            points["epsilon"],
            points[metric],
            color=color,
            linestyle="--",
            marker="o" if model == "natural" else "s",
            markersize=3,
            markerfacecolor="white",
            linewidth=1,
            label=f"{model}, published (mnist, n = 10000)",
        )
        if adaptive is not None:
            _draw_aware(axes, adaptive[adaptive["model"] == model], metric, color, dataset)
    axes.set_xlabel("ε")
    axes.set_ylabel(_AXIS_LABELS[metric])
    axes.set_xlim(0, max(0.5, reproduced["epsilon"].max()))
    axes.set_ylim(-0.02, 1.02)
    # Below the axes: no place inside is free of curves.
    title = "bands: 95 % interval"
    figure.legend(loc="outside lower center", ncols=2, fontsize=8, title=title, title_fontsize=8)
    return figure


def _draw_aware(axes: Axes, rows: pd.DataFrame, metric: str, color: str, dataset: str) -> None:
    points = rows[rows["reading"] == PUBLISHED_READING].sort_values("epsilon")
    setting = f"{dataset}, n = {rows['n'].max()}"
    axes.plot(
        points["epsilon"],
        points[metric],
        color=color,
        linestyle=(0, (6, 2)),
        marker="x",
        markersize=5,
        label=f"{rows['model'].iloc[0]}, aware attacker ({setting})",
    )
