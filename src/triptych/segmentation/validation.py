"""The number by which a training is watched, and its weights selected."""

from collections.abc import Iterable

import torch

from triptych.config.segmentation import ProtocolParameters
from triptych.data.classes import IGNORE
from triptych.segmentation.metrics import ConfusionMatrix
from triptych.segmentation.networks import Model
from triptych.segmentation.networks.models import RESULT
from triptych.segmentation.predict import Example, predict


def mean_iou(
    model: Model,
    batches: Iterable[Example],
    protocol: ProtocolParameters,
    classes: int,
    device: torch.device,
) -> float:
    """Return the mean IoU in [0, 1] of a model in evaluation mode on batches of ``examples``."""
    matrix = ConfusionMatrix(classes, IGNORE)
    for images, masks in batches:
        matrix.update(predict(model, images.to(device), protocol, classes)[RESULT], masks)
    return matrix.miou()
