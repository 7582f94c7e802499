"""Table 1 with one line for each method: this run's and the published numbers."""

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
    """Return the name of the network whose features were compared."""
    return str(networks.set_index("role").at["features", "name"])


def decimals_for(values: Iterable[float]) -> int:
    """Return the number of decimals that shows at least three digits of the largest value."""
    largest = max((abs(value) for value in values if not np.isnan(value)), default=0)
    if not largest > 0:
        return _SIGNIFICANT
    return int(np.clip(_SIGNIFICANT - 1 - np.floor(np.log10(largest)), 0, _MOST_DECIMALS))


def table_layout(scores: pd.DataFrame, published: pd.DataFrame, extractor: str) -> pd.DataFrame:
    """Lay out Table 1: the paper's methods in its order, then the controls.

    Parameters
    ----------
    scores
        This run's scores in long form.
    published
        method, is, fid, in the order of the paper.

    Returns
    -------
    DataFrame
        One row for each method: this run's ``value ± half of the interval``, then the published
        FID and IS. A method that was not run has the published numbers only.
    """
    measured = scores.set_index(["method", "metric"])
    controls = [name for name in (*CONTROLS, REAL) if name in set(scores["method"])]
    columns = {
        metric_label(metric, extractor): _cells(measured, metric_name(metric, extractor))
        for metric in _COLUMNS
    }
    printed = published.set_index("method")
    rows: list[dict[str, str]] = []
    for row in (*published["method"], *controls):
        if row in controls[:1]:
            rows.append({"method": "Controls"})
        rows.append({"method": LABELS[row]})
        rows[-1] |= {title: cells.get(row, _NONE) for title, cells in columns.items()}
        if row in printed.index:
            rows[-1] |= {title: f"{printed.at[row, key]:.2f}" for key, title in _PUBLISHED.items()}
    return pd.DataFrame(rows).fillna("")


def caption(scores: pd.DataFrame, networks: pd.DataFrame, words: str, obstacle: str | None) -> str:
    """Write the caption of Table 1: its data, its networks, and what may be compared.

    Parameters
    ----------
    scores
        This run's scores in long form.
    words
        Data set, resolution and models, in words.
    obstacle
        Why no score can be compared with the paper's; None if all can.
    """
    extractor, judge = (networks.set_index("role").loc[role] for role in ("features", "identity"))
    generated = scores[scores["method"] != REAL]
    distance = metric_name("fd", extractor["name"])
    halves = scores[(scores["method"] == REAL) & (scores["metric"] == distance)]
    parts = [
        "Table 1. Personalized image generation: the numbers of this run, and the published FID "
        "and IS in separate columns.",
        f"This run: {words}; n_real = {_span(generated['n_real'])} photos, n_generated = "
        f"{_span(generated['n_generated'])} images of each method; ± is half of the 95 % interval "
        "over persons (jackknife).",
        f"Features and classes: {extractor['name']}, SHA-256 {extractor['sha256'][:_HASH_DIGITS]}.",
        f"Identity, cosine to a person's references, and rank-1 among the test persons: "
        f"{judge['name']}, SHA-256 {judge['sha256'][:_HASH_DIGITS]}. It separates persons outside "
        f"its training with an AUC of {judge['auc']:.3f} and a rank-1 of {judge['rank1']:.2f} "
        f"({judge['persons']:.0f} persons).",
    ]
    for row in halves.to_dict("records"):
        parts.append(
            f"{LABELS[REAL].capitalize()}: distances of {row['n_generated']} photos to "
            f"{row['n_real']} others of the same persons, the distance of a perfect generator at "
            "that number; identity of the held-out photos."
        )
    parts.append(
        "p(y) is the mean of p(y|x) over the images (marginal), or 1/K as the paper states at "
        "Equation 5 (uniform)."
    )
    if obstacle is not None:
        parts.append(f"No number is comparable: {obstacle}.")
    return " ".join(parts)


def _cells(measured: pd.DataFrame, metric: str) -> Mapping[str, str]:
    """Return a column by method; the largest number decides the number of decimals."""
    if metric not in measured.index.get_level_values("metric"):
        return {}
    column = measured.xs(metric, level="metric")
    decimals = decimals_for(column["value"])
    return {
        str(method): _cell(row["value"], row["high"] - row["value"], decimals)
        for method, row in column.iterrows()
    }


def _cell(value: float, half: float, decimals: int) -> str:
    # Adding 0 turns a negative zero into zero.
    shown = f"{round(value, decimals) + 0:.{decimals}f}"
    return shown if pd.isna(half) else f"{shown} ± {half:.{decimals}f}"


def _span(counts: "pd.Series[int]") -> str:
    low, high = counts.min(), counts.max()
    return str(low) if low == high else f"{low} to {high}"
