"""Table 1 with one line for each method: this run's and the published numbers."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from triptych.personalization.artifacts.names import (
    CENTERED,
    LABELS,
    REAL,
    REAL_ROWS,
    Metric,
    metric_label,
    metric_name,
)
from triptych.personalization.artifacts.scoring import DRAWS
from triptych.personalization.methods import CONTROLS, EXTENSIONS

# The kernel distance comes first: it is not biased by the number of images.
_COLUMNS: tuple[Metric, ...] = (
    *("kid", "fd", "is_marginal", "is_uniform"),
    *("identity", "kept", "rank1", "face_found", "fidelity"),
)
# The rows below the paper's methods, which have no heading.
_GROUPS: Mapping[str, tuple[str, ...]] = {
    "": (),
    "Extensions": EXTENSIONS,
    "Controls": (*CONTROLS, *REAL_ROWS),
}
_FLOORS = "times the floor"
_DISTANCES = ("kid", "fd", "fid")
_PUBLISHED = {"fid": "published FID", "is": "published IS"}
_NONE = "-"
_HASH_DIGITS = 12
_SIGNIFICANT = 3
_MOST_DECIMALS = 6


def decimals_for(values: Iterable[float]) -> int:
    """Return the number of decimals that shows at least three digits of the largest value."""
    largest = max((abs(value) for value in values if not np.isnan(value)), default=0)
    if not largest > 0:
        return _SIGNIFICANT
    return int(np.clip(_SIGNIFICANT - 1 - np.floor(np.log10(largest)), 0, _MOST_DECIMALS))


def table_layout(scores: pd.DataFrame, published: pd.DataFrame, extractor: str) -> pd.DataFrame:
    """Lay out Table 1: the paper's methods in its order, then extensions and controls.

    Parameters
    ----------
    scores
        This run's scores in long form.
    published
        method, is, fid, in the order of the paper.

    Returns
    -------
    DataFrame
        One row for each method: this run's ``value ± half of the interval``, the Fréchet distance
        as a multiple of the floor, then the published FID and IS. A method that was not run has
        the published numbers only. A metric that was not computed has no column.
    """
    measured = scores.set_index(["method", "metric"])
    columns: dict[str, Mapping[str, str]] = {}
    for metric in _COLUMNS:
        cells = _cells(measured, metric_name(metric, extractor))
        if cells:
            columns[metric_label(metric, extractor)] = cells
        if metric == "fd" and (floors := _floors(measured, metric_name(metric, extractor))):
            columns[_FLOORS] = floors
    printed = published.set_index("method")
    rows: list[dict[str, str]] = []
    scored = set(scores["method"])
    for heading, group in _GROUPS.items():
        members = [row for row in group or published["method"] if not group or row in scored]
        if heading and members:
            rows.append({"method": heading})
        for row in members:
            cells = {title: column.get(row, _NONE) for title, column in columns.items()}
            rows.append({"method": LABELS[row], **cells})
            if row in printed.index:
                rows[-1] |= {
                    name: f"{printed.at[row, key]:.2f}" for key, name in _PUBLISHED.items()
                }
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
    generated = scores[~scores["method"].isin(REAL_ROWS)]
    parts = [
        "Table 1. Personalized image generation: the numbers of this run, and the published FID "
        "and IS in separate columns.",
        f"This run: {words}; n_real = {_span(generated['n_real'])} photos, n_generated = "
        f"{_span(generated['n_generated'])} images of each method; ± is half of the 95 % interval "
        "over persons, and over training seeds where a row has several.",
        f"Features and classes: {extractor['name']}, SHA-256 {extractor['sha256'][:_HASH_DIGITS]}.",
        f"Identity, cosine to a person's references{_center(judge['name'])}, and rank-1 among the "
        f"test persons: {judge['name']}, SHA-256 {judge['sha256'][:_HASH_DIGITS]}. It separates "
        f"persons outside its training with an AUC of {judge['auc']:.3f} and a rank-1 of "
        f"{judge['rank1']:.2f} ({judge['persons']:.0f} persons).",
        *_floor_sentences(scores, metric_name("fd", extractor["name"])),
        "p(y) is the mean of p(y|x) over the images (marginal), or 1/K as the paper states at "
        "Equation 5 (uniform).",
    ]
    if "fidelity" in set(scores["metric"]):
        parts.append("Prompt fidelity: how much of its prompt an image shows.")
    if obstacle is not None:
        parts.append(f"No number is comparable: {obstacle}.")
    return " ".join(parts)


def _center(judge: str) -> str:
    return " from the center of the training persons' photos" if judge in CENTERED else ""


def _floor_sentences(scores: pd.DataFrame, metric: str) -> Iterator[str]:
    """Say what the floor of the Fréchet distance is, and whether the rows have its number."""
    distances = scores[scores["metric"] == metric].set_index("method")
    floor = distances.loc[REAL]
    images = _span(distances[~distances.index.isin(REAL_ROWS)]["n_generated"])
    yield (
        f"{LABELS[REAL].capitalize()}: distances of {floor['n_generated']} photos to the "
        f"{floor['n_real']} others of the same persons, mean and range of {DRAWS} random draws; "
        "identity of the held-out photos."
    )
    decimals = decimals_for([floor["value"]])
    ends = f"{floor['low']:.{decimals}f} to {floor['high']:.{decimals}f}"
    yield (
        f"The floor of the Fréchet distance, {floor['value']:.{decimals}f} ({ends}), is that of a "
        f"perfect generator with {floor['n_generated']} images. The rows are compared with more "
        "photos, so a multiple can be below 1. The distance of a row has no interval."
    )
    if str(floor["n_generated"]) != images:
        yield f"The rows have {images} images, so their distances are not multiples of this floor."


def _floors(measured: pd.DataFrame, metric: str) -> Mapping[str, str]:
    """Return each distance as a multiple of the floor, where the number of images is the same."""
    if (REAL, metric) not in measured.index:
        return {}
    column = measured.xs(metric, level="metric")
    floor = column.loc[REAL]
    same = column[column["n_generated"] == floor["n_generated"]]
    if len(same) == len(set(column.index) & set(REAL_ROWS)) or not floor["value"] > 0:
        return {}
    return {str(method): f"{row['value'] / floor['value']:.2f}" for method, row in same.iterrows()}


def _cells(measured: pd.DataFrame, metric: str) -> Mapping[str, str]:
    """Return a column by method; the largest number decides the number of decimals.

    Distances of real photos have the range of their draws.
    """
    if metric not in measured.index.get_level_values("metric"):
        return {}
    column = measured.xs(metric, level="metric")
    decimals = decimals_for(column["value"])
    of_sets = metric.startswith(_DISTANCES)
    return {
        str(method): _cell(row, decimals, of_sets and method in REAL_ROWS)
        for method, row in column.iterrows()
    }


def _cell(row: "pd.Series[float]", decimals: int, ranged: bool) -> str:
    # Adding 0 turns a negative zero into zero.
    value, low, high = (
        f"{round(row[key], decimals) + 0:.{decimals}f}" for key in ("value", "low", "high")
    )
    if pd.isna(row["high"]):
        return value
    half = row["high"] - row["value"]
    return f"{value} ({low} to {high})" if ranged else f"{value} ± {half:.{decimals}f}"


def _span(counts: "pd.Series[int]") -> str:
    low, high = counts.min(), counts.max()
    return str(low) if low == high else f"{low} to {high}"
