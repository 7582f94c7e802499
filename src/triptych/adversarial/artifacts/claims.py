"""The claims of Schöttle et al. 2018: 302 points of curves, Table II, sentences."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from triptych.adversarial.artifacts.adaptive import threat_claims
from triptych.adversarial.artifacts.lengths import spread, widened
from triptych.adversarial.artifacts.tables import METRICS, PUBLISHED_READING, epsilon_label
from triptych.adversarial.artifacts.worst_case import worst_case_claims
from triptych.adversarial.detector import READINGS, SIGNED
from triptych.claims.claims import (
    PUBLISHED_ONLY,
    Basis,
    Claim,
    Scope,
    Tolerance,
    order_claim,
    text_claim,
    value_claim,
)
from triptych.claims.intervals import Estimate
from triptych.claims.tallies import stated_numbers, verdict_counts
from triptych.config.adversarial import RELEASED

PANEL = "adversarial"
_DATASET = "mnist"
_FIGURES = {"tpr": "fig2_tpr", "accuracy": "fig3_accuracy", "combined": "fig4_combined"}
_TEST_IMAGES = 10_000
_ZERO_FROM = 0.17
_ROUNDING = 1e-9
_HEADLINE_EPSILONS = ("0.10", "0.20", "0.30", "0.40", "0.50")

# This run's numbers by network, epsilon label, metric and reading.
Numbers = Mapping[tuple[str, str, str, str], Estimate]
# The number of further trainings whose spread an interval has, where there are several.
Seeds = Mapping[tuple[str, str, str, str], int]


def all_claims(
    curves: pd.DataFrame,
    controls: pd.DataFrame,
    adaptive: pd.DataFrame,
    published_curves: pd.DataFrame,
    published_table2: pd.DataFrame,
    sentences: pd.DataFrame,
    tolerances: Mapping[str, Tolerance],
    *,
    dataset: str,
    class_share: float,
    recipes: Mapping[str, str],
    training_length: pd.DataFrame | None = None,
) -> list[Claim]:
    """Judge every published number and every sentence that can be checked.

    Parameters
    ----------
    dataset
        ``mnist``, or another data set whose numbers cannot be compared.
    class_share
        Share of the most frequent class of its test set.
    recipes
        The recipe of each network: ``RELEASED``, or the name of a training recipe.
    training_length
        Trainings of several lengths and seeds. They widen the intervals of numbers of the
        natural network.
    """
    reproduced = numbers(curves)
    stated = stated_numbers(sentences)
    bases = {network: _basis(dataset, [recipe]) for network, recipe in recipes.items()}
    both = _basis(dataset, recipes.values())
    # The detector's scores of clean images depend on no network.
    clean = replace(_basis(dataset, []), n_seeds=0)
    intervals, seeds = spread_over_trainings(reproduced, training_length)
    return [
        *_value_claims(intervals, published_curves, published_table2, tolerances, bases, seeds),
        *_false_positive_claims(reproduced, tolerances["detected"], clean),
        *_order_claims(intervals, published_curves, both),
        *_sentence_claims(curves, controls, published_curves, stated, dataset, bases["natural"]),
        *threat_claims(curves, adaptive, stated, dataset, bases, both),
        *worst_case_claims(
            curves,
            published_curves,
            stated,
            class_share=class_share,
            dataset=dataset,
            bases=bases,
            images=clean,
        ),
    ]


def _basis(dataset: str, recipes: Iterable[str]) -> Basis:
    """Return what numbers rest on that depend on networks with these recipes."""
    if dataset != _DATASET:
        return Basis("conceptual", 1, f"attacked {dataset}, the paper attacked {_DATASET}")
    scope: Scope = "direct" if all(name == RELEASED for name in recipes) else "retrained"
    return Basis(scope, 1)


def numbers(curves: pd.DataFrame) -> dict[tuple[str, str, str, str], Estimate]:
    """Return this run's numbers with their intervals; blank cells have no entry."""
    return {
        (row["model"], epsilon_label(row["epsilon"]), metric, row["reading"]): Estimate(
            row[metric], row[f"{metric}_low"], row[f"{metric}_high"]
        )
        for row in curves.to_dict("records")
        for metric in METRICS
        if pd.notna(row[metric])
    }


def spread_over_trainings(
    reproduced: Numbers, training_length: pd.DataFrame | None
) -> tuple[Numbers, Seeds]:
    """Widen intervals of the natural network by the spread of trainings with other seeds.

    Returns
    -------
    tuple
        All numbers, and for each widened one the number of these trainings.
    """
    if training_length is None:
        return reproduced, {}
    count, halves = spread(training_length)
    wide: dict[tuple[str, str, str, str], Estimate] = {
        number: widened(reproduced[number], half, training_length["n"].max())
        for (epsilon, metric), half in halves.items()
        if (number := ("natural", epsilon, metric, PUBLISHED_READING)) in reproduced
    }
    return {**reproduced, **wide}, dict.fromkeys(wide, count)


def headline_metrics(
    curves: pd.DataFrame, adaptive: pd.DataFrame, claims: list[Claim]
) -> dict[str, Any]:
    """Return the headline numbers of a run and the number of claims of each verdict."""
    reproduced = numbers(curves)
    aware = adaptive[adaptive["reading"] == PUBLISHED_READING].set_index(["model", "epsilon"])
    networks = {
        model: {
            f"{metric}_{epsilon}": reproduced[model, epsilon, metric, PUBLISHED_READING].value
            for epsilon in _HEADLINE_EPSILONS
            for metric in ("accuracy", "tpr", "combined")
            if (model, epsilon, metric, PUBLISHED_READING) in reproduced
        }
        | {"accuracy_clean": reproduced[model, "0.00", "accuracy", PUBLISHED_READING].value}
        | {
            f"combined_aware_{epsilon_label(epsilon)}": share
            for epsilon, share in aware.loc[model, "combined"].items()
        }
        for model in curves["model"].unique()
    }
    return networks | {"claims": verdict_counts(claims)}


