"""Further detectors, attacked and judged by the rules of the paper's detector.

A detector is a score that rises with suspicion, a function of :data:`DETECTORS`. An image is
flagged when its score exceeds the highest score of clean training images. docs/add-a-detector.md
describes how to add one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from triptych.adversarial.aware import Aim, Score, candidates
from triptych.adversarial.networks import MadryNetwork
from triptych.adversarial.raw import Attacks
from triptych.adversarial.train import predict
from triptych.config.adversarial import AdaptiveParameters, FurtherDetector
from triptych.data.images import LabeledImages
from triptych.errors import UserError
from triptych.job.workspace import Workspace
from triptych.storage.tensors import read_named, write_tensors

_BATCH = 500


def total_variation(values: Tensor) -> Tensor:
    """Return the mean absolute difference of neighboring pixels.

    Parameters
    ----------
    values
        Gray values, float (n, height, width), from 0 to 255.

    Returns
    -------
    Tensor
        float (n,); differentiable.
    """
    across = (values[:, :, 1:] - values[:, :, :-1]).abs().mean((1, 2))
    return across + (values[:, 1:] - values[:, :-1]).abs().mean((1, 2))


DETECTORS: Mapping[FurtherDetector, Score] = {
    "total_variation": total_variation,
}


@dataclass(frozen=True)
class Judged:
    """What a further detector says of every image; the first epsilon is 0, the clean images.

    Attributes
    ----------
    threshold
        float64 (1,), the highest score of clean training images.
    epsilons, aware_epsilons
        float64 (k,) and (a,): of the paper's attack, and of that which knows the detector.
    labels
        int64 (n,).
    predictions, scores
        int64 and float64 (k, n).
    aware_predictions, aware_truncated_predictions
        int64 (a, n): classes predicted before and after the truncation to 8 bits.
    aware_scores
        float64 (a, n).
    """

    threshold: NDArray[np.float64]
    epsilons: NDArray[np.float64]
    aware_epsilons: NDArray[np.float64]
    labels: NDArray[np.int64]
    predictions: NDArray[np.int64]
    scores: NDArray[np.float64]
    aware_predictions: NDArray[np.int64]
    aware_truncated_predictions: NDArray[np.int64]
    aware_scores: NDArray[np.float64]


def judge(
    name: FurtherDetector,
    network: MadryNetwork,
    training: NDArray[np.uint8],
    data: LabeledImages,
    attacks: Attacks,
    adaptive: AdaptiveParameters,
    *,
    batch_size: int,
    seed: int,
    device: torch.device,
    workspace: Workspace,
) -> Judged:
    """Calibrate a detector, score the paper's attack, and attack with knowledge of the detector.

    Parameters
    ----------
    training
        Clean images for the threshold, uint8 (n, 28, 28).
    attacks
        The images of the paper's attack on the same test set.
    adaptive
        The attack that knows the detector; its readings are not used.

    Raises
    ------
    UserError
        The detector's scores are no finite numbers, one for each image, or their gradients are
        not finite; or the network returns NaN.
    """
    threshold = float(score_all(name, training).max())
    _require_gradient(name, training[:_BATCH])
    images, before, after = candidates(
        network,
        data,
        adaptive.epsilons,
        Aim([(DETECTORS[name], threshold)], followed=DETECTORS[name]),
        steps=adaptive.steps,
        starts=adaptive.starts,
        batch_size=batch_size,
        seed=seed,
        device=device,
        workspace=workspace,
    )
    clean = predict(network, data, device).cpu().numpy()
    attacked = np.concatenate([data.images[None], attacks.images])
    return Judged(
        threshold=np.array([threshold]),
        epsilons=np.concatenate([[0.0], attacks.epsilons]),
        aware_epsilons=np.asarray(adaptive.epsilons, np.float64),
        labels=data.labels,
        predictions=np.concatenate([clean[None], attacks.predictions]),
        scores=score_all(name, attacked),
        aware_predictions=before,
        aware_truncated_predictions=after,
        aware_scores=score_all(name, images),
    )


def score_all(name: FurtherDetector, images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Score images, uint8 (..., height, width), in double precision; returns float64 (...,).

    Raises
    ------
    UserError
        The scores are no finite numbers, one for each image.
    """
    flat = torch.from_numpy(images.reshape(-1, *images.shape[-2:]))
    with torch.no_grad():
        parts = [DETECTORS[name](part.double()) for part in flat.split(_BATCH)]
    for part, given in zip(parts, flat.split(_BATCH), strict=True):
        if part.shape != given.shape[:1]:
            raise _unusable(name, f"scores of shape {tuple(part.shape)} for {len(given)} images")
    scores = torch.cat(parts)
    if unknown := int((~scores.isfinite()).sum()):
        raise _unusable(name, f"{len(scores)} scores, {unknown} of them not finite")
    return scores.reshape(images.shape[:-2]).double().numpy()


def _require_gradient(name: FurtherDetector, images: NDArray[np.uint8]) -> None:
    """Refuse a score that the attack cannot follow: it would seem to withstand the attack."""
    values = torch.from_numpy(images).float().requires_grad_()
    scores = DETECTORS[name](values)
    if not scores.requires_grad:
        raise _unusable(name, "scores with no gradient")
    (gradient,) = torch.autograd.grad(scores.sum(), values)
    if unknown := int((~gradient.isfinite()).flatten(1).any(1).sum()):
        raise _unusable(name, f"{len(images)} gradients, {unknown} of them not finite")


def _unusable(name: FurtherDetector, found: str) -> UserError:
    return UserError(
        expected="a finite score for each image, and finite gradients",
        found=found,
        where=f"the detector {name}, triptych.adversarial.further.DETECTORS",
        remedy="correct the function: from gray values (n, height, width) to scores (n,), by "
        "functions that PyTorch can differentiate",
    )


def write(judged: Judged, path: Path) -> None:
    """Write what a detector says as safetensors."""
    write_tensors(path, vars(judged))


def read(path: Path) -> Judged:
    """Read what a detector says.

    Raises
    ------
    UserError
        The file is damaged or lacks a tensor.
    """
    return Judged(**read_named(path, [field.name for field in fields(Judged)]))
