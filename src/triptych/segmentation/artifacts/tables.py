"""Tables 1 and 2: ours beside the published."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

import numpy as np
import pandas as pd

from triptych.segmentation.artifacts.evaluations import MODELS

# What the paper scored, by table.
PAPER_DATASETS = {"table1": "cityscapes", "table2": "voc"}
_KEYS = ["network", "method", "class"]
_NUMBERS = ["value", "low", "high"]
_NETWORKS = {"danet": "DANet", "deeplabv3plus": "DeepLabv3+"}
# Table 1 is printed with one decimal, Table 2 with two.
_DECIMALS = {1: 1, 2: 2}

_T = TypeVar("_T")


def by_table(values: Iterable[_T]) -> dict[str, _T]:
    """Values of Tables 1 and 2 by ``table1`` and ``table2``; the second may be missing."""
    return dict(zip(PAPER_DATASETS, values, strict=False))


def spelled(name: str) -> str:
    """A network, method or class as a reader writes it: ``same_layer`` is ``same layer``."""
    return _NETWORKS.get(name, name.replace("_", " "))


def result_table(scores: pd.DataFrame | None, published: pd.DataFrame) -> pd.DataFrame:
    """Table 1 or 2: ours beside the published.

    Parameters
    ----------
    scores
        Our scores; None where nothing was run.
    published
        network, method, miou, then a column a class (Table 2 prints none).

    Returns
    -------
    DataFrame
        network, method, class (or miou), value, low, high, published, in percent. The
        classes are those of the paper, or ours where our data set has others: then
        only the mIoU has a published number.
    """
    printed = published.melt(["network", "method"], var_name="class", value_name="published")
    classes = list(printed["class"].unique())
    if scores is None:
        scores = pd.DataFrame(columns=[*_KEYS, *_NUMBERS])
    elif set(scores["class"]) != set(classes):
        classes = list(scores["class"].unique())
        printed = printed[printed["class"] == "miou"]
    rows = pd.MultiIndex.from_tuples(
        [(*model, name) for model in MODELS for name in classes], names=_KEYS
    )
    ours = scores.set_index(_KEYS)[_NUMBERS].astype(float).reindex(rows)
    return ours.join(printed.set_index(_KEYS)).reset_index()


def result_layout(
    table: pd.DataFrame,
    scores: pd.DataFrame | None,
    costs: pd.DataFrame | None,
    number: int,
) -> pd.DataFrame:
    """Table 1 or 2 as a reader wants it.

    Parameters
    ----------
    table
        What :func:`result_table` gave.
    scores
        Our scores, for the spread over seeds; None where nothing was run.
    costs
        network, method, parameters (millions), gmacs (10^9 multiply-adds of an image);
        None leaves them out.
    number
        Of the table.

    Returns
    -------
    DataFrame
        A row a model: its costs, mIoU and classes, each ``ours ± spread (published)``.
    """
    spreads = {} if scores is None else scores.set_index(_KEYS)["spread"].to_dict()
    cells = table.assign(
        cell=[
            _cell(row, spreads.get(tuple(row[key] for key in _KEYS), np.nan), _DECIMALS[number])
            for row in table.to_dict("records")
        ]
    )
    rows = []
    for (network, method), its in cells.groupby(["network", "method"], sort=False):
        row = {"network": spelled(network), "method": spelled(method)}
        if costs is not None:
            row |= _cost_cells(costs, network, method)
        named = zip(its["class"], its["cell"], strict=True)
        rows.append(row | {spelled(name).replace("miou", "mIoU"): cell for name, cell in named})
    return pd.DataFrame(rows)


def upright(layout: pd.DataFrame) -> pd.DataFrame:
    """A layout with a column a model, which fits on a page: classes are many, models eight."""
    turned = layout.drop(columns=["network", "method"]).T
    turned.columns = pd.Index([f"{row.network}, {row.method}" for row in layout.itertuples()])
    return turned.rename_axis("").reset_index()


def caption(number: int, setting: str, scores: pd.DataFrame | None, dataset: str | None) -> str:
    """What a table shows, of what, and what may be compared.

    Parameters
    ----------
    number
        Of the table.
    setting
        Data set and split, backbone, batch, crop, test protocol.
    scores
        Our scores; None where nothing was run.
    dataset
        What we scored; None where nothing was run.
    """
    theirs = PAPER_DATASETS[f"table{number}"]
    head = f"Table {number}. Mean IoU and IoU of the classes in percent: ours (published)."
    tail = (
        "The fair control of a cooperative model in compute is the ensemble, "
        "not the single network: both run two networks."
    )
    if scores is None:
        return f"{head} Published values alone: nothing was run for this table. {tail}"
    seeds = sorted(scores["seeds"].unique())
    count = str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    spread = "; mean ± standard deviation over seeds" if seeds[-1] > 1 else ""
    ours = f"Ours: {setting}; n = {scores['n'].max()} images; seeds: {count}{spread}."
    if dataset != theirs:
        scenes = "drawn scenes" if str(dataset).startswith("drawn_") else dataset
        ours += f" No number is comparable: ours is scored on {scenes}, the paper's on {theirs}."
    return f"{head} {ours} {tail}"


def _cost_cells(costs: pd.DataFrame, network: str, method: str) -> dict[str, str]:
    of_model = costs[(costs["network"] == network) & (costs["method"] == method)]
    titles = {"parameters": "parameters, M", "gmacs": "GMACs"}
    return {
        title: "-" if of_model.empty else f"{of_model[column].iloc[0]:.1f}"
        for column, title in titles.items()
    }


def _cell(row: Mapping[str, float], spread: float, decimals: int) -> str:
    ours = "-" if pd.isna(row["value"]) else f"{row['value']:.{decimals}f}"
    if pd.notna(spread):
        ours += f" ± {spread:.{decimals}f}"
    return ours if pd.isna(row["published"]) else f"{ours} ({row['published']:.{decimals}f})"
