"""The file of an evaluation: a confusion matrix for every image, and its prediction."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triptych.errors import UserError
from triptych.storage.tensors import read_tensors, write_tensors

# Outputs beside the result: of cooperating networks, whose result is the bottom network's, and of
# an ensemble, whose partner is its second network alone.
ALTERNATIVES = ("top", "mean_of_both", "partner")


@dataclass(frozen=True)
class Evaluation:
    """One model, one seed, all images of a split.

    Attributes
    ----------
    seed
        Number of the training, from 0.
    confusion
        int64 (n, C, C): pixels by true class (rows) and predicted class (columns).
    alternatives
        The same for other outputs by name, see :data:`ALTERNATIVES`; empty for a single network.
    predictions
        The predicted classes of each image, uint8 (h, w) as PNG, for the figures; empty if
        they were not kept.
    """

    dataset: str
    network: str
    method: str
    seed: int
    names: tuple[str, ...]
    confusion: NDArray[np.int64]
    alternatives: Mapping[str, NDArray[np.int64]]
    predictions: tuple[bytes, ...]


def write(evaluation: Evaluation, path: Path) -> None:
    """Write an evaluation as safetensors."""
    arrays: dict[str, NDArray[Any]] = {"confusion": evaluation.confusion}
    arrays |= {f"alternative.{name}": value for name, value in evaluation.alternatives.items()}
    for index, encoded in enumerate(evaluation.predictions):
        arrays[f"prediction.{index:06d}"] = np.frombuffer(encoded, np.uint8)
    described = ("dataset", "network", "method", "seed", "names")
    about = {name: getattr(evaluation, name) for name in described}
    write_tensors(path, arrays, {"evaluation": json.dumps(about)})


def read(path: Path) -> Evaluation:
    """Read a file of :func:`write`.

    Raises
    ------
    UserError
        The file is damaged, or has other content.
    """
    arrays, metadata = read_tensors(path)
    if "evaluation" not in metadata:
        raise UserError(
            expected="an evaluation: a confusion matrix for every image",
            found="a file of another kind, with " + ", ".join(sorted(arrays)[:5]),
            where=str(path),
            remedy="give a file of `triptych segmentation evaluate`",
        )
    about = json.loads(metadata["evaluation"])
    prefix = "alternative."
    encoded = (value for name, value in sorted(arrays.items()) if name.startswith("prediction."))
    return Evaluation(
        **{**about, "names": tuple(about["names"])},
        confusion=arrays["confusion"],
        alternatives={k.removeprefix(prefix): v for k, v in arrays.items() if prefix in k},
        predictions=tuple(value.tobytes() for value in encoded),
    )
