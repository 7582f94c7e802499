"""The claims of Schöttle et al. 2018: 302 points of curves, Table II, sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from triptych.adversarial.artifacts.tables import (
    METRICS,
    PUBLISHED_READING,
    epsilon_label,
)
from triptych.adversarial.detector import READINGS, SIGNED
from triptych.claims.claims import (
    Claim,
    Tolerance,
    order_claim,
    text_claim,
    value_claim,
)
from triptych.claims.intervals import Estimate

PANEL = "adversarial"
_FIGURES = {"tpr": "fig2_tpr", "accuracy": "fig3_accuracy", "combined": "fig4_combined"}
_TEST_IMAGES = 10_000
_ZERO_FROM = 0.17
_ROUNDING = 1e-9
_HEADLINE_EPSILONS = ("0.10", "0.20", "0.30", "0.40", "0.50")

# Our numbers by network, epsilon label, metric and reading.
Numbers = Mapping[tuple[str, str, str, str], Estimate]


def all_claims(
    curves: pd.DataFrame,
    controls: pd.DataFrame,
    published_curves: pd.DataFrame,
    published_table2: pd.DataFrame,
    sentences: pd.DataFrame,
    tolerances: Mapping[str, Tolerance],
    dataset: str,
) -> list[Claim]:
    """Judge everything that the paper states in numbers.

    Parameters
    ----------
    curves, controls
        Our tables.
    published_curves, published_table2, sentences
        The paper's.
    tolerances
        By metric.
    dataset
        ``mnist``, or another data set whose numbers cannot be compared.
    """
    ours = numbers(curves)
    obstacle = None if dataset == "mnist" else f"attacked {dataset}, the paper attacked mnist"
    return [
        *_curve_claims(ours, published_curves, tolerances, obstacle),
        *_table2_claims(ours, published_table2, tolerances["tpr"], obstacle),
        *_false_positive_claims(ours, tolerances["detected"], obstacle),
        *_order_claims(ours, published_curves, obstacle),
        *_sentence_claims(curves, controls, published_curves, sentences, dataset),
    ]


def numbers(curves: pd.DataFrame) -> dict[tuple[str, str, str, str], Estimate]:
    """Our numbers with their intervals, blank ones left out."""
    return {
        (row["model"], epsilon_label(row["epsilon"]), metric, row["reading"]): Estimate(
            row[metric], row[f"{metric}_low"], row[f"{metric}_high"]
        )
        for row in curves.to_dict("records")
        for metric in METRICS
        if pd.notna(row[metric])
    }


def headline_metrics(curves: pd.DataFrame, claims: list[Claim]) -> dict[str, Any]:
    """The numbers to watch between two runs, and how many claims got which verdict."""
    ours = numbers(curves)
    networks = {
        model: {
            f"{metric}_{epsilon}": ours[model, epsilon, metric, PUBLISHED_READING].value
            for epsilon in _HEADLINE_EPSILONS
            for metric in ("accuracy", "tpr", "combined")
            if (model, epsilon, metric, PUBLISHED_READING) in ours
        }
        | {"accuracy_clean": ours[model, "0.00", "accuracy", PUBLISHED_READING].value}
        for model in curves["model"].unique()
    }
    verdicts = pd.Series([claim.verdict for claim in claims]).value_counts().sort_index()
    return networks | {"claims": {str(verdict): int(n) for verdict, n in verdicts.items()}}


def _curve_claims(
    ours: Numbers,
    published: pd.DataFrame,
    tolerances: Mapping[str, Tolerance],
    obstacle: str | None,
) -> Iterator[Claim]:
    for metric, figure in _FIGURES.items():
        for row in published.to_dict("records"):
            if pd.isna(row[metric]):
                continue
            epsilon = epsilon_label(row["epsilon"])
            # Accuracy does not depend on how the detector is read.
            suffix = "" if metric == "accuracy" else f"/{PUBLISHED_READING}"
            yield value_claim(
                PANEL,
                figure,
                f"{row['model']}/{epsilon}/{metric}{suffix}",
                row[metric],
                ours.get((row["model"], epsilon, metric, PUBLISHED_READING)),
                tolerances[metric],
                obstacle,
            )


def _table2_claims(
    ours: Numbers, published: pd.DataFrame, tolerance: Tolerance, obstacle: str | None
) -> Iterator[Claim]:
    for row in published.to_dict("records"):
        epsilon = epsilon_label(row["epsilon"])
        key = f"{row['model']}/{epsilon}/tpr/{PUBLISHED_READING}"
        reproduced = ours.get((row["model"], epsilon, "tpr", PUBLISHED_READING))
        yield value_claim(PANEL, "table2", key, row["tpr"], reproduced, tolerance, obstacle)


def _false_positive_claims(
    ours: Numbers, tolerance: Tolerance, obstacle: str | None
) -> Iterator[Claim]:
    """No clean test image is flagged; the clean images are the same for both networks."""
    for reading in READINGS:
        reproduced = ours.get(("natural", "0.00", "detected", reading))
        key = f"clean/0.00/detected/{reading}"
        yield value_claim(PANEL, "section4", key, 0.0, reproduced, tolerance, obstacle)


def _order_claims(ours: Numbers, published: pd.DataFrame, obstacle: str | None) -> Iterator[Claim]:
    """Attacks on the natural network are found earlier; the secret one resists longer."""
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
            ours.get((larger, epsilon, metric, PUBLISHED_READING)),
            ours.get((smaller, epsilon, metric, PUBLISHED_READING)),
            obstacle,
        )


def _sentence_claims(
    curves: pd.DataFrame,
    controls: pd.DataFrame,
    published: pd.DataFrame,
    sentences: pd.DataFrame,
    dataset: str,
) -> Iterator[Claim]:
    stated = {row["key"]: float(row["value"]) for row in sentences.to_dict("records")}
    ours = curves[(curves["reading"] == PUBLISHED_READING) & (curves["epsilon"] > 0)]
    theirs = published[published["epsilon"] > 0]
    for source, table, data in (("published", theirs, "mnist"), ("ours", ours, dataset)):
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
            f"highest {source} accuracy of the natural network from {_ZERO_FROM} on, on {data}",
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
    yield from _equation_3_claim(controls, published, stated["equation_3_as_printed"], dataset)


def _equation_3_claim(
    controls: pd.DataFrame, published: pd.DataFrame, stated: float, dataset: str
) -> Iterator[Claim]:
    """Does the signed detector find the strongest attack as often as the paper says?"""
    signed = controls[(controls["control"] == SIGNED) & (controls["epsilon"] > 0)]
    both = signed.merge(published, on=["model", "epsilon"], suffixes=("", "_published"))
    natural = both[both["model"] == "natural"].sort_values("epsilon")
    for strongest in natural.tail(1).to_dict("records"):
        yield text_claim(
            PANEL,
            "section3",
            "ours/equation_3_as_printed",
            stated,
            strongest["tpr"],
            strongest["tpr_low"] <= strongest["tpr_published"] <= strongest["tpr_high"],
            "true positive rate on the natural network at epsilon "
            f"{epsilon_label(strongest['epsilon'])} without the absolute value, on {dataset}",
        )
