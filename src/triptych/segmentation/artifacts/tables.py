"""Tables 1 and 2: this run's numbers next to the published ones."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

import numpy as np
import pandas as pd

from triptych.audit.judgments import failing
from triptych.audit.sums import mean_of_classes
from triptych.config.segmentation import METHODS
from triptych.segmentation.artifacts.evaluations import CONTROL_MODELS, MODELS

# The paper's data set of each table.
PAPER_DATASETS = {"table1": "cityscapes", "table2": "voc"}
_KEYS = ["network", "method", "class"]
_NUMBERS = ["value", "low", "high"]
_NETWORKS = {"danet": "DANet", "deeplabv3plus": "DeepLabv3+"}
# Table 1 is printed with one decimal, Table 2 with two.
_DECIMALS = {1: 1, 2: 2}

_T = TypeVar("_T")


def by_table(values: Iterable[_T]) -> dict[str, _T]:
    """Return values of Tables 1 and 2 by ``table1`` and ``table2``; the second is optional."""
    return dict(zip(PAPER_DATASETS, values, strict=False))


def spelled(name: str) -> str:
    """Return the readable name of a network, method or class, such as ``same layer``."""
    return _NETWORKS.get(name, name.replace("_", " "))


def class_columns(printed: pd.DataFrame) -> list[str]:
    """Return the classes of a published table: its columns after network, method and mIoU."""
    return [name for name in printed.columns if name not in ("network", "method", "miou")]


def recomputed_means(table1: pd.DataFrame) -> pd.DataFrame:
    """Recompute the means of the published Table 1: network, method, miou, classes in percent.

    Columns: network, method, printed, recomputed, gap (recomputed - printed), agrees: whether
    rounding can explain the gap.
    """
    classes = class_columns(table1)
    judged = mean_of_classes(table1, mean="miou", of=classes, decimals=_DECIMALS[1])
    wrong = [row for judgment in failing(judged) for row in judgment.rows]
    means = table1[["network", "method"]].assign(
        printed=table1["miou"], recomputed=table1[classes].mean(axis=1)
    )
    return means.assign(gap=means["recomputed"] - means["printed"], agrees=~means.index.isin(wrong))


def result_table(scores: pd.DataFrame | None, published: pd.DataFrame) -> pd.DataFrame:
    """Return Table 1 or 2: this run's numbers and the published ones.

    Parameters
    ----------
    scores
        This run's scores; None if the table was not run.
    published
        network, method, miou, then one column per class (Table 2 has none).

    Returns
    -------
    DataFrame
        network, method, class (or miou), value, low, high, published, in percent: the
        paper's eight models, then the controls that were run. The classes are those of the
        paper. If this run's data set has other classes, it has those, and only the mIoU has a
        published number.
    """
    printed = published.melt(["network", "method"], var_name="class", value_name="published")
    classes = list(printed["class"].unique())
    if scores is None:
        scores = pd.DataFrame(columns=[*_KEYS, *_NUMBERS])
    elif set(scores["class"]) != set(classes):
        classes = list(scores["class"].unique())
        printed = printed[printed["class"] == "miou"]
    ran = set(zip(scores["network"], scores["method"], strict=True))
    models = [*MODELS, *(model for model in CONTROL_MODELS if model in ran)]
    rows = pd.MultiIndex.from_tuples(
        [(*model, name) for model in models for name in classes], names=_KEYS
    )
    numbers = scores.set_index(_KEYS)[_NUMBERS].astype(float).reindex(rows)
    return numbers.join(printed.set_index(_KEYS)).reset_index()


def result_layout(
    table: pd.DataFrame, scores: pd.DataFrame | None, costs: pd.DataFrame | None, number: int
) -> pd.DataFrame:
    """Lay out Table 1 or 2 for a reader.

    Parameters
    ----------
    scores
        This run's scores, for the spread over seeds; None if the table was not run.
    costs
        network, method, parameters (millions), gmacs (10^9 multiply-adds of an image), training
        (relative to the single network's); None omits them.

    Returns
    -------
    DataFrame
        One row per model: its costs, mIoU and classes, as ``value ± spread (published)``.
    """
    spreads = {} if scores is None else scores.set_index(_KEYS)["spread"].to_dict()
    cells = table.assign(
        cell=[
            _cell(row, spreads.get(tuple(row[key] for key in _KEYS), np.nan), _DECIMALS[number])
            for row in table.to_dict("records")
        ]
    )
    rows = []
    for (network, method), group in cells.groupby(["network", "method"], sort=False):
        row = {"network": spelled(network), "method": spelled(method)}
        if costs is not None:
            row |= _cost_cells(costs, network, method)
        named = zip(group["class"], group["cell"], strict=True)
        rows.append(row | {spelled(name).replace("miou", "mIoU"): cell for name, cell in named})
    return pd.DataFrame(rows)


def upright(layout: pd.DataFrame) -> pd.DataFrame:
    """Return a layout with one column per model, which fits on a page."""
    turned = layout.drop(columns=["network", "method"]).T
    turned.columns = pd.Index([f"{row.network}, {row.method}" for row in layout.itertuples()])
    return turned.rename_axis("").reset_index()


def caption(number: int, setting: str, scores: pd.DataFrame | None, dataset: str | None) -> str:
    """Describe the content of a table, its setting, and which numbers are comparable.

    Scores and data set are None if the table was not run.
    """
    papers = PAPER_DATASETS[f"table{number}"]
    head = f"Table {number}. Mean IoU and IoU of the classes in percent: this run (published)."
    tail = (
        "The control of a cooperative model with equal compute is the ensemble, "
        "not the single network: both run two networks."
    )
    if scores is None:
        return f"{head} Published values alone: this table was not run. {tail}"
    seeds = sorted(scores["seeds"].unique())
    count = str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
    spread = "; mean ± standard deviation over seeds" if seeds[-1] > 1 else ""
    run = f"This run: {setting}; n = {scores['n'].max()} images; seeds: {count}{spread}."
    if not set(scores["method"]) <= set(METHODS):
        run += " The rows after the eighth are controls of this run; the paper has no such rows."
    if dataset != papers:
        scenes = "drawn scenes" if str(dataset).startswith("drawn_") else dataset
        run += f" No number is comparable: this run scores {scenes}, the paper {papers}."
    return f"{head} {run} {tail}"


def _cost_cells(costs: pd.DataFrame, network: str, method: str) -> dict[str, str]:
    of_model = costs[(costs["network"] == network) & (costs["method"] == method)]
    titles = {"parameters": "parameters, M", "gmacs": "GMACs", "training": "training, times single"}
    return {
        title: "-" if of_model.empty else f"{of_model[column].iloc[0]:.1f}"
        for column, title in titles.items()
    }


def _cell(row: Mapping[str, float], spread: float, decimals: int) -> str:
    value = "-" if pd.isna(row["value"]) else f"{row['value']:.{decimals}f}"
    if pd.notna(spread):
        value += f" ± {spread:.{decimals}f}"
    return value if pd.isna(row["published"]) else f"{value} ({row['published']:.{decimals}f})"
