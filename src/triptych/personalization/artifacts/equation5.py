"""Which reading of Equation 5 the published inception scores fit, by classifiers of ImageNet.

The table of class scores has one row for each classifier: network, sha256, n (real photos),
is_marginal, is_uniform and mean_entropy. Its photos are real: a generator that draws faces
like photos has about these scores.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import log

import pandas as pd

from triptych.claims.claims import Basis, Claim, text_claim
from triptych.personalization.artifacts.names import PANEL

_ARTIFACT = "equation5"
# Classes of the Inception-v3 of the inception score; 1,000 of them are those of ImageNet.
_INCEPTION_CLASSES = 1008
# Largest ratio of both scores that still counts as a uniform p(y).
_NEARLY_UNIFORM = 1.05
# Each reading: its column, and in words.
_READINGS: Mapping[str, str] = {
    "is_marginal": "the usual reading, marginal p(y)",
    "is_uniform": "the reading of Equation 5, uniform p(y)",
}
_BASIS = Basis("conceptual", None)


def equation_claims(
    classified: pd.DataFrame, published: pd.DataFrame, stated: Mapping[str, float]
) -> Iterator[Claim]:
    """Judge that p(y) is uniform, and whether each reading fits the published scores."""
    ratio = float((classified["is_uniform"] / classified["is_marginal"]).min())
    yield text_claim(
        PANEL,
        _ARTIFACT,
        "reproduced/uniform_marginal",
        stated["uniform_marginal"],
        ratio,
        ratio <= stated["uniform_marginal"] * _NEARLY_UNIFORM,
        "smallest ratio of the score with uniform p(y) to that with marginal p(y), real photos, "
        f"by {_networks(classified)}",
        _BASIS,
    )
    for column, words in _READINGS.items():
        scores = classified[column]
        claim = text_claim(
            PANEL,
            _ARTIFACT,
            f"reproduced/published_{column}",
            float(published["is"].min()),
            float(scores.mean()),
            fits(published, scores),
            f"{words}: published {_span(published['is'])}, real photos {_span(scores)} by "
            f"{_networks(classified)}",
            _BASIS,
        )
        verdict = "consistent" if claim.verdict == "holds" else "implausible"
        low, high = float(scores.min()), float(scores.max())
        yield replace(claim, low=low, high=high, verdict=verdict)


def fits(published: pd.DataFrame, scores: "pd.Series[float]") -> bool:
    """Return whether the published scores overlap with the range over the classifiers."""
    printed = published["is"]
    return bool(printed.min() <= scores.max() and scores.min() <= printed.max())


def equation_findings(classified: pd.DataFrame | None, published: pd.DataFrame) -> Iterator[str]:
    """Explain both readings, and which one the published scores fit."""
    printed = published["is"]
    low, high = printed.min(), printed.max()
    yield (
        "The paper calls p(y) in Equation 5 uniform. The inception score has the marginal p(y), "
        "the mean of p(y|x). With a uniform p(y) the score is the number of classes times "
        "exp(-mean entropy of p(y|x)). It rewards confident classes, not their variety, and is "
        "never below the usual score."
    )
    yield (
        f"With a uniform p(y) the published {_span(printed)} mean an entropy of "
        f"{log(_INCEPTION_CLASSES / low):.2f} to {log(_INCEPTION_CLASSES / high):.2f} nats over "
        f"Inception's {_INCEPTION_CLASSES} classes. With the marginal p(y) they mean {low:.1f} to "
        f"{high:.1f} effective classes of objects in a set of faces."
    )
    if classified is None:
        yield "This run has no classifier of ImageNet, so it cannot test either reading."
        return
    columns = {
        "classifier": list(classified["network"]),
        "real photos": [str(n) for n in classified["n"]],
        "marginal p(y)": [f"{value:.2f}" for value in classified["is_marginal"]],
        "uniform p(y)": [f"{value:.1f}" for value in classified["is_uniform"]],
        "mean entropy": [f"{value:.2f}" for value in classified["mean_entropy"]],
    }
    yield pd.DataFrame(columns).to_markdown(index=False, disable_numparse=True)
    for column, words in _READINGS.items():
        verdict = "consistent" if fits(published, classified[column]) else "implausible"
        yield (
            f"In {words}, real photos have {_span(classified[column])}. The published "
            f"{_span(printed)} are {verdict}."
        )
    yield (
        "Implausible is not impossible: the classifiers are of one family, Inception is "
        "calibrated otherwise, and larger images may show more. This says nothing on the order "
        "of the methods."
    )


def _networks(classified: pd.DataFrame) -> str:
    return ", ".join(classified["network"])


def _span(values: "pd.Series[float]") -> str:
    return f"{values.min():.2f} to {values.max():.2f}"
