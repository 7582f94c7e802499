"""The attack that knows the detector: its curves, and the paper's conclusions under it."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from triptych.adversarial.artifacts.tables import PUBLISHED_READING, epsilon_label
from triptych.adversarial.artifacts.worst_case import GRAY
from triptych.adversarial.detector import READINGS
from triptych.adversarial.raw import Adapted
from triptych.claims.claims import Basis, Claim, limit_claim, text_claim
from triptych.claims.intervals import Estimate, wilson

_PANEL = "adversarial"
_SHARES = ("accuracy", "flagged", "tpr", "combined")
# Robust training at epsilon 0.30 promises nothing beyond it.
_LARGEST_EPSILON = 0.30
_ROUNDING = 1e-9
# "Several" combinations of parameters.
_SEVERAL = 3


def adaptive_table(adapted: Mapping[str, Adapted], thresholds: Mapping[str, float]) -> pd.DataFrame:
    """Count accuracy and detection under the attack that knows the detector.

    An image counts as misclassified as in :func:`misclassified`. Columns: model, epsilon,
    reading, n, then accuracy, flagged, tpr, combined and the bounds of their intervals.
    """
    rows = []
    for model, images in adapted.items():
        wrong = misclassified(images)
        for position, epsilon in enumerate(images.epsilons):
            for reading in READINGS:
                flagged = getattr(images, reading)[position] > thresholds[reading]
                missed = wrong[position]
                hits = (~missed, flagged, missed & flagged, ~missed | flagged)
                shares = [wilson(int(hit.sum()), len(hit)) for hit in hits]
                row: dict[str, object] = {"model": model, "epsilon": epsilon_label(epsilon)}
                row |= {"reading": reading, "n": len(missed)}
                row |= {name: share.value for name, share in zip(_SHARES, shares, strict=True)}
                for name, share in zip(_SHARES, shares, strict=True):
                    row |= {f"{name}_low": share.low, f"{name}_high": share.high}
                rows.append(row)
    return pd.DataFrame(rows)


def misclassified(adapted: Adapted) -> NDArray[np.bool_]:
    """Return which images are misclassified before and after the truncation, (k, n)."""
    before, after = adapted.predictions, adapted.truncated_predictions
    return (before != adapted.labels) & (after != adapted.labels)


def threat_claims(
    curves: pd.DataFrame,
    adaptive: pd.DataFrame,
    stated: Mapping[str, float],
    dataset: str,
    bases: Mapping[str, Basis],
    both: Basis,
) -> Iterator[Claim]:
    """Judge the abstract's two sentences, once for each attacker.

    A number that this run cannot compute, such as a share of no image, has no claim.

    Parameters
    ----------
    stated
        The limits of :mod:`data/published/adversarial/sentences.csv <data>` by key.
    bases, both
        What numbers of each network, and of both, rest on.
    """
    points = both_attacks(curves, adaptive)
    near = points[points["epsilon"] <= _LARGEST_EPSILON + _ROUNDING]
    for model, rows in near.groupby("model", sort=False):
        yield limit_claim(
            _PANEL,
            "beyond",
            f"{model}/survives_adaptive",
            stated["survives_adaptive"],
            _largest_fall(rows),
            "largest fall of the combined accuracy under the attack that knows the detector, up "
            f"to epsilon {_LARGEST_EPSILON:.2f}, on {dataset}",
            bases[str(model)],
        )
    for attacker, suffix in (("unaware", ""), ("aware", "_aware")):
        yield from _reliably(points, attacker, suffix, stated["reliably_detects"], dataset, both)
        limit = stated["reduces_attack_surface"]
        yield from _surface(points, attacker, suffix, limit, dataset, bases["secret"])


def _largest_fall(points: pd.DataFrame) -> Estimate:
    """Return the largest fall of a network's combined accuracy from one attack to the other.

    Its bounds are the largest of every epsilon's, by the ends of both intervals: a cautious test.
    """
    return Estimate(
        float((points["combined"] - points["combined_aware"]).max()),
        float((points["combined_low"] - points["combined_high_aware"]).max()),
        float((points["combined_high"] - points["combined_low_aware"]).max()),
    )


def both_attacks(curves: pd.DataFrame, adaptive: pd.DataFrame) -> pd.DataFrame:
    """Join both attacks where both ran, in the reading of the published code.

    Columns of the curves, and those of the attack that knows the detector with ``_aware``.
    """
    left, right = (table[table["reading"] == PUBLISHED_READING] for table in (curves, adaptive))
    return left.merge(right, on=["model", "epsilon"], suffixes=("", "_aware"))


def _reliably(
    points: pd.DataFrame, attacker: str, suffix: str, limit: float, dataset: str, basis: Basis
) -> Iterator[Claim]:
    """Judge that the detector flags nearly all misclassified images at several epsilons."""
    missed = 1 - points[f"accuracy{suffix}"]
    shares = (points[f"tpr{suffix}"] / missed.where(missed > 0)).dropna()
    several = shares.nlargest(_SEVERAL)
    if len(several) < _SEVERAL:
        return
    least = float(several.min())
    yield text_claim(
        _PANEL,
        "abstract",
        f"{attacker}/reliably_detects",
        limit,
        least,
        least >= limit,
        f"share of misclassified images that are flagged, the least of the {_SEVERAL} best "
        f"combinations of network and epsilon, attacker {attacker} of the detector, on {dataset}",
        basis,
    )


def _surface(
    points: pd.DataFrame, attacker: str, suffix: str, limit: float, dataset: str, basis: Basis
) -> Iterator[Claim]:
    """Judge that the detector leaves few of the images that defeat retraining alone.

    From the epsilon on whose ball contains a constant gray image, no defense can do so.
    """
    rows = points[(points["model"] == "secret") & (points["epsilon"] < GRAY - _ROUNDING)]
    alone = 1 - float(rows[["accuracy", "accuracy_aware"]].min().min())
    together = 1 - float(rows[f"combined{suffix}"].min())
    if not alone > 0:
        return
    ratio = together / alone
    yield text_claim(
        _PANEL,
        "abstract",
        f"{attacker}/reduces_attack_surface",
        limit,
        ratio,
        ratio <= limit,
        f"ratio of two shares, each the largest below epsilon {GRAY:.2f}: images that "
        f"evade retraining and detector, {together:.3f}, and retraining alone, by either attacker, "
        f"{alone:.3f}; attacker {attacker} of the detector, on {dataset}",
        basis,
    )


def findings(curves: pd.DataFrame, adaptive: pd.DataFrame) -> Iterator[str]:
    """Describe in words what the attack that knows the detector changes."""
    yield (
        "This attacker knows the filter, its thresholds and the truncation to 8 bits; the paper "
        "does not claim to withstand one. Where the class is wrong, a step lowers the detector's "
        "score and keeps the class."
    )
    points = both_attacks(curves, adaptive)
    for model, rows in points.groupby("model", sort=False):
        worst = rows.loc[(rows["combined"] - rows["combined_aware"]).idxmax()]
        yield (
            f"On the {model} network the combined accuracy falls most at epsilon "
            f"{epsilon_label(worst['epsilon'])}, from {worst['combined']:.3f} to "
            f"{worst['combined_aware']:.3f}; the accuracy alone is {worst['accuracy']:.3f} under "
            f"the paper's attack. The detector flags {worst['flagged']:.3f} of the images instead "
            f"of {worst['detected']:.3f}."
        )
        gain = (rows["combined_aware"] - rows["accuracy_aware"]).max()
        yield (
            f"Against this attacker the detector adds at most {gain:.3f} to the accuracy of the "
            f"{model} network."
        )
