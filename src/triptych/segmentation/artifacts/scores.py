"""Numbers of the models: IoU of every class, means with intervals, comparisons."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from triptych.claims.differences import holm
from triptych.segmentation.artifacts.evaluations import CLAIMED, PARTNER, Model, classes_of
from triptych.segmentation.artifacts.resampling import Sampled
from triptych.segmentation.iou import iou, miou
from triptych.segmentation.raw import ALTERNATIVES, Evaluation

Row = dict[str, Any]

_LEVEL = 0.05
# The columns for the null comparison of the same network, and their sources.
_NULL = {"null": "difference", "null_low": "low", "null_high": "high"}
_COLUMNS = (
    *("kind", "network", "larger", "smaller", "difference", "low", "high", "seeds", "n_seeds"),
    *("standard_error", "df", "p", "p_holm", *_NULL, "verdict", "reason", "images"),
)


def iou_table(evaluations: Sequence[Evaluation]) -> pd.DataFrame:
    """Return the IoU of every class over the whole split, a row for each evaluation.

    Columns: network, method, seed, miou, the classes, miou_top, miou_mean_of_both, miou_partner;
    shares in [0, 1], blank if a class is absent or a model has no such output.
    """
    return pd.DataFrame(map(_iou_row, evaluations))


def scores_table(sampled: Mapping[Model, Sampled], classes: Sequence[str]) -> pd.DataFrame:
    """Return the means over seeds with intervals; the partner of an ensemble is left out.

    Columns: network, method, class (or miou), value, low, high, spread (standard deviation
    over seeds), in percent; seeds, n (images).
    """
    return pd.DataFrame(
        {
            "network": network,
            "method": method,
            "class": name,
            **vars(scores.estimate(column)),
            "spread": scores.spread(column),
            "seeds": len(scores.seeds),
            "n": scores.sampling.images,
        }
        for (network, method), scores in sampled.items()
        if method != PARTNER
        for column, name in enumerate(("miou", *classes))
    )


def comparisons_table(sampled: Mapping[Model, Sampled], contrasts: pd.DataFrame) -> pd.DataFrame:
    """Return the planned differences of mIoU whose models were run.

    Parameters
    ----------
    contrasts
        Every planned difference: kind (primary, secondary, control, null_comparison), network,
        larger, smaller.

    Returns
    -------
    DataFrame
        kind, network, larger, smaller; difference, low, high in points of percent; seeds (their
        numbers) and n_seeds; standard_error, df, p; p_holm of the primary and of the secondary
        differences, corrected for all of that kind that were planned; null, null_low, null_high:
        the difference between two trainings of the same single network; verdict (supported,
        not_supported, undecided) and reason; images: their number, and what was drawn together.
        With one seed the interval covers the images alone.
    """
    planned = contrasts.to_dict("records")
    rows = [row for contrast in planned for row in _comparison(sampled, contrast)]
    for kind in CLAIMED:
        family = [row for row in rows if row["kind"] == kind]
        count = sum(row["kind"] == kind for row in planned)
        for row, p_holm in zip(family, holm([row["p"] for row in family], count), strict=True):
            row["p_holm"] = p_holm
    null = {row["network"]: row for row in rows if row["kind"] == "null_comparison"}
    for row in rows:
        for name, source in _NULL.items():
            row[name] = null[row["network"]][source] if row["network"] in null else np.nan
        row["verdict"], row["reason"] = _judgment(row)
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def class_differences_table(
    sampled: Mapping[Model, Sampled], contrasts: pd.DataFrame, classes: Sequence[str]
) -> pd.DataFrame:
    """Return the planned differences of the IoU of every class, whose models were run.

    Columns: network, larger, smaller, class; difference, low, high in points of percent; seeds
    (their numbers). With one seed the interval covers the images alone. A class that is absent
    for a model is blank.
    """
    rows = [
        {
            "network": contrast["network"],
            "larger": contrast["larger"],
            "smaller": contrast["smaller"],
            "class": name,
            "difference": gap.value,
            "low": gap.estimate.low,
            "high": gap.estimate.high,
            "seeds": " ".join(map(str, seeds)),
        }
        for contrast in contrasts.to_dict("records")
        for larger, smaller, seeds in _pair(sampled, contrast)
        for column, name in enumerate(classes, start=1)
        for gap in [larger.above(smaller, column)]
    ]
    columns = ["network", "larger", "smaller", "class", "difference", "low", "high", "seeds"]
    return pd.DataFrame(rows, columns=columns)


def _pair(
    sampled: Mapping[Model, Sampled], contrast: Row
) -> Iterator[tuple[Sampled, Sampled, list[int]]]:
    """Yield the models of a contrast and their common seeds, if they have one."""
    larger, smaller = (
        sampled.get((contrast["network"], contrast[name])) for name in ("larger", "smaller")
    )
    if larger is not None and smaller is not None and (seeds := larger.common(smaller)):
        yield larger, smaller, seeds


def _comparison(sampled: Mapping[Model, Sampled], contrast: Row) -> Iterator[Row]:
    """Yield the row of a contrast, if both its models have a seed in common."""
    for larger, smaller, seeds in _pair(sampled, contrast):
        gap = larger.above(smaller)
        yield {
            **contrast,
            "difference": gap.value,
            "low": gap.estimate.low,
            "high": gap.estimate.high,
            "seeds": " ".join(map(str, seeds)),
            "n_seeds": gap.seeds,
            "standard_error": gap.standard_error,
            "df": gap.degrees_of_freedom,
            "p": gap.p,
            "p_holm": np.nan,
            "reason": gap.doubt,
            "images": str(larger.sampling),
        }


def _judgment(row: Row) -> tuple[str, str]:
    """Return the verdict of a comparison and its reason."""
    if row["reason"] is not None:
        return "undecided", row["reason"]
    name, test = ("p_holm", "Holm-adjusted p") if row["kind"] in CLAIMED else ("p", "p")
    p = row[name]
    reason = f"{test} < 0.0001" if p < 1e-4 else f"{test} = {p:.4f}"
    if not p < _LEVEL:
        return "undecided", reason
    return ("supported" if row["difference"] > 0 else "not_supported"), reason


def _iou_row(evaluation: Evaluation) -> Row:
    total = evaluation.confusion.sum(axis=0)
    row: Row = {
        "network": evaluation.network,
        "method": evaluation.method,
        "seed": evaluation.seed,
        "miou": float(miou(total)),
    }
    row |= dict(zip(classes_of(evaluation).names, iou(total).tolist(), strict=True))
    row |= {f"miou_{name}": _miou(evaluation.alternatives.get(name)) for name in ALTERNATIVES}
    return row


def _miou(confusion: NDArray[np.int64] | None) -> float:
    return np.nan if confusion is None else float(miou(confusion.sum(axis=0)))
