"""Differences between rows, paired over persons and training seeds, and what they decide."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from triptych.claims.claims import Tolerance
from triptych.claims.differences import FEWEST_SEEDS, Mean, holm
from triptych.personalization.artifacts.jackknife import Trainings
from triptych.personalization.artifacts.names import (
    METRICS,
    REAL_ROWS,
    SET_METRICS,
    Metric,
    Row,
    metric_name,
)
from triptych.personalization.artifacts.scoring import Scores
from triptych.personalization.methods import BY_NAME, VARIANTS

_LEVEL = 0.05
_COLUMNS = (
    *("metric", "first", "second", "difference", "low", "high", "n_seeds"),
    *("standard_error", "df", "p", "kind", "p_holm", "smallest", "verdict", "reason"),
)

Effects = Mapping[Metric, Tolerance]


def read_effects(path: Path) -> dict[str, Tolerance]:
    """Return the smallest effect worth naming of each metric."""
    return {
        row["metric"]: Tolerance(float(row["smallest"]), row["kind"] == "relative")
        for row in pd.read_csv(path).to_dict("records")
    }


def comparisons_table(
    scores: Scores, extractor: str, contrasts: pd.DataFrame, effects: Mapping[str, Tolerance]
) -> pd.DataFrame:
    """Return the differences between every two rows, and what each decides.

    Distances and class scores depend on the number of images, so real photos are not compared
    by them.

    Parameters
    ----------
    contrasts
        The planned differences: kind (primary), larger, smaller, metric.
    effects
        The smallest effect worth naming, by metric. A relative effect is a share of the larger
        of both scores.

    Returns
    -------
    DataFrame
        metric, first, second; difference (first - second), low, high (95 %); n_seeds (training
        seeds behind it), standard_error, df, p; kind (primary or other); p_holm of the primary
        differences, corrected for all that were planned; smallest (effect worth naming);
        verdict (above, below, too_small or undecided) and reason.
    """
    planned = {
        (row["metric"], frozenset((row["larger"], row["smaller"]))): row["kind"]
        for row in contrasts.to_dict("records")
    }
    rows = [
        _comparison(scores, metric, pair, effects[metric])
        | {"kind": planned.get((metric, frozenset(pair)), "other")}
        for metric in METRICS
        for pair in combinations(_comparable(scores, metric), 2)
    ]
    primary = [row for row in rows if row["kind"] == "primary"]
    adjusted = holm([row["p"] for row in primary], len(planned))
    for row, p_holm in zip(primary, adjusted, strict=True):
        row["p_holm"] = p_holm
    for row in rows:
        row["verdict"], row["reason"] = _judgment(row)
        row["metric"] = metric_name(row["metric"], extractor)
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _comparable(scores: Scores, metric: Metric) -> list[Row]:
    rows = VARIANTS if metric in SET_METRICS else (*VARIANTS, *REAL_ROWS)
    return [row for row in rows if (row, metric) in scores]


def _comparison(
    scores: Scores, metric: Metric, pair: tuple[Row, Row], smallest: Tolerance
) -> dict[str, Any]:
    first, second = (scores[row, metric].number for row in pair)
    assert isinstance(first, Trainings)
    assert isinstance(second, Trainings)
    gap = first.minus(second).mean()
    doubt = _doubt(gap, pair)
    largest = max(abs(number.mean().value) for number in (first, second))
    return {
        "metric": metric,
        "first": pair[0],
        "second": pair[1],
        "difference": gap.value,
        "low": gap.estimate.low,
        "high": gap.estimate.high,
        "n_seeds": gap.seeds,
        "standard_error": gap.standard_error,
        "df": gap.degrees_of_freedom,
        # Where doubt is excluded, the persons alone decide on rows that are trained once.
        "p": replace(gap, seeds=max(gap.seeds, FEWEST_SEEDS)).p if doubt is None else np.nan,
        "p_holm": np.nan,
        "smallest": smallest.of(largest),
        "reason": doubt,
    }


def _doubt(gap: Mean, pair: tuple[Row, Row]) -> str | None:
    """Return why a difference decides nothing on the methods: too few trainings.

    Rows of the same adapter, of no adapter, and of one training for each person need only the
    persons.
    """
    methods = [BY_NAME[row] for row in pair if row not in REAL_ROWS]
    adapters = {method.adapter for method in methods if method.adapter is not None}
    if not any(method.is_finetuned for method in methods) and len(adapters) < 2:
        return None
    return None if gap.doubt is None else gap.doubt.replace(" ", " training ")


def _judgment(row: Mapping[str, Any]) -> tuple[str, str]:
    """Return the verdict on a difference, and its reason."""
    if row["reason"] is not None:
        return "undecided", row["reason"]
    name, adjusted = ("p_holm", "Holm-adjusted p") if row["kind"] == "primary" else ("p", "p")
    if np.isnan(row[name]):
        return "undecided", "no interval"
    smallest = row["smallest"]
    if -smallest < row["low"] and row["high"] < smallest:
        return "too_small", f"no difference worth naming, all within {smallest:.4f}"
    p = row[name]
    reason = f"{adjusted} < 0.0001" if p < 1e-4 else f"{adjusted} = {p:.4f}"
    if not p < _LEVEL:
        return "undecided", reason
    if abs(row["difference"]) < smallest:
        return "undecided", f"{reason}, but less than the smallest effect, {smallest:.4f}"
    return ("above" if row["difference"] > 0 else "below"), reason
