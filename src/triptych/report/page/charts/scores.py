"""Panel 1: histograms of the detector's scores (Section 3), with the threshold as a line."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from triptych.drawing.figures import BLUE, GRAY, VERMILION, new_figure
from triptych.report.page.charts.chart import Chart, Content, drawn, read_rows
from triptych.report.page.run_folder import RunFolder

_READING = "as_published"
_CAPTION = (
    "The share of images by the detector's score: an image to the right of the threshold is"
    " flagged. A good threshold has few clean images to its right and few misclassified images"
    " to its left. The rates are computed again from the counts of the histograms."
)
_LABELS = {"clean": "clean", "pgd": "attacked", "aware": "attacked, detector known"}
_COLORS = {"clean": GRAY, "pgd": BLUE, "aware": VERMILION}
_TICKS = 6


@dataclass(frozen=True)
class Group:
    """The images of one attack: their numbers in the bins that are not empty.

    A bin is named by the position of its lower edge. ``correct`` and ``wrong`` count the images
    that the network classifies rightly and wrongly.
    """

    model: str
    attack: str
    epsilon: str
    bins: list[int]
    correct: list[int]
    wrong: list[int]

    def combined(self, threshold: int) -> float:
        """Return the share of images that are classified rightly or flagged from an edge on."""
        flagged = (
            wrong for bin_, wrong in zip(self.bins, self.wrong, strict=True) if bin_ >= threshold
        )
        return (sum(self.correct) + sum(flagged)) / (sum(self.correct) + sum(self.wrong))


def scores_charts(folder: RunFolder) -> Iterable[Chart]:
    """Return the chart of the scores, if the run has their histograms."""
    for path in folder.files("histograms.csv"):
        threshold_item, threshold = folder.read(
            path.with_name("thresholds.csv"), _read_threshold, "table of thresholds"
        )
        read = partial(_content, published=threshold)
        item, content = folder.read(path, read, "table of histograms")
        yield Chart(
            kind="scores",
            name="scores",
            folder=folder.path,
            title="The detector's scores and its threshold",
            caption=_CAPTION,
            items=(item, threshold_item),
            content=content,
        )


def _read_threshold(path: Path) -> float:
    (threshold,) = (row["threshold"] for row in read_rows(path) if row["reading"] == _READING)
    return float(threshold)


def _content(path: Path, published: float | None) -> Content | None:
    if published is None:
        return None
    rows = read_rows(path)
    bins = [(float(row["low"]), float(row["high"])) for row in rows]
    edges = sorted({published, *(edge for bin_ in bins for edge in bin_)})
    if any(low < published < high for low, high in bins):
        raise ValueError("the threshold is inside a bin")
    threshold = edges.index(published)
    groups = _groups(rows, edges)
    widest = max(
        (group for group in groups if group.attack == "pgd"),
        key=lambda group: _gap(groups, group, threshold),
    )
    model, epsilon = widest.model, widest.epsilon
    shown = [
        group
        for group in groups
        if group.model == model and (group.attack == "clean" or group.epsilon == epsilon)
    ]
    return Content(
        picture=_draw(shown, edges, threshold),
        alternative=(
            f"Histograms of the detector's scores for network {model} at epsilon {epsilon}:"
            " clean and attacked images, and the threshold as a vertical line."
        ),
        data={
            "edges": edges,
            "threshold": threshold,
            "start": {"model": model, "epsilon": epsilon},
            "groups": [vars(group) for group in groups],
        },
    )


def _groups(rows: Sequence[dict[str, str]], edges: Sequence[float]) -> list[Group]:
    groups: dict[tuple[str, str, str], Group] = {}
    for row in rows:
        key = (row["model"], row["attack"], row["epsilon"])
        group = groups.setdefault(key, Group(*key, [], [], []))
        group.bins.append(bisect_left(edges, float(row["low"])))
        group.correct.append(int(row["correct"]))
        group.wrong.append(int(row["wrong"]))
    return list(groups.values())


def _gap(groups: Sequence[Group], attacked: Group, threshold: int) -> float:
    """Return by how much knowledge of the detector lowers the combined share; -1 if unknown."""
    place = (attacked.model, attacked.epsilon)
    aware = [
        group.combined(threshold)
        for group in groups
        if group.attack == "aware" and (group.model, group.epsilon) == place
    ]
    return attacked.combined(threshold) - aware[0] if aware else -1


def _draw(groups: Sequence[Group], edges: Sequence[float], threshold: int) -> str:
    figure = new_figure(8, 3.6)
    axes = figure.add_subplot()
    for group in groups:
        total = sum(group.correct) + sum(group.wrong)
        shares = [0.0] * (len(edges) - 1)
        for bin_, correct, wrong in zip(group.bins, group.correct, group.wrong, strict=True):
            shares[bin_] = 100 * (correct + wrong) / total
        label = _LABELS[group.attack]
        if group.attack != "clean":
            label += f": {group.combined(threshold):.1%} right or flagged"
        clean = group.attack == "clean"
        axes.stairs(
            shares,
            range(len(edges)),
            fill=clean,
            alpha=0.4 if clean else 1,
            color=_COLORS[group.attack],
            linestyle="--" if group.attack == "aware" else "-",
            label=label,
        )
    axes.axvline(threshold, color="black", linewidth=1.2, label="threshold")
    ticks = range(0, len(edges), max(1, len(edges) // _TICKS))
    axes.set_xticks(ticks, [f"{max(edges[tick], 0):.2g}" for tick in ticks])
    axes.set_xlabel("score (bins of equal ratios)")
    axes.set_ylabel("share of images, %")
    model, epsilon = groups[-1].model, groups[-1].epsilon
    axes.set_title(f"{model}, epsilon {epsilon}", fontsize=10)
    axes.legend(loc="best", fontsize=8)
    return drawn(figure)
