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
from triptych.segmentation.artifacts.evaluations import ORDER, classes_of, names_difference
from triptych.segmentation.raw import Evaluation

_ABOUT = ("network", "method", "seed", "image")
_PARTS = ("intersection", "union")
_ONCE = "give each table of `triptych segmentation iou` once, all made on the same split"
_AGAIN = "copy the table again, or make it again with `triptych segmentation iou`"


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
        A table has other columns or no rows, or its numbers are no pixels. A model and seed occurs
        twice, or the images differ.
    """
    listed = [(counts, path) for path in paths for counts in _read(path, dataset)]
    listed.sort(key=lambda pair: (ORDER.index((pair[0].network, pair[0].method)), pair[0].seed))
    for (one, first), (other, second) in pairwise(listed):
        _check(one, other, list(dict.fromkeys([first, second])))
    return [counts for counts, _ in listed]


def _check(one: PixelCounts, other: PixelCounts, paths: Sequence[Path]) -> None:
    """Refuse two models that cannot be compared image by image."""
    if _label(one) == _label(other):
        raise _mismatch("each model and seed once", f"{_label(one)} twice", paths)
    if one.names != other.names:
        raise _mismatch(
            f"the images of {_label(one)}, in their order",
            f"{names_difference(one.names, other.names)} of {_label(other)}",
            paths,
        )
    # Each labeled pixel is once in its class, and once in the class that a model predicts.
    sums, others = ((each.intersection + each.union).sum(axis=1) for each in (one, other))
    for name, expected, found in zip(one.names, sums, others, strict=True):
        if expected != found:
            raise _mismatch(
                f"{expected / 2:,.1f} labeled pixels in {name}, as in {_label(one)}",
                f"{found / 2:,.1f} of {_label(other)}",
                paths,
            )


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
        raise _mismatch("a table of whole numbers of pixels", str(error), [path], _AGAIN) from error
    missing, unknown = ({*types} - {*table.columns}, {*table.columns} - {*types})
    if missing or unknown:
        raise _mismatch(
            f"the columns {', '.join(_ABOUT)} and two for each class of {dataset}",
            f"no {', '.join(sorted(missing)[:3])}" if missing else f"also {min(unknown)}",
            [path],
        )
    if table.empty:
        raise _mismatch("a row for each image of a model", "no rows", [path], _AGAIN)
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
    counts = PixelCounts(dataset, network, method, int(seed), tuple(rows["image"]), **pixels)
    if repeated := rows["image"][rows["image"].duplicated()].tolist():
        found = f"{repeated[0]} twice for {_label(counts)}"
        raise _mismatch("each image of a model and seed once", found, [path], _AGAIN)
    impossible = (counts.intersection < 0) | (counts.intersection > counts.union)
    for image, index in np.argwhere(impossible):
        numbers = [
            f"{column[index]} {pixels[part][image, index]}" for part, column in columns.items()
        ]
        found = f"{', '.join(numbers)} in {counts.names[image]} of {_label(counts)}"
        raise _mismatch("intersections from 0 to their unions", found, [path], _AGAIN)
    return counts


def _label(counts: PixelCounts) -> str:
    return f"{counts.network}, {counts.method}, seed {counts.seed}"


def _mismatch(expected: str, found: str, paths: Sequence[Path], remedy: str = _ONCE) -> UserError:
    where = ", ".join(map(str, paths))
    return UserError(expected=expected, found=found, where=where, remedy=remedy)
