"""The claims of Kazistova et al.: ten numbers, the order of their methods, sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import pandas as pd

from triptych.claims.claims import (
    Basis,
    Claim,
    Tolerance,
    difference_claim,
    text_claim,
    value_claim,
)
from triptych.personalization.artifacts.names import REAL, Metric
from triptych.personalization.artifacts.numbers import Numbers

PANEL = "personalization"
_TABLE = "table1"
_SELF_ATTENTION = "ip_adapter_self_attention"
# The metric that corresponds to a published column: the paper defines p(y) as uniform
# (Equation 5), and only then are its numbers plausible for faces.
_METRICS: dict[str, Metric] = {"is": "is_uniform", "fid": "fd"}
_READING = {"is": "; reproduced with the uniform p(y) of Equation 5", "fid": ""}
_HIGHER_IS_BETTER = {"is": True, "fid": False}

_FINE_TUNED_FOR_A_PERSON = ("dreambooth",)
# The public archive of deep-funneled photos: persons with at least ten photos; pixels.
LFW_PERSONS = 158
LFW_SIDE = 250
# Largest ratio of both scores that still counts as a uniform p(y).
_NEARLY_UNIFORM = 1.05


def all_claims(
    numbers: Numbers,
    published: pd.DataFrame,
    sentences: pd.DataFrame,
    tolerances: Mapping[str, Tolerance],
    basis: Basis,
) -> list[Claim]:
    """Judge every published number and every sentence that can be checked.

    The tolerances are by metric: fid, is.
    """
    stated = {row["key"]: float(row["value"]) for row in sentences.to_dict("records")}
    return [
        *_value_claims(numbers, published, tolerances, basis),
        *_order_claims(numbers, published, basis),
        *_best_claims(published, stated["self_attention_best"]),
        *_sentence_claims(published, stated),
        *_uniform_claim(numbers, stated["uniform_marginal"], basis),
    ]


def headline_metrics(scores: pd.DataFrame, claims: list[Claim]) -> dict[str, Any]:
    """Return every score of each row and the number of claims of each verdict."""
    metrics: dict[str, Any] = {
        str(method): dict(zip(rows["metric"], rows["value"].astype(float), strict=True))
        for method, rows in scores.groupby("method", sort=False)
    }
    verdicts = pd.Series([claim.verdict for claim in claims]).value_counts().sort_index()
    return metrics | {"claims": {str(verdict): int(n) for verdict, n in verdicts.items()}}


def _value_claims(
    numbers: Numbers, published: pd.DataFrame, tolerances: Mapping[str, Tolerance], basis: Basis
) -> Iterator[Claim]:
    for row in published.to_dict("records"):
        for column, metric in _METRICS.items():
            claim = value_claim(
                PANEL,
                _TABLE,
                f"{row['method']}/{column}",
                row[column],
                numbers.score(row["method"], metric),
                tolerances[column],
                basis,
            )
            yield replace(claim, reason=claim.reason + _READING[column])


def _order_claims(numbers: Numbers, published: pd.DataFrame, basis: Basis) -> Iterator[Claim]:
    """Judge the order of every two methods, the paper's better one first."""
    for column, metric in _METRICS.items():
        printed = published.set_index("method")[column]
        higher = _HIGHER_IS_BETTER[column]
        for better, worse in combinations(printed.sort_values(ascending=not higher).index, 2):
            larger, smaller = (better, worse) if higher else (worse, better)
            yield difference_claim(
                PANEL,
                _TABLE,
                f"{better}_{'above' if higher else 'below'}_{worse}/{column}",
                printed[larger] - printed[smaller],
                numbers.gap(larger, smaller, metric),
                basis,
            )


def _best_claims(published: pd.DataFrame, stated: float) -> Iterator[Claim]:
    """Judge by Table 1 that self-attention is the best method."""
    printed = published.set_index("method")
    for column, higher in _HIGHER_IS_BETTER.items():
        lead = printed[column][_SELF_ATTENTION] - printed[column].drop(_SELF_ATTENTION)
        least = float((lead if higher else -lead).min())
        yield text_claim(
            PANEL,
            _TABLE,
            f"published/self_attention_best/{column}",
            stated,
            least,
            least > stated,
            "smallest lead of self-attention over another method in Table 1",
        )


def _sentence_claims(published: pd.DataFrame, stated: Mapping[str, float]) -> Iterator[Claim]:
    """Judge sentences by the paper's own table and the public archive of photos."""
    methods = list(published["method"])
    tuned = sum(name in _FINE_TUNED_FOR_A_PERSON for name in methods)
    measuring = len(set(published.columns) - {"method", *_METRICS})
    both = sum("pool" in name and "attention" in name for name in methods)
    checks = {
        "text/no_fine_tuning_elsewhere": (
            tuned,
            tuned <= stated["no_fine_tuning_elsewhere"],
            "other methods of Table 1 that are fine-tuned: DreamBooth, for each person",
        ),
        "text/persons_with_ten_photos": (
            LFW_PERSONS,
            stated["persons_with_ten_photos"] == LFW_PERSONS,
            "persons with at least ten photos in the public archive of LFW",
        ),
        "text/high_resolution": (
            LFW_SIDE,
            stated["high_resolution"] <= LFW_SIDE,
            "side of a photo of LFW, pixels",
        ),
        "introduction/identity_metrics": (
            measuring,
            measuring >= stated["identity_metrics"],
            "columns of Table 1 that measure identity",
        ),
        "conclusion/pooling_with_self_attention": (
            both,
            both >= stated["pooling_with_self_attention"],
            "rows of Table 1 with both pooling and self-attention",
        ),
    }
    for place, (computed, holds, reason) in checks.items():
        artifact, key = place.split("/")
        yield text_claim(PANEL, artifact, f"published/{key}", stated[key], computed, holds, reason)


def _uniform_claim(numbers: Numbers, stated: float, basis: Basis) -> Iterator[Claim]:
    """Judge whether p(y) is uniform: both inception scores would then be equal."""
    uniform, marginal = (numbers.score(REAL, metric) for metric in ("is_uniform", "is_marginal"))
    if uniform is None or marginal is None:
        return
    ratio = uniform.value / marginal.value
    yield text_claim(
        PANEL,
        "equation5",
        "reproduced/uniform_marginal",
        stated,
        ratio,
        ratio <= stated * _NEARLY_UNIFORM,
        "ratio of the score with uniform p(y) to the score with marginal p(y), real photos, "
        f"by {numbers.extractor}",
        replace(basis, obstacle=None),
    )
