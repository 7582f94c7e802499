"""The claims of Ikedo and Hotta 2021: 168 numbers, their order, their means, sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from triptych.claims.claims import (
    PUBLISHED_ONLY,
    Basis,
    Claim,
    Scope,
    Tolerance,
    difference_claim,
    text_claim,
    value_claim,
)
from triptych.claims.intervals import Estimate
from triptych.segmentation.artifacts.audit import audit_means
from triptych.segmentation.artifacts.tables import PAPER_DATASETS

PANEL = "segmentation"
# The paper's backbone, with ImageNet weights, and the recipes that follow the paper.
_BACKBONE = "resnet101"
PAPER_RECIPES = frozenset(
    {"DANet's, 240 epochs", "DANet's, 80 epochs", "DeepLabv3+ of VainF, 30,000 steps"}
)
# The paper's order of methods, as pairs: the better one first.
_ORDERS = (("same_layer", "ensemble"), ("same_layer", "single"), ("multiple_layer", "single"))
_OFFICIAL_TRAINING_IMAGES = 2975
# Half a last digit of Table 1, and rounding in binary.
_HALF_A_DIGIT = 0.05 + 1e-9

# By table of the paper: table1, table2.
Tables = Mapping[str, pd.DataFrame]
Model = tuple[str, str]


@dataclass(frozen=True)
class Setting:
    """What decides how close the numbers of one table are to the paper's.

    ``recipes`` has the name of the training recipe of each network.
    """

    dataset: str
    backbone: str
    pretrained: bool
    recipes: Mapping[str, str]

    def basis(self, table: str, network: str) -> Basis:
        """Return what the numbers of a network in a table of the paper rest on."""
        dataset = PAPER_DATASETS[table]
        if self.dataset != dataset:
            obstacle = f"scored on {self.dataset}, the paper on {dataset}"
            return Basis("conceptual", None, obstacle)
        if self.backbone != _BACKBONE or not self.pretrained:
            return Basis("conceptual", None)
        scope: Scope = "direct" if self.recipes[network] in PAPER_RECIPES else "retrained"
        return Basis(scope, None)


def all_claims(
    scores: Tables,
    comparisons: Tables,
    published: Tables,
    sentences: pd.DataFrame,
    tolerances: Mapping[str, Tolerance],
    settings: Mapping[str, Setting],
) -> list[Claim]:
    """Judge every published number and every sentence that can be checked.

    Parameters
    ----------
    tolerances
        By metric: miou, and iou of a class.
    settings
        What was scored, by table; numbers of another data set than the paper's cannot be
        compared.
    """
    claims: list[Claim] = []
    for table, printed in published.items():
        judge = _Judge(table, settings.get(table), _seeds(scores.get(table)))
        reproduced = _estimates(scores.get(table), ["network", "method", "class"], "value")
        gaps = _estimates(comparisons.get(table), ["network", "larger", "smaller"], "difference")
        claims += _value_claims(judge, printed, reproduced, tolerances)
        claims += _order_claims(judge, printed, gaps)
    claims += _mean_claims(published["table1"])
    claims += _sentence_claims(published, sentences)
    return claims


@dataclass(frozen=True)
class _Judge:
    """A table of the paper, the setting that it was run in, and the trainings of each model."""

    table: str
    setting: Setting | None
    seeds: Mapping[Model, int]

    def basis(self, network: str, *methods: str) -> Basis:
        if self.setting is None:
            return PUBLISHED_ONLY
        trainings = [self.seeds.get((network, method)) for method in methods]
        known = [count for count in trainings if count is not None]
        basis = self.setting.basis(self.table, network)
        return replace(basis, n_seeds=min(known, default=None))


def _seeds(scores: pd.DataFrame | None) -> dict[Model, int]:
    """Return the number of independent trainings of each model."""
    rows = () if scores is None else scores.to_dict("records")
    return {(row["network"], row["method"]): int(row["seeds"]) for row in rows}


def headline_metrics(
    scores: Tables, datasets: Mapping[str, str], claims: list[Claim]
) -> dict[str, Any]:
    """Return the mIoU of each model in percent and the number of claims of each verdict."""
    metrics: dict[str, Any] = {
        datasets[table]: {
            f"{row['network']}_{row['method']}": float(row["value"])
            for row in rows[rows["class"] == "miou"].to_dict("records")
        }
        for table, rows in scores.items()
    }
    verdicts = pd.Series([claim.verdict for claim in claims]).value_counts().sort_index()
    return metrics | {"claims": {str(verdict): int(n) for verdict, n in verdicts.items()}}


def _estimates(
    table: pd.DataFrame | None, keys: list[str], value: str
) -> dict[tuple[str, ...], Estimate]:
    """Return numbers with their intervals by key; blank cells have no entry."""
    if table is None:
        return {}
    return {
        tuple(row[key] for key in keys): Estimate(row[value], row["low"], row["high"])
        for row in table.to_dict("records")
        if pd.notna(row[value])
    }


def _value_claims(
    judge: _Judge,
    printed: pd.DataFrame,
    reproduced: Mapping[tuple[str, ...], Estimate],
    tolerances: Mapping[str, Tolerance],
) -> Iterator[Claim]:
    for row in printed.to_dict("records"):
        network, method = row.pop("network"), row.pop("method")
        for name, value in row.items():
            yield value_claim(
                PANEL,
                judge.table,
                f"{network}/{method}/{name}",
                value,
                reproduced.get((network, method, name)),
                tolerances["miou" if name == "miou" else "iou"],
                judge.basis(network, method),
            )


def _order_claims(
    judge: _Judge, printed: pd.DataFrame, gaps: Mapping[tuple[str, ...], Estimate]
) -> Iterator[Claim]:
    """Judge that cooperation improves a network, and more than an ensemble does."""
    means = printed.set_index(["network", "method"])["miou"]
    for network in printed["network"].unique():
        for larger, smaller in _ORDERS:
            yield difference_claim(
                PANEL,
                judge.table,
                f"{network}/{larger}_above_{smaller}",
                means[network, larger] - means[network, smaller],
                gaps.get((network, larger, smaller)),
                judge.basis(network, larger, smaller),
            )


def _mean_claims(table1: pd.DataFrame) -> Iterator[Claim]:
    """Compare each printed mean with the mean of the printed classes."""
    for row in audit_means(table1).to_dict("records"):
        yield text_claim(
            PANEL,
            "table1",
            f"published/{row['network']}/{row['method']}/mean_of_classes",
            row["printed"],
            row["recomputed"],
            row["agrees"],
            f"the mean of the printed classes minus the printed mean is {row['gap']:+.2f}",
        )


def _sentence_claims(published: Tables, sentences: pd.DataFrame) -> Iterator[Claim]:
    """Judge sentences of the text by the published tables."""
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
            "the number in the text compared with the number in the table",
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
