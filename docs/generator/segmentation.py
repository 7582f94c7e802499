"""The blocks on the run of panel 2."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from triptych.config.segmentation import METHODS
from triptych.segmentation.artifacts.orders import VERDICT_WORDS, cooperation_sentence
from triptych.segmentation.artifacts.tables import spelled

from .adopted import read_table, setting
from .markdown import table

_SCENES = "camvid"


def cooperation(root: Path) -> str:
    """Return the eight rows of panel 2 with their distance from the ensemble, and the answer."""
    scores, gaps = _scores(root), _gaps(root)
    against = {
        (row.network, row.larger): row for row in gaps[gaps["smaller"] == "ensemble"].itertuples()
    }
    rows = [
        (
            spelled(row.network),
            spelled(row.method),
            f"{row.value:.1f} ({row.low:.1f} to {row.high:.1f})",
            *_distance(against.get((row.network, row.method))),
        )
        for row in scores.itertuples()
        if row.method in METHODS
    ]
    columns = ("network", "method", "mIoU, percent", "minus the ensemble, points", "verdict")
    return "\n\n".join([cooperation_sentence(gaps, _SCENES), table(columns, rows)])


def _distance(row: Any) -> tuple[str, str]:
    """Return a difference with its interval, and its verdict; blank if it was not planned."""
    if row is None:
        return ("", "")
    interval = f"{row.difference:+.2f} ({row.low:+.2f} to {row.high:+.2f})"
    return (interval, f"{VERDICT_WORDS[row.verdict]} ({row.reason})")


def segmentation(root: Path) -> str:
    """Return the mean IoU and the cost of every model of panel 2, and every difference."""
    costs = read_table(root, f"segmentation/costs_{_SCENES}.csv").set_index(["network", "method"])
    rows = [
        (
            spelled(row.network),
            spelled(row.method),
            f"{row.value:.1f} ({row.low:.1f} to {row.high:.1f})",
            str(row.seeds),
            *(
                f"{costs.loc[(row.network, row.method), column]:.{digits}f}"
                for column, digits in (("parameters", 1), ("gmacs", 2), ("training", 1))
            ),
        )
        for row in _scores(root).itertuples()
    ]
    columns = ("network", "method", "mIoU, percent", "seeds", "parameters, millions",
               "multiply-adds, billions", "training, relative")  # fmt: skip
    gaps = [
        (row.kind.replace("_", " "), spelled(row.network),
         f"{spelled(row.larger)} minus {spelled(row.smaller)}", *_distance(row))
        for row in _gaps(root).itertuples()
    ]  # fmt: skip
    of_gaps = ("kind", "network", "difference", "points of mIoU", "verdict")
    return "\n\n".join([setting(root, "segmentation"), table(columns, rows), table(of_gaps, gaps)])


def _scores(root: Path) -> pd.DataFrame:
    """Return the mean IoU of every model, a row each."""
    scores = read_table(root, f"segmentation/scores_{_SCENES}.csv")
    return scores[scores["class"] == "miou"]


def _gaps(root: Path) -> pd.DataFrame:
    return read_table(root, f"segmentation/comparisons_{_SCENES}.csv")


BLOCKS: dict[str, Callable[[Path], str]] = {
    "cooperation": cooperation,
    "segmentation": segmentation,
}
