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
from triptych.claims.differences import FEWEST_SEEDS, taken_back
from triptych.claims.tallies import stated_numbers, verdict_counts
from triptych.personalization.artifacts.equation5 import equation_claims
from triptych.personalization.artifacts.names import PANEL, Metric
from triptych.personalization.artifacts.numbers import Gap, Numbers
from triptych.personalization.artifacts.setting import Setting

Pair = tuple[str, str]
# The name of a metric in a claim, and the better and the worse row of the paper.
Order = tuple[str, Pair]

_TABLE = "table1"
_SELF_ATTENTION = "ip_adapter_self_attention"
# The metric that corresponds to a published column: the paper defines p(y) as uniform
# (Equation 5), and only then are its numbers plausible for faces.
_METRICS: dict[str, Metric] = {"is": "is_uniform", "fid": "fd"}
_HIGHER_IS_BETTER = {"is": True, "fid": False}

_FINE_TUNED_FOR_A_PERSON = ("dreambooth",)
# The public archive of deep-funneled photos: persons with at least ten photos; pixels.
LFW_PERSONS = 158
LFW_SIDE = 250


def all_claims(
    numbers: Numbers,
    published: pd.DataFrame,
    sentences: pd.DataFrame,
    tolerances: Mapping[str, Tolerance],
    setting: Setting,
    classified: pd.DataFrame | None = None,
) -> list[Claim]:
    """Judge every published number and every sentence that can be checked.

    Parameters
    ----------
    tolerances
        By metric: fid, is.
    classified
        Class scores of real photos by ImageNet classifiers, see
        :mod:`~triptych.personalization.artifacts.equation5`; None where not computed.
    """
    stated = stated_numbers(sentences)
    return [
        *_value_claims(numbers, published, tolerances, setting.basis()),
        *_order_claims(numbers, published, setting),
        *_best_claims(published, stated["self_attention_best"]),
        *_sentence_claims(published, stated),
        *([] if classified is None else equation_claims(classified, published, stated)),
    ]


def headline_metrics(scores: pd.DataFrame, claims: list[Claim]) -> dict[str, Any]:
    """Return every score of each row and the number of claims of each verdict."""
    metrics: dict[str, Any] = {
        str(method): dict(zip(rows["metric"], rows["value"].astype(float), strict=True))
        for method, rows in scores.groupby("method", sort=False)
    }
    return metrics | {"claims": verdict_counts(claims)}


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
                replace(basis, n_seeds=numbers.seeds(row["method"])),
            )
            yield replace(claim, reason=_value_reason(claim, column))


def _value_reason(claim: Claim, column: str) -> str:
    if column == "is":
        return f"{claim.reason}; reproduced with the uniform p(y) of Equation 5"
    if claim.verdict in ("agrees", "differs"):
        return claim.reason.split(";")[0] + "; a Fréchet distance has no interval"
    return claim.reason


def _order_claims(numbers: Numbers, published: pd.DataFrame, setting: Setting) -> Iterator[Claim]:
    """Judge the order of every two methods, the paper's better one first.

    The order of the FID is also judged by kernel distance, and by identity where FID and IS
    agree: then the paper calls one method better.
    """
    orders = [*_orders(published.set_index("method"))]
    gaps = {
        (name, pair): gap
        for name, metric, pair, _ in orders
        if (gap := _gap(numbers, metric, pair)) is not None
    }
    doubts = _doubts(gaps)
    for name, metric, pair, lead in orders:
        gap = gaps.get((name, pair))
        basis = setting.order_basis(metric) if name == metric else setting.basis()
        claim = difference_claim(
            PANEL,
            _TABLE,
            f"{pair[0]}_{'above' if _is_higher_better(metric) else 'below'}_{pair[1]}/{name}",
            lead,
            gap,
            replace(basis, n_seeds=None if gap is None else gap.n_seeds),
            doubt=doubts.get((name, pair)),
        )
        if gap and gap.n_seeds < FEWEST_SEEDS and claim.verdict in ("supported", "not_supported"):
            claim = replace(claim, reason=f"{claim.reason}; for these trained weights alone")
        yield claim


def _doubts(gaps: Mapping[Order, Gap]) -> dict[Order, str]:
    """Return why differences decide nothing.

    The comparisons correct the primary differences for several tests. The others are corrected
    here, together for each metric, because some of them can contradict a conclusion.
    """
    doubts: dict[Order, str] = {}
    for name in {name for name, _ in gaps}:
        family = {order: gap for order, gap in gaps.items() if order[0] == name}
        doubts |= taken_back({order: gap.p for order, gap in family.items() if not gap.corrected})
    return doubts | {order: gap.reason for order, gap in gaps.items() if not gap.is_decided}


def _orders(printed: pd.DataFrame) -> Iterator[tuple[str, Metric, Pair, float]]:
    """Yield the orders of the table: name, metric that judges it, the better row first, lead."""
    for better, worse in _ordered(printed["fid"]):
        lead = printed["fid"][worse] - printed["fid"][better]
        yield "fid", "fd", (better, worse), lead
        yield "kid", "kid", (better, worse), lead
        if printed["is"][better] > printed["is"][worse]:
            yield "identity", "identity", (better, worse), lead
    for better, worse in _ordered(-printed["is"]):
        yield "is", "is_uniform", (better, worse), printed["is"][better] - printed["is"][worse]


def _ordered(values: "pd.Series[float]") -> Iterator[Pair]:
    """Return every two methods, the one with the smaller value first."""
    return combinations(map(str, values.sort_values().index), 2)


def _is_higher_better(metric: Metric) -> bool:
    return metric not in ("fd", "kid")


def _gap(numbers: Numbers, metric: Metric, pair: Pair) -> Gap | None:
    """Return the lead of the paper's better row, positive where this run agrees."""
    return numbers.gap(*(pair if _is_higher_better(metric) else pair[::-1]), metric)


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
