"""Table 1 as a reader wants it: a line a method, ours and the published in own columns."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from triptych.personalization.artifacts.names import LABELS, REAL, Metric, metric_label, metric_name
from triptych.personalization.methods import CONTROLS

_COLUMNS: tuple[Metric, ...] = ("fd", "is_marginal", "is_uniform", "kid", "identity", "rank1")
_PUBLISHED = {"fid": "published FID", "is": "published IS"}
_NONE = "-"
_HASH_DIGITS = 12
_SIGNIFICANT = 3
_MOST_DECIMALS = 6


def extractor_of(networks: pd.DataFrame) -> str:
    """The name of the network whose features were compared."""
    return str(networks.set_index("role").at["features", "name"])


def decimals_for(values: Iterable[float]) -> int:
    """The decimals with which the largest of some numbers has three digits, at least."""
    largest = max((abs(value) for value in values if not np.isnan(value)), default=0)
    if not largest > 0:
        return _SIGNIFICANT
    return int(np.clip(_SIGNIFICANT - 1 - np.floor(np.log10(largest)), 0, _MOST_DECIMALS))


def table_layout(scores: pd.DataFrame, published: pd.DataFrame, extractor: str) -> pd.DataFrame:
    """Table 1: the paper's methods in its order, then the controls set apart.

    Parameters
    ----------
    scores
        Our scores, long.
    published
        method, is, fid, in the order of the paper.
    extractor
        Whose features were compared.

    Returns
    -------
    DataFrame
        A row a method: ours ``value ± half of the interval``, then the published FID and
        IS. A method that was not run has the published numbers alone.
    """
    ours = scores.set_index(["method", "metric"])
    methods = list(published["method"])
    controls = [name for name in (*CONTROLS, REAL) if name in set(scores["method"])]
    columns = {
        metric_label(metric, extractor): _cells(ours, metric_name(metric, extractor))
        for metric in _COLUMNS
    }
    printed = published.set_index("method")
    rows = [
        {"method": LABELS[method]}
        | {title: cells.get(method, _NONE) for title, cells in columns.items()}
        | {title: f"{printed.at[method, key]:.2f}" for key, title in _PUBLISHED.items()}
        for method in methods
    ]
    empty = dict.fromkeys(_PUBLISHED.values(), "")
    if controls:
        rows.append({"method": "Controls"} | dict.fromkeys(columns, "") | empty)
    rows += [
        {"method": LABELS[control]}
        | {title: cells.get(control, _NONE) for title, cells in columns.items()}
        | empty
        for control in controls
    ]
    return pd.DataFrame(rows)


def caption(scores: pd.DataFrame, networks: pd.DataFrame, words: str, obstacle: str | None) -> str:
    """What Table 1 shows, of what, and what may be compared.

    Parameters
    ----------
    scores
        Our scores, long.
    networks
        What judged the images.
    words
        Data set, resolution and models, in words.
    obstacle
        Why no score can be compared; None where it can.
    """
    extractor, judge = (networks.set_index("role").loc[role] for role in ("features", "identity"))
    made = scores[scores["method"] != REAL]
    distance = metric_name("fd", extractor["name"])
    halves = scores[(scores["method"] == REAL) & (scores["metric"] == distance)]
    parts = [
        "Table 1. Personalised image generation: ours, and the published FID and IS in columns "
        "of their own.",
        f"Ours: {words}; n_real = {_span(made['n_real'])} photos, n_generated = "
        f"{_span(made['n_generated'])} images a method; ± is half of the 95 % interval over "
        "persons (jackknife).",
        f"Features and classes: {extractor['name']}, SHA-256 {extractor['sha256'][:_HASH_DIGITS]}.",
        f"Identity, cosine to a person's references, and rank-1 among the test persons: "
        f"{judge['name']}, SHA-256 {judge['sha256'][:_HASH_DIGITS]}, which tells persons whom it "
        f"never saw apart with an AUC of {judge['auc']:.3f} and a rank-1 of {judge['rank1']:.2f} "
        f"({judge['persons']:.0f} persons).",
    ]
    for row in halves.to_dict("records"):
        parts.append(
            f"{LABELS[REAL].capitalize()}: distances of {row['n_generated']} photos to "
            f"{row['n_real']} others of the same persons, which is what is left of a perfect "
            "generator at that number; identity of the held-out ones."
        )
    parts.append(
        "p(y) is the mean of p(y|x) over the images (marginal), or 1/K as the paper has it at "
        "Equation 5 (uniform)."
    )
    if obstacle is not None:
        parts.append(f"No number is comparable: {obstacle}.")
    return " ".join(parts)


def _cells(ours: pd.DataFrame, metric: str) -> Mapping[str, str]:
    """A column, by method: all numbers with as many decimals as the largest one needs."""
    if metric not in ours.index.get_level_values("metric"):
        return {}
    column = ours.xs(metric, level="metric")
    decimals = decimals_for(column["value"])
    return {
        str(method): _cell(row["value"], row["high"] - row["value"], decimals)
        for method, row in column.iterrows()
    }


def _cell(value: float, half: float, decimals: int) -> str:
    # A negative zero is none.
    shown = f"{round(value, decimals) + 0:.{decimals}f}"
    return shown if pd.isna(half) else f"{shown} ± {half:.{decimals}f}"


def _span(counts: "pd.Series[int]") -> str:
    low, high = counts.min(), counts.max()
    return str(low) if low == high else f"{low} to {high}"
