"""The tables of panel 1: thresholds, curves, controls, Table II."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from triptych.adversarial import detector
from triptych.adversarial.detector import Reading
from triptych.adversarial.raw import Scores
from triptych.claims.intervals import Estimate, wilson

METRICS = ("accuracy", "detected", "tpr", "combined")
# The reading that the published code computes; claims are compared in it.
PUBLISHED_READING: Reading = "as_published"

Thresholds = Mapping[str, float]


def epsilon_label(epsilon: float) -> str:
    """Write an epsilon with at least two decimals: 0.1 as ``0.10``, 0.005 as ``0.005``."""
    shortest = f"{epsilon:.6f}".rstrip("0")
    return shortest if len(shortest) >= len("0.00") else f"{epsilon:.2f}"


def thresholds_table(images: NDArray[np.uint8]) -> pd.DataFrame:
    """Calibrate all readings on clean training images, uint8 (n, 28, 28).

    Columns: reading, threshold, number of images, number of images with an undefined score,
    lowest score, and the image with the highest score.
    """
    rows = []
    for reading in (*detector.READINGS, detector.SIGNED):
        scores = detector.calibration_scores(images, reading)
        rows.append(
            {
                "reading": reading,
                # Text, because six decimals would change the threshold.
                "threshold": repr(float(np.nanmax(scores))),
                "n": len(scores),
                "undefined": int(np.isnan(scores).sum()),
                "lowest": repr(float(np.nanmin(scores))),
                "highest_image": int(np.nanargmax(scores)),
            }
        )
    return pd.DataFrame(rows)


def read_thresholds(path: Path) -> dict[str, float]:
    """Read the thresholds by reading, exact to the last digit."""
    table = pd.read_csv(path, dtype=str)
    return {row["reading"]: float(row["threshold"]) for _, row in table.iterrows()}


def curves_table(scores: Mapping[str, Scores], thresholds: Thresholds) -> pd.DataFrame:
    """Compute accuracy, detection and their sum at every epsilon (Figures 2 to 4).

    Columns: model, epsilon, reading, n, then accuracy, detected, tpr, combined and the bounds
    of their intervals. At epsilon 0, the clean images, detected is the false positive rate;
    tpr and combined are blank.
    """
    return pd.DataFrame(
        {"model": model, **_row(values, position, reading, thresholds)}
        for model, values in scores.items()
        for position in range(len(values.epsilons))
        for reading in detector.READINGS
    )


def controls_table(
    noise: Iterable[tuple[float, NDArray[np.uint8]]],
    random_start: Mapping[str, Scores],
    zero_start: Mapping[str, Scores],
    thresholds: Thresholds,
) -> pd.DataFrame:
    """Compute controls that the paper does not show, in the columns of the curves.

    ``noise``: clean images, uint8 (n, 28, 28), with uniform noise of the same epsilon instead of
    an attack (accuracy, tpr and combined blank). ``zero_start``: the attack of Equation 2,
    without a random start. ``signed``: the detector of Equation 3, without the absolute value.
    """
    rows = [
        {"control": "noise", "model": "none", **_noise_row(images, epsilon, reading, thresholds)}
        for epsilon, images in noise
        for reading in detector.READINGS
    ]
    variants = (
        ("zero_start", zero_start, detector.READINGS),
        ("signed", random_start, (detector.SIGNED,)),
    )
    rows += [
        {"control": control, "model": model, **_row(values, position, reading, thresholds)}
        for control, scores, readings in variants
        for model, values in scores.items()
        for position in range(len(values.epsilons))
        for reading in readings
    ]
    return pd.DataFrame(rows)


def table2_table(curves: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Make Table II: model, epsilon, tpr (as published), published; blank if not attacked."""
    reproduced = curves[curves["reading"] == PUBLISHED_READING][["model", "epsilon", "tpr"]]
    table = published.rename(columns={"tpr": "published"})
    table = table.merge(reproduced, on=["model", "epsilon"], how="left")
    table["epsilon"] = table["epsilon"].map(epsilon_label)
    return table[["model", "epsilon", "tpr", "published"]]


def table2_layout(table: pd.DataFrame) -> pd.DataFrame:
    """Lay Table II out with a row for each epsilon and two columns for each network."""
    columns: dict[str, list[str]] = {"epsilon": sorted(table["epsilon"].unique())}
    for model, rows in table.groupby("model", sort=False):
        by_epsilon = rows.set_index("epsilon")
        for column, title in (("tpr", "this run"), ("published", "published")):
            values = by_epsilon[column].reindex(columns["epsilon"])
            columns[f"{model}, {title}"] = ["" if pd.isna(v) else f"{v:.3f}" for v in values]
    return pd.DataFrame(columns)


def _row(
    scores: Scores, position: int, reading: Reading, thresholds: Thresholds
) -> dict[str, object]:
    correct = scores.predictions[position] == scores.labels
    flagged = getattr(scores, reading)[position] > thresholds[reading]
    is_clean = scores.epsilons[position] == 0
    # Table II counts an attack as detected only if it also succeeded.
    hits = {
        "accuracy": correct,
        "detected": flagged,
        "tpr": None if is_clean else ~correct & flagged,
        "combined": None if is_clean else correct | flagged,
    }
    return _shares(scores.epsilons[position], reading, len(correct), hits)


def _noise_row(
    images: NDArray[np.uint8], epsilon: float, reading: Reading, thresholds: Thresholds
) -> dict[str, object]:
    flagged = detector.scores(images, reading) > thresholds[reading]
    return _shares(epsilon, reading, len(images), {"detected": flagged})


def _shares(
    epsilon: float, reading: Reading, count: int, hits: Mapping[str, NDArray[np.bool_] | None]
) -> dict[str, object]:
    blank = Estimate(np.nan, np.nan, np.nan)
    shares = {
        metric: blank if (hit := hits.get(metric)) is None else wilson(int(hit.sum()), count)
        for metric in METRICS
    }
    row: dict[str, object] = {"epsilon": epsilon_label(epsilon), "reading": reading, "n": count}
    row |= {metric: share.value for metric, share in shares.items()}
    for metric, share in shares.items():
        row |= {f"{metric}_low": share.low, f"{metric}_high": share.high}
    return row
