"""The pixels behind every IoU: intersection and union of each class in each image.

They are small enough for git. Every score, interval and difference follows from them, so that a
reader can compute all of these again without a trained model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from lzma import LZMAError
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from triptych.config.segmentation import SceneDataset
from triptych.data.classes import class_table
from triptych.errors import UserError
from triptych.segmentation.artifacts.evaluations import ORDER, classes_of
from triptych.segmentation.raw import Evaluation

_ABOUT = ("network", "method", "seed", "image")
_PARTS = ("intersection", "union")
_REMEDY = "give each table of `triptych segmentation iou` once, all made on the same split"


@dataclass(frozen=True)
class PixelCounts:
    """The pixels of one model and training that were counted, by image and class.

    Attributes
    ----------
    seed
        Number of the training, from 0.
    names
        The n images.
    intersection, union
        int64 (n, C).
    """

    dataset: str
    network: str
    method: str
    seed: int
    names: tuple[str, ...]
    intersection: NDArray[np.int64]
    union: NDArray[np.int64]


def counts_of(evaluation: Evaluation) -> PixelCounts:
    """Count the pixels of an evaluation."""
    confusion = evaluation.confusion
    intersection = confusion.diagonal(axis1=1, axis2=2)
    union = confusion.sum(axis=1) + confusion.sum(axis=2) - intersection
    about = {name: getattr(evaluation, name) for name in ("dataset", "network", "method", "seed")}
    return PixelCounts(**about, names=evaluation.names, intersection=intersection, union=union)


def counts_table(evaluations: Sequence[Evaluation]) -> pd.DataFrame:
    """Return the pixels behind every IoU, a row for each image of an evaluation.

    Columns: network, method, seed, image; for each class CLASS_intersection and CLASS_union.
    The sums over images give the IoU of a class, and a resampling of images its interval.
    """
    return pd.concat(
        (_rows(counts_of(one), classes_of(one).names) for one in evaluations), ignore_index=True
    )


def read_counts(paths: Sequence[Path], dataset: SceneDataset) -> list[PixelCounts]:
    """Read tables of :func:`counts_table`; sort the models in the paper's order, seeds ascending.

    The controls of a network follow its four methods; the partners of the ensembles are last.

    Raises
    ------
    UserError
        A table has other columns or no rows, a model and seed occurs twice, or the images differ.
    """
    listed = [counts for path in paths for counts in _read(path, dataset)]
    listed.sort(key=lambda one: (ORDER.index((one.network, one.method)), one.seed))
    for one, other in pairwise(listed):
        if _label(one) == _label(other):
            raise _mismatch("each model and seed once", f"{_label(one)} twice", paths)
        if one.names != other.names:
            raise _mismatch(
                f"the images of {_label(one)}, in their order",
                f"other images of {_label(other)} ({len(other.names)} instead of {len(one.names)})",
                paths,
            )
    return listed


def _rows(counts: PixelCounts, classes: Sequence[str]) -> pd.DataFrame:
    about = {name: getattr(counts, name) for name in _ABOUT[:-1]}
    pixels = {
        f"{name}_{part}": getattr(counts, part)[:, index]
        for index, name in enumerate(classes)
        for part in _PARTS
    }
    return pd.DataFrame({**about, "image": counts.names, **pixels})


def _read(path: Path, dataset: SceneDataset) -> list[PixelCounts]:
    """Read one table, checked by itself."""
    columns = {part: [f"{name}_{part}" for name in class_table(dataset).names] for part in _PARTS}
    types = {"network": str, "method": str, "image": str, "seed": np.int64}
    types |= dict.fromkeys(columns["intersection"] + columns["union"], np.int64)
    try:
        table = pd.read_csv(path, keep_default_na=False, dtype=types)
    except (ValueError, OverflowError, EOFError, LZMAError) as error:
        raise _mismatch("a table of whole numbers of pixels", str(error), [path]) from error
    missing, unknown = ({*types} - {*table.columns}, {*table.columns} - {*types})
    if missing or unknown:
        raise _mismatch(
            f"the columns {', '.join(_ABOUT)} and two for each class of {dataset}",
            f"no {', '.join(sorted(missing)[:3])}" if missing else f"also {min(unknown)}",
            [path],
        )
    if table.empty:
        raise _mismatch("a row for each image of a model", "no rows", [path])
    groups = table.groupby(["network", "method", "seed"], sort=False)
    return [_model(dataset, key, rows, columns, path) for key, rows in groups]


def _model(
    dataset: str,
    key: tuple[str, str, int],
    rows: pd.DataFrame,
    columns: Mapping[str, list[str]],
    path: Path,
) -> PixelCounts:
    network, method, seed = key
    if (network, method) not in ORDER:
        raise _mismatch("networks and methods of this panel", f"{network}, {method}", [path])
    pixels: dict[str, Any] = {part: rows[names].to_numpy() for part, names in columns.items()}
    return PixelCounts(dataset, network, method, int(seed), tuple(rows["image"]), **pixels)


def _label(counts: PixelCounts) -> str:
    return f"{counts.network}, {counts.method}, seed {counts.seed}"


def _mismatch(expected: str, found: str, paths: Sequence[Path]) -> UserError:
    return UserError(
        expected=expected, found=found, where=", ".join(map(str, paths)), remedy=_REMEDY
    )
