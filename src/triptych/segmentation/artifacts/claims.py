"""The claims of Ikedo and Hotta 2021: 168 numbers, their order, their means, sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from triptych.claims.claims import (
    Claim,
    Tolerance,
    difference_claim,
    text_claim,
    value_claim,
)
from triptych.claims.intervals import Estimate
from triptych.segmentation.artifacts.audit import audit_means
from triptych.segmentation.artifacts.tables import PAPER_DATASETS

PANEL = "segmentation"
# What the paper says of methods, as pairs of which the first is the better one.
_ORDERS = (("same_layer", "ensemble"), ("same_layer", "single"), ("multiple_layer", "single"))
_OFFICIAL_TRAINING_IMAGES = 2975
# Half a last digit of Table 1, and rounding in binary.
_HALF_A_DIGIT = 0.05 + 1e-9

# By table of the paper: table1, table2.
Tables = Mapping[str, pd.DataFrame]


def all_claims(
    scores: Tables,
    comparisons: Tables,
    published: Tables,
    sentences: pd.DataFrame,
    tolerances: Mapping[str, Tolerance],
    datasets: Mapping[str, str],
) -> list[Claim]:
    """Judge everything that the paper states in numbers.

    Parameters
    ----------
    scores, comparisons
        Our tables, of the benchmarks that were run.
    published, sentences
        The paper's: both tables.
    tolerances
        By metric: miou, and iou of a class.
    datasets
        What we scored, by table; numbers of another data set than the paper's cannot be
        compared.
    """
    obstacles = {
        table: f"scored on {dataset}, the paper on {PAPER_DATASETS[table]}"
        for table, dataset in datasets.items()
        if dataset != PAPER_DATASETS[table]
    }
    found: list[Claim] = []
    for table, printed in published.items():
        obstacle = obstacles.get(table)
        ours = _estimates(scores.get(table), ["network", "method", "class"], "value")
        gaps = _estimates(comparisons.get(table), ["network", "larger", "smaller"], "difference")
        found += _value_claims(table, printed, ours, tolerances, obstacle)
        found += _order_claims(table, printed, gaps, obstacle)
    found += _mean_claims(published["table1"])
    found += _sentence_claims(published, sentences)
    return found


def headline_metrics(
    scores: Tables, datasets: Mapping[str, str], claims: list[Claim]
) -> dict[str, Any]:
    """The mIoU of each model in percent, and how many claims got which verdict."""
    metrics: dict[str, Any] = {
        datasets[table]: {
            f"{row['network']}_{row['method']}": float(row["value"])
            for row in ours[ours["class"] == "miou"].to_dict("records")
        }
        for table, ours in scores.items()
    }
    verdicts = pd.Series([claim.verdict for claim in claims]).value_counts().sort_index()
    return metrics | {"claims": {str(verdict): int(n) for verdict, n in verdicts.items()}}


def _estimates(
    table: pd.DataFrame | None, keys: list[str], value: str
) -> dict[tuple[str, ...], Estimate]:
    """Numbers with their intervals by key; nothing of what was not run or is blank."""
    if table is None:
        return {}
    return {
        tuple(row[key] for key in keys): Estimate(row[value], row["low"], row["high"])
        for row in table.to_dict("records")
        if pd.notna(row[value])
    }


def _value_claims(
    table: str,
    printed: pd.DataFrame,
    ours: Mapping[tuple[str, ...], Estimate],
    tolerances: Mapping[str, Tolerance],
    obstacle: str | None,
) -> Iterator[Claim]:
    for row in printed.to_dict("records"):
        network, method = row.pop("network"), row.pop("method")
        for name, value in row.items():
            yield value_claim(
                PANEL,
                table,
                f"{network}/{method}/{name}",
                value,
                ours.get((network, method, name)),
                tolerances["miou" if name == "miou" else "iou"],
                obstacle,
            )


def _order_claims(
    table: str,
    printed: pd.DataFrame,
    gaps: Mapping[tuple[str, ...], Estimate],
    obstacle: str | None,
) -> Iterator[Claim]:
    """Cooperation helps, and more than an ensemble does."""
    means = printed.set_index(["network", "method"])["miou"]
    for network in printed["network"].unique():
        for larger, smaller in _ORDERS:
            yield difference_claim(
                PANEL,
                table,
                f"{network}/{larger}_above_{smaller}",
                means[network, larger] - means[network, smaller],
                gaps.get((network, larger, smaller)),
                obstacle,
            )


def _mean_claims(table1: pd.DataFrame) -> Iterator[Claim]:
    """Each printed mean against the mean of the classes beside it."""
    for row in audit_means(table1).to_dict("records"):
        yield text_claim(
            PANEL,
            "table1",
            f"published/{row['network']}/{row['method']}/mean_of_classes",
            row["printed"],
            row["recomputed"],
            row["agrees"],
            f"the mean of the printed classes is {row['gap']:+.2f} off the printed mean",
        )


def _sentence_claims(published: Tables, sentences: pd.DataFrame) -> Iterator[Claim]:
    stated = {row["key"]: float(row["value"]) for row in sentences.to_dict("records")}
    means = {
        f"{table}/{row['network']}/{row['method']}": row["miou"]
        for table, printed in published.items()
        for row in printed.to_dict("records")
    }
    for key in [key for key in stated if key in means]:
        yield text_claim(
            PANEL,
            "section4",
            f"published/{key}",
            stated[key],
            means[key],
            abs(stated[key] - means[key]) <= _HALF_A_DIGIT,
            "the number in the text against the one in the table",
        )
    for key, networks in (
        ("deeplabv3plus_more_than_1_percent", ["deeplabv3plus"]),
        ("improved_regardless_of_network", ["danet", "deeplabv3plus"]),
    ):
        least = min(
            means[f"table2/{network}/{method}"] - means[f"table2/{network}/single"]
            for network in networks
            for method in ("same_layer", "multiple_layer")
        )
        yield text_claim(
            PANEL,
            "section4",
            f"published/{key}",
            stated[key],
            least,
            least > stated[key],
            "smallest gain of a connection over the single network in Table 2",
        )
    yield text_claim(
        PANEL,
        "section4",
        "published/training_images",
        stated["training_images"],
        _OFFICIAL_TRAINING_IMAGES,
        stated["training_images"] == _OFFICIAL_TRAINING_IMAGES,
        "images of the official training set of Cityscapes",
    )
