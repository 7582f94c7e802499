"""How training length and seed move the natural network's curves, beside the published ones."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from scipy.stats import t as student

from triptych.adversarial.artifacts.tables import PUBLISHED_READING, epsilon_label
from triptych.claims.differences import FEWEST_SEEDS
from triptych.claims.intervals import Estimate
from triptych.drawing.figures import BLUE, VERMILION, new_figure

METRICS = ("accuracy", "tpr", "combined")
_CONFIDENCE = 0.95
_ROUNDING = 1e-9

# How far from the natural network's number another training may lie, in log odds, by epsilon
# label and metric.
Spread = Mapping[tuple[str, str], float]


def length_table(
    trainings: Sequence[pd.DataFrame],
    curves: pd.DataFrame,
    published: pd.DataFrame,
    steps: int,
) -> pd.DataFrame:
    """Compare each length and metric with the published natural network.

    The interval is where a further training lies with 95 % probability: Student's t over the
    seeds, joined with the interval over the images. This run's own natural network is a row of
    one seed, with the interval of its images alone.

    Parameters
    ----------
    trainings
        Tables of ``curves_of_lengths``, one for each seed.
    curves, published
        Curves of this run's own networks, and the paper's.
    steps
        Training length of this run's natural network.

    Returns
    -------
    pandas.DataFrame
        steps, epsilon, metric, n_seeds, n (images), mean, lowest, highest, low, high,
        published, compatible; spread: where a further training lies by the seeds alone, a half
        width in log odds, blank with one seed.
    """
    seeds = pd.concat(
        [table.assign(seed=seed) for seed, table in enumerate(trainings)], ignore_index=True
    )
    seeds = seeds[(seeds["reading"] == PUBLISHED_READING) & (seeds["epsilon"] > 0)]
    printed = published[published["model"] == "natural"].set_index("epsilon")
    natural = curves[(curves["model"] == "natural") & (curves["reading"] == PUBLISHED_READING)]
    own = natural[natural["epsilon"].isin(seeds["epsilon"])].assign(steps=steps)
    rows = []
    for table in (seeds, own):
        for (length, epsilon), group in table.groupby(["steps", "epsilon"]):
            for metric in METRICS:
                estimate = _interval(group, metric)
                known = printed[metric].get(epsilon, np.nan)
                rows.append(
                    {
                        "steps": length,
                        "epsilon": epsilon_label(epsilon),
                        "metric": metric,
                        "n_seeds": len(group),
                        "n": group["n"].max(),
                        "mean": estimate.value,
                        "lowest": group[metric].min(),
                        "highest": group[metric].max(),
                        "low": estimate.low,
                        "high": estimate.high,
                        "published": known,
                        "compatible": estimate.low - _ROUNDING
                        <= known
                        <= estimate.high + _ROUNDING,
                        "spread": _half_width(_log_odds(group[metric], group["n"].max())),
                    }
                )
    return pd.DataFrame(rows)


def spread(table: pd.DataFrame) -> tuple[int, Spread]:
    """Return the number of seeds and how far they spread, at the longest length with enough seeds.

    Nothing without enough seeds. In log odds, because near 0 and 1 seeds spread less, and the
    network whose interval is widened may lie elsewhere on the curve.
    """
    several = table[table["n_seeds"] >= FEWEST_SEEDS]
    longest = several[several["steps"] == several["steps"].max()]
    halves = {
        (epsilon_label(row["epsilon"]), row["metric"]): row["spread"]
        for row in longest.to_dict("records")
    }
    return int(longest["n_seeds"].max()) if len(longest) else 1, halves


def widened(own: Estimate, half: float, images: int) -> Estimate:
    """Widen a share's interval over images by the spread of trainings, a half width in log odds."""
    center = _log_odds(own.value, images)
    below, above = (abs(_log_odds(end, images) - center) for end in (own.low, own.high))
    low, high = (
        float(np.clip((expit(end) * (images + 1) - 0.5) / images, 0, 1))
        for end in (center - np.hypot(half, below), center + np.hypot(half, above))
    )
    return Estimate(own.value, min(own.low, low), max(own.high, high))


