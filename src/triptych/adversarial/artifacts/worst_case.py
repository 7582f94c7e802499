"""The combined curves read as a worst case: what their own points and one image rule out."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from triptych.adversarial.artifacts.tables import PUBLISHED_READING, epsilon_label
from triptych.audit.budgets import half_budget, monotone
from triptych.audit.judgments import Judgment, failing
from triptych.claims.claims import PUBLISHED_ONLY, Basis, Claim, text_claim

_PANEL, _FIGURE = "adversarial", "fig4_combined"
# From this epsilon on, every ball contains the gray image.
GRAY = 0.5
_ROUNDING = 1e-9


def worst_case_claims(
    curves: pd.DataFrame,
    published: pd.DataFrame,
    stated: Mapping[str, float],
    *,
    class_share: float,
    dataset: str,
    bases: Mapping[str, Basis],
    images: Basis,
) -> Iterator[Claim]:
    """Judge Figure 4 as a statement about the strongest attack.

    Parameters
    ----------
    stated
        Value of each sentence by its key.
    class_share
        Share of the most frequent class of the test set.
    bases, images
        What the numbers of each network rest on, and those of the test set alone.
    """
    for source, table in _sources(curves, published):
        for model, rows in table.groupby("model", sort=False):
            above = _rising(rows)
            yield text_claim(
                _PANEL,
                _FIGURE,
                f"{source}/{model}/combined_never_rises",
                stated["combined_never_rises"],
                len(above),
                len(above) <= stated["combined_never_rises"],
                f"{_count(rows, above)} of the {source} combined curve of the {model} network "
                "exceed a point at a smaller epsilon",
                PUBLISHED_ONLY if source == "published" else bases[str(model)],
            )
    for row in _at_gray(published).to_dict("records"):
        yield text_claim(
            _PANEL,
            _FIGURE,
            f"published/{row['model']}/gray_image",
            row["combined"],
            class_share,
            row["combined"] <= class_share + _ROUNDING,
            f"at epsilon {epsilon_label(row['epsilon'])} a constant gray image evades: at most "
            f"the largest class share is correct or flagged, computed on {dataset}",
            images,
        )


def worst_case_findings(
    curves: pd.DataFrame, published: pd.DataFrame, *, class_share: float, dataset: str
) -> Iterator[str]:
    """Say in words what the curves rule out, and what is known of detectors in general."""
    yield (
        "The ball of an epsilon contains the balls of all smaller ones. So under the strongest "
        "attack no more images can be correct or flagged when epsilon grows."
    )
    for source, table in _sources(curves, published):
        parts = [
            f"{_count(rows, _rising(rows))} on the {model} network"
            for model, rows in table.groupby("model", sort=False)
        ]
        yield (
            f"Of the {source} combined curve, {' and '.join(parts)} exceed a point at a smaller "
            "epsilon."
        )
    highest = ", ".join(
        f"{row['combined']:.4f} ({row['model']})" for row in _at_gray(published).to_dict("records")
    )
    yield (
        f"From epsilon {GRAY:.2f} on, every ball contains a constant gray image, which the "
        "detector scores 0 and never flags. It has one prediction, so at most "
        f"{class_share:.4f} of the images of {dataset} can be correct or flagged. The paper "
        f"prints {highest}."
    )
    halves = half_budget(
        published,
        defense="combined",
        classifier="accuracy",
        budget="epsilon",
        # Section 4: no clean image is flagged.
        false_positives="0",
        by=["model"],
    )
    noted = [judgment for judgment in halves if judgment.verdict == "note"]
    yield (
        "A note without a verdict: by Tramèr (2022, arXiv:2107.11630) a detector that is robust "
        "at epsilon yields a classifier that is robust at epsilon / 2. That classifier is "
        "another one and computationally inefficient, so it contradicts no printed number. Read as "
        f"a worst case, {len(noted)} of {len(halves)} published points imply a classifier that is "
        "more robust at half the epsilon than the printed one."
    )


def _sources(curves: pd.DataFrame, published: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the attacked points of the paper and of this run."""
    yield "published", published[published["epsilon"] > 0]
    yield (
        "reproduced",
        curves[(curves["reading"] == PUBLISHED_READING) & (curves["epsilon"] > 0)],
    )


def largest_share(labels: NDArray[np.int64]) -> float:
    """Return the share of the most frequent class: what one answer for all images can reach."""
    return float(np.bincount(labels).max() / len(labels))


def _rising(rows: pd.DataFrame) -> list[Judgment]:
    """Return the points of one curve that exceed a point at a smaller epsilon."""
    return failing(monotone(rows, of=["combined"], budget="epsilon"))


def _count(rows: pd.DataFrame, above: Sequence[Judgment]) -> str:
    """Count the points above an earlier one, and name the farthest."""
    counted = f"{len(above)} of {len(rows)} points"
    if not above:
        return counted
    farthest = max(above, key=lambda judgment: judgment.excess)
    place = epsilon_label(rows.at[farthest.rows[0], "epsilon"])
    return f"{counted} (by up to {farthest.excess:.4f}, at epsilon {place})"


def _at_gray(published: pd.DataFrame) -> pd.DataFrame:
    """Return the highest published point of each network whose ball contains the gray image."""
    late = published[published["epsilon"] >= GRAY - _ROUNDING]
    return late.loc[late.groupby("model", sort=False)["combined"].idxmax()]
