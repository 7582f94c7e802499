"""ROC curves of the detector: attacked against clean images, scored for the same network."""

from collections.abc import Collection, Iterator, Mapping

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm, rankdata

from triptych.adversarial.artifacts.tables import PUBLISHED_READING, epsilon_label
from triptych.adversarial.detector import READINGS
from triptych.adversarial.raw import Scores
from triptych.claims.intervals import Estimate, wilson
from triptych.drawing.figures import BLUE, VERMILION, new_figure

# The false positives, in percent, whose detection rates are columns of auc.csv.
_PERCENTS = (1, 5)
_CONFIDENCE = 0.95
_NEARLY_ALL = 0.95
_ROUNDING = 1e-9
_COLORS = {"natural": BLUE, "secret": VERMILION}

Floats = NDArray[np.float64]


def roc_table(scores: Mapping[str, Scores], epsilons: Collection[float]) -> pd.DataFrame:
    """Compute points of the ROC curves at some epsilons.

    Columns: model, epsilon, reading, n (attacked images, and as many clean ones),
    false_positive_rate, true_positive_rate. Both rates are shares of flagged images. The false
    positive rates are 0, 1, and 1, 2 and 5 times powers of ten. Each is the highest possible
    rate up to its value.
    """
    wanted = {epsilon_label(epsilon) for epsilon in epsilons}
    return pd.DataFrame(
        {
            **place,
            "false_positive_rate": float((clean > threshold).mean()),
            "true_positive_rate": float((attacked > threshold).mean()),
        }
        for place, _, clean, attacked in _comparisons(scores)
        if place["epsilon"] in wanted
        for threshold in dict.fromkeys(_threshold(clean, rate) for rate in _rates(len(clean)))
    )


def auc_table(scores: Mapping[str, Scores]) -> pd.DataFrame:
    """Compute the area under the ROC curve and two of its points at every epsilon.

    Columns: model, epsilon, reading, n, auc and its interval. Then, with at most 1 % and 5 % of
    the clean images flagged: detected_at_1pct, the share of attacked images that are flagged,
    and tpr_at_1pct, the share that is misclassified and flagged, with intervals.
    """
    rows = []
    for place, missed, clean, attacked in _comparisons(scores):
        shares = {"auc": area(attacked, clean)}
        for percent in _PERCENTS:
            flagged = attacked > _threshold(clean, percent / 100)
            for metric, hits in (("detected", flagged), ("tpr", missed & flagged)):
                shares[f"{metric}_at_{percent}pct"] = wilson(int(hits.sum()), len(hits))
        row = dict(place)
        for metric, share in shares.items():
            row |= {metric: share.value, f"{metric}_low": share.low, f"{metric}_high": share.high}
        rows.append(row)
    return pd.DataFrame(rows)


def area(positive: Floats, negative: Floats) -> Estimate:
    """Return the area under the ROC curve, with a score interval that also holds at 0 and 1.

    The area is the share of pairs in which the positive score is larger; ties count half. The
    interval has the areas from which the computed one is at most 1.96 standard errors away,
    by the variance of Hanley and McNeil (1982), as proposed by Newcombe (2006). It takes the
    samples as independent: with clean and attacked forms of the same images it is cautious.
    """
    ranks = rankdata(np.concatenate([positive, negative]))[: len(positive)]
    pairs = len(positive) * len(negative)
    value = float(ranks.sum() - len(positive) * (len(positive) + 1) / 2) / pairs
    z = norm.ppf((1 + _CONFIDENCE) / 2)
    others = (len(positive) + len(negative)) / 2 - 1

    def outside(area: float) -> float:
        spread = 1 + others * ((1 - area) / (2 - area) + area / (1 + area))
        return (value - area) ** 2 - z**2 * area * (1 - area) * spread / pairs

    low = brentq(outside, 0, value - _ROUNDING) if value > 0 else 0.0
    high = brentq(outside, value + _ROUNDING, 1) if value < 1 else 1.0
    return Estimate(value, float(low), float(high))


def draw_roc(roc: pd.DataFrame, auc: pd.DataFrame, dataset: str) -> Figure:
    """Draw the ROC curves of both networks, and the area under them against epsilon.

    The reading ``as_published`` is drawn. The axis of false positives is logarithmic, so their
    rate 0 is not shown.
    """
    figure = new_figure(10.5, 3.8)
    *left, right = figure.subplots(1, 1 + len(_COLORS), width_ratios=(1, 1, 1.2))
    points = roc[(roc["reading"] == PUBLISHED_READING) & (roc["false_positive_rate"] > 0)]
    largest = points["epsilon"].astype(float).max()
    # The lightest colors of the map would be invisible.
    scale, colors = Normalize(0, 1.2 * largest), mpl.colormaps["viridis"]
    for axes, model in zip(left, _COLORS, strict=True):
        for epsilon, rows in points[points["model"] == model].groupby("epsilon"):
            axes.plot(
                rows["false_positive_rate"],
                rows["true_positive_rate"],
                color=colors(scale(float(epsilon))),
                marker=".",
                markersize=4,
                linewidth=1,
            )
        axes.set_title(f"{model} network", fontsize=10)
        axes.set_xscale("log")
        axes.set_xlabel("false positive rate")
        axes.set_ylim(-0.02, 1.02)
    left[0].set_ylabel("share of attacked images flagged")
    bar = figure.colorbar(mpl.cm.ScalarMappable(scale, colors), ax=left, label="ε")
    bar.ax.set_ylim(0, largest)
    _draw_areas(right, auc, dataset)
    return figure


