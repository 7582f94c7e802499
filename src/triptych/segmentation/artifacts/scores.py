"""Numbers from evaluations: IoU of every class, means with intervals, comparisons."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from triptych.segmentation.artifacts.evaluations import Model, classes_of
from triptych.segmentation.artifacts.resampling import Sampled
from triptych.segmentation.iou import iou, miou
from triptych.segmentation.raw import ALTERNATIVES, Evaluation

# The compared methods; by the paper, the first of a pair scores higher.
PAIRS = (
    ("same_layer", "ensemble"),
    ("same_layer", "single"),
    ("multiple_layer", "single"),
    ("multiple_layer", "ensemble"),
    ("ensemble", "single"),
)


def iou_table(evaluations: Sequence[Evaluation]) -> pd.DataFrame:
    """Return the IoU of every class over the whole split, a row for each evaluation.

    Columns: network, method, seed, miou, the classes, miou_top, miou_mean_of_both; shares in
    [0, 1], blank if a class is absent or a model has no such output.
    """
    return pd.DataFrame(map(_iou_row, evaluations))


def scores_table(sampled: Mapping[Model, Sampled], classes: Sequence[str]) -> pd.DataFrame:
    """Return the means over seeds with intervals.

    Columns: network, method, class (or miou), value, low, high, spread (standard deviation
    over seeds), in percent; seeds, n (images).
    """
    return pd.DataFrame(
        {
            "network": network,
            "method": method,
            "class": name,
            **vars(scores.estimate(column)),
            "spread": scores.spread(column),
            "seeds": len(scores.per_seed),
            "n": scores.images,
        }
        for (network, method), scores in sampled.items()
        for column, name in enumerate(("miou", *classes))
    )


def comparisons_table(sampled: Mapping[Model, Sampled]) -> pd.DataFrame:
    """Return the differences of mIoU between the methods of a network.

    Columns: network, larger, smaller, difference, low, high (points; paired bootstrap).
    """
    rows = []
    for network in dict.fromkeys(network for network, _ in sampled):
        for larger, smaller in PAIRS:
            if (network, larger) in sampled and (network, smaller) in sampled:
                gap = sampled[network, larger].above(sampled[network, smaller])
                rows.append((network, larger, smaller, gap.value, gap.low, gap.high))
    columns = ["network", "larger", "smaller", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _iou_row(evaluation: Evaluation) -> dict[str, object]:
    total = evaluation.confusion.sum(axis=0)
    row: dict[str, object] = {
        "network": evaluation.network,
        "method": evaluation.method,
        "seed": evaluation.seed,
        "miou": float(miou(total)),
    }
    row |= dict(zip(classes_of(evaluation).names, iou(total).tolist(), strict=True))
    row |= {f"miou_{name}": _miou(evaluation.alternatives.get(name)) for name in ALTERNATIVES}
    return row


def _miou(confusion: NDArray[np.int64] | None) -> float:
    return np.nan if confusion is None else float(miou(confusion.sum(axis=0)))
