"""The claims of Kazistova et al.: ten numbers, the order of their methods, sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import pandas as pd

from triptych.claims.claims import (
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
# Which of ours a published column is: the paper prints p(y) as uniform (Equation 5), and
# only so are its numbers plausible for faces.
_OURS: dict[str, Metric] = {"is": "is_uniform", "fid": "fd"}
_READING = {"is": "; ours with the uniform p(y) of Equation 5", "fid": ""}
_HIGHER_IS_BETTER = {"is": True, "fid": False}

_FINE_TUNED_FOR_A_PERSON = ("dreambooth",)
# Of the public archive of deep-funneled photos: with at least ten photos; pixels.
LFW_PERSONS = 158
LFW_SIDE = 250
# A p(y) that is called uniform must not be further from it.
_NEARLY_UNIFORM = 1.05


def all_claims(
    numbers: Numbers,
    published: pd.DataFrame,
    sentences: pd.DataFrame,
    tolerances: Mapping[str, Tolerance],
    obstacle: str | None,
) -> list[Claim]:
    """Judge everything that the paper states in numbers.

    Parameters
    ----------
    numbers
        Ours.
    published, sentences
        The paper's.
    tolerances
        By metric: fid, is.
    obstacle
        Why no score can be compared; None where it can.
    """
    stated = {row["key"]: float(row["value"]) for row in sentences.to_dict("records")}
    return [
        *_value_claims(numbers, published, tolerances, obstacle),
        *_order_claims(numbers, published, obstacle),
        *_best_claims(published, stated["self_attention_best"]),
        *_sentence_claims(published, stated),
        *_uniform_claim(numbers, stated["uniform_marginal"]),
    ]


def headline_metrics(scores: pd.DataFrame, claims: list[Claim]) -> dict[str, Any]:
    """Every score of each row, and how many claims got which verdict."""
    metrics: dict[str, Any] = {
        str(method): dict(zip(rows["metric"], rows["value"].astype(float), strict=True))
        for method, rows in scores.groupby("method", sort=False)
    }
    verdicts = pd.Series([claim.verdict for claim in claims]).value_counts().sort_index()
    return metrics | {"claims": {str(verdict): int(n) for verdict, n in verdicts.items()}}


def _value_claims(
    numbers: Numbers,
    published: pd.DataFrame,
    tolerances: Mapping[str, Tolerance],
    obstacle: str | None,
) -> Iterator[Claim]:
    for row in published.to_dict("records"):
        for column, metric in _OURS.items():
            claim = value_claim(
                PANEL,
                _TABLE,
                f"{row['method']}/{column}",
                row[column],
                numbers.score(row["method"], metric),
                tolerances[column],
                obstacle,
            )
            yield replace(claim, reason=claim.reason + _READING[column])


def _order_claims(
    numbers: Numbers, published: pd.DataFrame, obstacle: str | None
) -> Iterator[Claim]:
    """Every two methods, the better one of the paper first; so self-attention before all."""
    for column, metric in _OURS.items():
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
                obstacle,
            )


def _best_claims(published: pd.DataFrame, stated: float) -> Iterator[Claim]:
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
    """What the text says against the paper's own table and the public archive."""
    methods = list(published["method"])
    tuned = sum(name in _FINE_TUNED_FOR_A_PERSON for name in methods)
    measuring = len(set(published.columns) - {"method", *_OURS})
    both = sum("pool" in name and "attention" in name for name in methods)
    checks = {
        "text/no_fine_tuning_elsewhere": (
            tuned,
            tuned <= stated["no_fine_tuning_elsewhere"],
            "other methods of Table 1 that are fine-tuned: DreamBooth, for every person",
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
    for place, (found, holds, reason) in checks.items():
        artefact, key = place.split("/")
        yield text_claim(PANEL, artefact, f"published/{key}", stated[key], found, holds, reason)


def _uniform_claim(numbers: Numbers, stated: float) -> Iterator[Claim]:
    """With a uniform p(y) both inception scores would be equal."""
    uniform, marginal = (numbers.score(REAL, metric) for metric in ("is_uniform", "is_marginal"))
    if uniform is None or marginal is None:
        return
    ratio = uniform.value / marginal.value
    yield text_claim(
        PANEL,
        "equation5",
        "ours/uniform_marginal",
        stated,
        ratio,
        ratio <= stated * _NEARLY_UNIFORM,
        "score of Equation 5 with uniform over that with marginal p(y), real photos, by "
        f"{numbers.extractor}",
    )
