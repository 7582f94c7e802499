"""Raw results of every image on disk: attacked images, predictions, scores."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triptych.storage.tensors import read_named, write_tensors


@dataclass(frozen=True)
class Attacks:
    """Attacked images of some epsilons.

    Attributes
    ----------
    epsilons
        float64 (k,).
    images
        uint8 (k, n, 28, 28): truncated to integer gray values, as the paper stores them.
    predictions
        int64 (k, n): classes predicted on the images before truncation.
    """

    epsilons: NDArray[np.float64]
    images: NDArray[np.uint8]
    predictions: NDArray[np.int64]


@dataclass(frozen=True)
class Scores:
    """Predictions and scores of every image; the first epsilon is 0, the clean images.

    Attributes
    ----------
    epsilons
        float64 (k,).
    labels
        int64 (n,).
    predictions
        int64 (k, n).
    as_written, as_published
        float64 (k, n), detector scores in both readings.
    signed
        float64 (k, n), scores of Equation 3 without the absolute value.
    """

    epsilons: NDArray[np.float64]
    labels: NDArray[np.int64]
    predictions: NDArray[np.int64]
    as_written: NDArray[np.float64]
    as_published: NDArray[np.float64]
    signed: NDArray[np.float64]


@dataclass(frozen=True)
class Adapted:
    """Images of the attack that knows the detector; without success an image stays clean.

    Attributes
    ----------
    epsilons
        float64 (k,), rising.
    labels
        int64 (n,).
    images
        uint8 (k, n, 28, 28).
    predictions, truncated_predictions
        int64 (k, n): classes predicted before and after the truncation to 8 bits.
    as_written, as_published
        float64 (k, n), detector scores in both readings.
    """

    epsilons: NDArray[np.float64]
    labels: NDArray[np.int64]
    images: NDArray[np.uint8]
    predictions: NDArray[np.int64]
    truncated_predictions: NDArray[np.int64]
    as_written: NDArray[np.float64]
    as_published: NDArray[np.float64]


def write(results: Attacks | Scores | Adapted, path: Path) -> None:
    """Write raw results as safetensors."""
    write_tensors(path, vars(results))


def read_attacks(paths: Sequence[Path]) -> Attacks:
    """Read attacked images of several files and join them in ascending order of epsilon.

    Raises
    ------
    UserError
        A file is damaged or lacks a tensor.
    """
    parts = [read_named(path, _names(Attacks)) for path in paths]
    joined = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
    order = np.argsort(joined["epsilons"])
    return Attacks(**{key: value[order] for key, value in joined.items()})


def read_scores(path: Path) -> Scores:
    """Read scores written by :func:`write`.

    Raises
    ------
    UserError
        The file is damaged or lacks a tensor.
    """
    return Scores(**read_named(path, _names(Scores)))


def read_adapted(path: Path) -> Adapted:
    """Read the images of the attack that knows the detector.

    Raises
    ------
    UserError
        The file is damaged or lacks a tensor.
    """
    return Adapted(**read_named(path, _names(Adapted)))


def _names(kind: type[Attacks] | type[Scores] | type[Adapted]) -> list[str]:
    return [field.name for field in fields(kind)]