def _value_claims(
    reproduced: Numbers,
    curves: pd.DataFrame,
    table2: pd.DataFrame,
    tolerances: Mapping[str, Tolerance],
    bases: Mapping[str, Basis],
    seeds: Seeds,
) -> Iterator[Claim]:
    figures = [(metric, figure, curves) for metric, figure in _FIGURES.items()]
    for metric, artifact, published in (*figures, ("tpr", "table2", table2)):
        for row in published.to_dict("records"):
            if pd.isna(row[metric]):
                continue
            epsilon = epsilon_label(row["epsilon"])
            # Accuracy does not depend on the reading of the detector.
            suffix = "" if metric == "accuracy" else f"/{PUBLISHED_READING}"
            number = (row["model"], epsilon, metric, PUBLISHED_READING)
            claim = value_claim(
                PANEL,
                artifact,
                f"{row['model']}/{epsilon}/{metric}{suffix}",
                row[metric],
                reproduced.get(number),
                tolerances[metric],
                bases[row["model"]],
            )
            if number in seeds and claim.verdict in ("agrees", "differs"):
                spreading = f"; the interval has the spread of {seeds[number]} other trainings"
                claim = replace(claim, reason=claim.reason + spreading)
            yield claim


def _false_positive_claims(
    reproduced: Numbers, tolerance: Tolerance, basis: Basis
) -> Iterator[Claim]:
    """Judge that no clean test image is flagged, in both readings of the detector."""
    for reading in READINGS:
        number = reproduced.get(("natural", "0.00", "detected", reading))
        key = f"clean/0.00/detected/{reading}"
        yield value_claim(PANEL, "section4", key, 0.0, number, tolerance, basis)


def _order_claims(reproduced: Numbers, published: pd.DataFrame, basis: Basis) -> Iterator[Claim]:
    """Judge that attacks on the natural network are detected earlier and succeed earlier."""
    for metric, epsilon, larger, smaller in (
        ("tpr", "0.10", "natural", "secret"),
        ("accuracy", "0.30", "secret", "natural"),
    ):
        rows = published[published["epsilon"].map(epsilon_label) == epsilon].set_index("model")
        yield order_claim(
            PANEL,
            _FIGURES[metric],
            f"{larger}_above_{smaller}/{epsilon}/{metric}",
            rows.at[larger, metric] - rows.at[smaller, metric],
            reproduced.get((larger, epsilon, metric, PUBLISHED_READING)),
            reproduced.get((smaller, epsilon, metric, PUBLISHED_READING)),
            basis,
        )


def _sentence_claims(
    curves: pd.DataFrame,
    controls: pd.DataFrame,
    published: pd.DataFrame,
    stated: Mapping[str, float],
    dataset: str,
    basis: Basis,
) -> Iterator[Claim]:
    """Judge sentences by the published curves and by this run's curves."""
    reproduced = curves[(curves["reading"] == PUBLISHED_READING) & (curves["epsilon"] > 0)]
    printed = published[published["epsilon"] > 0]
    for source, table, data, under in (
        ("published", printed, _DATASET, PUBLISHED_ONLY),
        ("reproduced", reproduced, dataset, basis),
    ):
        natural = table[table["model"] == "natural"]
        lowest = float(natural["combined"].min())
        half = stated["combined_never_below_half"]
        yield text_claim(
            PANEL,
            "section5",
            f"{source}/combined_never_below_half",
            half,
            lowest,
            lowest >= half,
            f"lowest value of the {source} combined curve of the natural network, on {data}",
            under,
        )
        late = natural.loc[natural["epsilon"] >= _ZERO_FROM - _ROUNDING, "accuracy"]
        if late.empty:
            continue
        highest = float(late.max())
        yield text_claim(
            PANEL,
            "section5",
            f"{source}/natural_accuracy_zero",
            stated["natural_accuracy_zero"],
            highest,
            highest == stated["natural_accuracy_zero"],
            f"highest {source} accuracy of the natural network from epsilon {_ZERO_FROM}, "
            f"on {data}",
            under,
        )
    attacked = int((published["epsilon"] > 0).sum()) * _TEST_IMAGES
    yield text_claim(
        PANEL,
        "section4",
        "published/images_attacked",
        stated["images_attacked"],
        attacked,
        attacked == stated["images_attacked"],
        f"{attacked // _TEST_IMAGES} curve points of {_TEST_IMAGES} test images each",
    )
    yield from _equation_3_claim(
        controls, published, stated["equation_3_as_printed"], dataset, basis
    )


def _equation_3_claim(
    controls: pd.DataFrame, published: pd.DataFrame, stated: float, dataset: str, basis: Basis
) -> Iterator[Claim]:
    """Judge whether the signed detector detects the strongest attack as often as published."""
    signed = controls[(controls["control"] == SIGNED) & (controls["epsilon"] > 0)]
    both = signed.merge(published, on=["model", "epsilon"], suffixes=("", "_published"))
    natural = both[both["model"] == "natural"].sort_values("epsilon")
    for strongest in natural.tail(1).to_dict("records"):
        yield text_claim(
            PANEL,
            "section3",
            "reproduced/equation_3_as_printed",
            stated,
            strongest["tpr"],
            strongest["tpr_low"] <= strongest["tpr_published"] <= strongest["tpr_high"],
            "true positive rate on the natural network at epsilon "
            f"{epsilon_label(strongest['epsilon'])} without the absolute value, on {dataset}",
            basis,
        )