def draw_lengths(table: pd.DataFrame, dataset: str) -> Figure:
    """Draw each metric against the training length, a panel for each epsilon."""
    epsilons = sorted(table["epsilon"].map(epsilon_label).unique())
    figure = new_figure(2.0 * len(epsilons) + 1, 6.0)
    grid = figure.subplots(len(METRICS), len(epsilons), sharex=True, sharey=True, squeeze=False)
    for row, metric in enumerate(METRICS):
        for column, epsilon in enumerate(epsilons):
            axes = grid[row][column]
            chosen = table[
                (table["metric"] == metric) & (table["epsilon"].map(epsilon_label) == epsilon)
            ].sort_values("steps")
            half = np.clip([chosen["mean"] - chosen["low"], chosen["high"] - chosen["mean"]], 0, 1)
            axes.errorbar(
                chosen["steps"],
                chosen["mean"],
                half,
                color=BLUE,
                marker="o",
                markersize=3,
                capsize=2,
                label=f"this run ({dataset})",
            )
            axes.axhline(
                chosen["published"].iloc[0],
                color=VERMILION,
                linestyle="--",
                linewidth=1,
                label="published (mnist)",
            )
            axes.set_xscale("log")
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.set_ylim(-0.02, 1.02)
            if row == 0:
                axes.set_title(f"ε = {epsilon}", fontsize=9)
            if row == len(METRICS) - 1:
                axes.set_xlabel("training steps")
        grid[row][0].set_ylabel(metric)
    figure.legend(
        *grid[0][0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=2,
        fontsize=8,
        title="bars: where a further training lies (95 %); with one seed, over images alone",
        title_fontsize=8,
    )
    return figure


def length_findings(table: pd.DataFrame) -> Iterator[str]:
    """Say which training lengths are compatible with the published network."""
    yield (
        "A natural network was trained with several seeds and attacked after several numbers of "
        "steps. A length is compatible with the published network if each published number lies "
        "where a further training of this length lies with 95 % probability."
    )
    for (steps, count), rows in table.groupby(["steps", "n_seeds"]):
        outside = rows[~rows["compatible"].astype(bool)]
        seeds = f"{count} seed{'s' if count > 1 else ''}"
        if count < FEWEST_SEEDS:
            inside = len(rows) - len(outside)
            yield (
                f"{steps:,} steps ({seeds}): not judged, because fewer than {FEWEST_SEEDS} seeds "
                f"do not show the spread. {inside} of {len(rows)} published numbers lie in its "
                f"interval{', over the images alone' if count == 1 else ''}."
            )
            continue
        if outside.empty:
            yield f"{steps:,} steps ({seeds}): compatible in all {len(rows)} numbers."
            continue
        gap = (outside["mean"] - outside["published"]).abs()
        worst = outside.loc[gap.idxmax()]
        yield (
            f"{steps:,} steps ({seeds}): {len(rows) - len(outside)} of {len(rows)} numbers are "
            f"compatible. The farthest is the {worst['metric']} at epsilon "
            f"{epsilon_label(worst['epsilon'])}: {worst['mean']:.3f}, published "
            f"{worst['published']:.3f}."
        )


def _interval(group: pd.DataFrame, metric: str) -> Estimate:
    """Return where a further training lies: the spread of the seeds, and of the images."""
    values = group[metric].to_numpy(float)
    mean, count = float(values.mean()), len(values)
    half = _half_width(values) if count > 1 else 0.0
    # All seeds share their images, so that their spread does not contain that of the images.
    below, above = (float((group[f"{metric}_{end}"] - values).mean()) for end in ("low", "high"))
    low, high = mean - np.hypot(half, below), mean + np.hypot(half, above)
    return Estimate(mean, max(0.0, low), min(1.0, high))


def _half_width(values: NDArray[np.float64]) -> float:
    """Return how far from the mean a further draw lies: Student's t; NaN for a single value."""
    count = len(values)
    if count < 2:
        return np.nan
    quantile = student.ppf((1 + _CONFIDENCE) / 2, count - 1)
    return float(quantile * np.std(values, ddof=1) * np.sqrt(1 + 1 / count))


def _log_odds(shares: ArrayLike, images: int) -> NDArray[np.float64]:
    """Return log odds with half an image on both sides, which makes those of 0 and 1 finite."""
    return logit((np.asarray(shares) * images + 0.5) / (images + 1))