def roc_findings(auc: pd.DataFrame, curves: pd.DataFrame) -> Iterator[str]:
    """Say in words what the detector does when it may flag a few clean images."""
    yield (
        "The paper's threshold is the highest score of training images. Here it is lowered until "
        f"it flags at most 1 % of the {auc['n'].max()} clean test images, counted on these images."
    )
    known = curves[curves["epsilon"] > 0][["model", "epsilon", "reading", "accuracy", "tpr"]]
    joined = auc.merge(known, on=["model", "epsilon", "reading"])
    published = joined[joined["reading"] == PUBLISHED_READING]
    for model, rows in published.groupby("model", sort=False):
        best = rows.loc[(rows["tpr_at_1pct"] - rows["tpr"]).idxmax()]
        yield (
            f"On the {model} network the true positive rate gains most at epsilon "
            f"{epsilon_label(best['epsilon'])}: {_interval(best, 'tpr_at_1pct')} instead of "
            f"{best['tpr']:.3f}."
        )
        low, before = (
            rows.loc[(rows["accuracy"] + rows[metric]).idxmin()]
            for metric in ("tpr_at_1pct", "tpr")
        )
        yield (
            "The lowest share of images that are correct or flagged is "
            f"{low['accuracy'] + low['tpr_at_1pct']:.3f} (epsilon {epsilon_label(low['epsilon'])}) "
            f"instead of {before['accuracy'] + before['tpr']:.3f} "
            f"(epsilon {epsilon_label(before['epsilon'])})."
        )
        weakest = rows.loc[rows["auc"].idxmin()]
        yield (
            f"The area under the ROC curve is {_interval(weakest, 'auc')} at epsilon "
            f"{epsilon_label(weakest['epsilon'])}, its lowest, and "
            f"{_first(rows)}."
        )


def _comparisons(
    scores: Mapping[str, Scores],
) -> Iterator[tuple[dict[str, object], NDArray[np.bool_], Floats, Floats]]:
    """Yield each attack: where it belongs, which images it fooled, clean and attacked scores."""
    for model, values in scores.items():
        for position, epsilon in enumerate(values.epsilons[1:], start=1):
            missed = values.predictions[position] != values.labels
            for reading in READINGS:
                clean, *_ = by_epsilon = getattr(values, reading)
                place = {"model": model, "epsilon": epsilon_label(epsilon), "reading": reading}
                yield {**place, "n": len(clean)}, missed, clean, by_epsilon[position]


def _threshold(clean: Floats, rate: float) -> float:
    """Return the lowest threshold above which at most this share of the clean scores lies."""
    allowed = int(rate * len(clean) + _ROUNDING)
    return float(np.sort(clean)[-1 - allowed]) if allowed < len(clean) else -np.inf


def _rates(count: int) -> list[float]:
    """Return 0, then 1, 2 and 5 times powers of ten from 1 / count on, then 1."""
    powers = range(-int(np.ceil(np.log10(count))), 0)
    rates = (digit * 10.0**power for power in powers for digit in (1, 2, 5))
    return [0.0, *(rate for rate in rates if rate * count >= 1 - _ROUNDING), 1.0]


def _draw_areas(axes: Axes, auc: pd.DataFrame, dataset: str) -> None:
    for model, color in _COLORS.items():
        rows = auc[(auc["model"] == model) & (auc["reading"] == PUBLISHED_READING)]
        x = rows["epsilon"].astype(float)
        axes.plot(x, rows["auc"], color=color, label=model)
        axes.fill_between(x, rows["auc_low"], rows["auc_high"], color=color, alpha=0.2, linewidth=0)
    axes.set_xlabel("ε")
    axes.set_ylabel("area under the ROC curve")
    axes.set_ylim(min(0.45, auc["auc_low"].min()), 1.02)
    title = f"{dataset}, n = {auc['n'].max()}; bands: 95 % interval"
    axes.legend(loc="lower right", fontsize=8, title=title, title_fontsize=8)


def _interval(row: "pd.Series[float]", metric: str) -> str:
    return str(Estimate(row[metric], row[f"{metric}_low"], row[f"{metric}_high"]))


def _first(rows: pd.DataFrame) -> str:
    """Return in words the epsilon from which the area stays near 1."""
    below = rows.loc[rows["auc"] < _NEARLY_ALL, "epsilon"]
    reached = rows if below.empty else rows[rows["epsilon"] > below.max()]
    if reached.empty:
        return f"not yet {_NEARLY_ALL} at the largest"
    return f"at least {_NEARLY_ALL} from epsilon {epsilon_label(reached['epsilon'].min())} on"
