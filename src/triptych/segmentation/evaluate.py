"""Scores a model on a split: a confusion matrix for every image."""

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from triptych.config.segmentation import ProtocolParameters
from triptych.data.classes import IGNORE, class_table
from triptych.data.encoded import as_png
from triptych.data.scenes import Scenes
from triptych.job.progress import bar
from triptych.job.workspace import Workspace
from triptych.segmentation.metrics import ConfusionMatrix
from triptych.segmentation.networks import Model
from triptych.segmentation.networks.models import RESULT
from triptych.segmentation.predict import examples, predict

_IMAGES_BETWEEN_CHECKPOINTS = 50


@dataclass
class Scored:
    """The results of the images that were scored so far.

    Attributes
    ----------
    confusion
        For each output a list of int64 (C, C), one per image.
    predictions
        The predicted classes of each image, uint8 (h, w) as PNG, if they are kept.
    """

    confusion: dict[str, list[NDArray[np.int64]]] = field(default_factory=dict)
    predictions: list[bytes] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.confusion.get(RESULT, ()))


def evaluate(
    model: Model,
    scenes: Scenes,
    protocol: ProtocolParameters,
    *,
    keep_predictions: bool,
    device: torch.device,
    workspace: Workspace,
    checkpoint: str = "evaluation",
) -> Scored:
    """Score every image; a restarted evaluation resumes at its checkpoint.

    Parameters
    ----------
    keep_predictions
        Whether the predicted classes are kept, for the figures.
    checkpoint
        Name of the checkpoint; a job that scores several models has one for each.
    """
    scored = _resume(workspace, checkpoint)
    classes = len(class_table(scenes.dataset))
    saved = len(scored)
    with bar(range(0), "scored", total=len(scenes), initial=saved, unit="image") as progress:
        for images, masks in examples(scenes, protocol, start=saved):
            outputs = predict(model, images.to(device), protocol, classes)
            truth = masks.to(device)
            for name, classified in outputs.items():
                scored.confusion.setdefault(name, []).extend(
                    _confusion(prediction, target, classes)
                    for prediction, target in zip(classified, truth, strict=True)
                )
            if keep_predictions:
                predicted = outputs[RESULT].to(torch.uint8).cpu().numpy()
                scored.predictions += map(as_png, predicted)
            progress.update(len(masks))
            if len(scored) - saved >= _IMAGES_BETWEEN_CHECKPOINTS:
                _save(scored, workspace, checkpoint)
                saved = len(scored)
    if len(scored) > saved:
        _save(scored, workspace, checkpoint)
    return scored


def _confusion(prediction: torch.Tensor, target: torch.Tensor, classes: int) -> NDArray[np.int64]:
    matrix = ConfusionMatrix(classes, IGNORE)
    matrix.update(prediction, target)
    return matrix.matrix


def _save(scored: Scored, workspace: Workspace, checkpoint: str) -> None:
    tensors = {
        f"confusion.{name}": torch.from_numpy(np.stack(matrices))
        for name, matrices in scored.confusion.items()
    }
    for index, prediction in enumerate(scored.predictions):
        tensors[f"prediction.{index:06d}"] = torch.frombuffer(
            bytearray(prediction), dtype=torch.uint8
        )
    workspace.save(checkpoint, tensors, {})


def _resume(workspace: Workspace, checkpoint: str) -> Scored:
    saved = workspace.load(checkpoint)
    scored = Scored()
    for name, tensor in sorted(saved[0].items()) if saved else ():
        kind, key = name.split(".")
        if kind == "confusion":
            scored.confusion[key] = list(tensor.numpy())
        else:
            scored.predictions.append(tensor.numpy().tobytes())
    return scored
