"""The claims of Ikedo and Hotta 2021: 168 numbers and their order, judged by this run."""

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
    value_claim,
)
from triptych.claims.intervals import Estimate
from triptych.claims.tallies import verdict_counts
from triptych.segmentation.artifacts.evaluations import CLAIMED
from triptych.segmentation.artifacts.sentences import PANEL, mean_claims, sentence_claims
from triptych.segmentation.artifacts.tables import PAPER_DATASETS

# The paper's backbone, with ImageNet weights, and the recipes that follow the paper.
_BACKBONE = "resnet101"
PAPER_RECIPES = frozenset(
    {"DANet's, 240 epochs", "DANet's, 80 epochs", "DeepLabv3+ of VainF, 30,000 steps"}
)

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

    def order_basis(self, table: str, network: str) -> Basis:
        """Return what an order rests on: drawn scenes say nothing, other real images something."""
        basis = self.basis(table, network)
        return basis if self.dataset.startswith("drawn_") else replace(basis, obstacle=None)


def all_claims(
    scores: Tables,
    comparisons: Tables,
    published: Tables,
    contrasts: pd.DataFrame,
    sentences: pd.DataFrame,
    tolerances: Mapping[str, Tolerance],
    settings: Mapping[str, Setting],
) -> list[Claim]:
    """Judge every published number and every sentence that can be checked.

    Parameters
    ----------
    contrasts
        The planned differences: kind, network, larger, smaller.
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
        claims += _value_claims(judge, printed, reproduced, tolerances)
        claims += _order_claims(judge, printed, contrasts, comparisons.get(table))
    claims += mean_claims(published["table1"])
    claims += sentence_claims(published, sentences)
    return claims


@dataclass(frozen=True)
class _Judge:
    """A table of the paper, the setting that it was run in, and the trainings of each model."""

    table: str
    setting: Setting | None
    seeds: Mapping[Model, int]

    def basis(self, network: str, method: str) -> Basis:
        if self.setting is None:
            return PUBLISHED_ONLY
        basis = self.setting.basis(self.table, network)
        return replace(basis, n_seeds=self.seeds.get((network, method)))

    def order_basis(self, network: str, n_seeds: int | None) -> Basis:
        if self.setting is None:
            return PUBLISHED_ONLY
        return replace(self.setting.order_basis(self.table, network), n_seeds=n_seeds)


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
    return metrics | {"claims": verdict_counts(claims)}


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
    judge: _Judge, printed: pd.DataFrame, contrasts: pd.DataFrame, gaps: pd.DataFrame | None
) -> Iterator[Claim]:
    """Judge the planned differences that the table has above zero.

    Where it has them below zero, such as for multiple layers in DANet on VOC, the paper does not
    claim that order.
    """
    means = printed.set_index(["network", "method"])["miou"]
    keys = ["network", "larger", "smaller"]
    computed = {} if gaps is None else gaps.set_index(keys).to_dict("index")
    for row in contrasts[contrasts["kind"].isin(CLAIMED)].to_dict("records"):
        network, larger, smaller = (row[key] for key in keys)
        published = means[network, larger] - means[network, smaller]
        if published <= 0:
            continue
        gap = computed.get((network, larger, smaller))
        yield difference_claim(
            PANEL,
            judge.table,
            f"{network}/{larger}_above_{smaller}",
            published,
            Estimate(gap["difference"], gap["low"], gap["high"]) if gap else None,
            judge.order_basis(network, gap["n_seeds"] if gap else None),
            doubt=gap["reason"] if gap and gap["verdict"] == "undecided" else None,
        )
