"""The loss of a model: the sum of the cross-entropies of all outputs (Section 3)."""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from triptych.data.classes import IGNORE
from triptych.segmentation.networks import Model


class TrainingLoss(nn.Module):
    """A model with its loss, as several processes train it.

    DANet has three outputs a network, DeepLabv3+ one; all weigh the same.

    Parameters
    ----------
    class_weights
        float (C,): the weight of a pixel by its true class; None: 1.
    """

    class_weights: Tensor | None

    def __init__(self, model: Model, class_weights: Tensor | None = None) -> None:
        super().__init__()
        self.model = model
        self.register_buffer("class_weights", class_weights, persistent=False)

    def forward(self, images: Tensor, masks: Tensor, valid: Tensor) -> Tensor:
        """Compute the loss.

        Parameters
        ----------
        images
            float (n, 3, h, w), normalized.
        masks
            uint8 (n, h, w); pixels of 255 are ignored.
        valid
            Number of pixels that are not ignored in the whole batch, a tensor of one value. The
            sum is divided by it, even where this process has only a part of the batch.

        Returns
        -------
        Tensor
            One value; 0 where all pixels are ignored.
        """
        targets = masks.long()
        outputs = self.model.outputs(images)
        losses = [
            cross_entropy(
                logits.float(),
                targets,
                weight=self.class_weights,
                ignore_index=IGNORE,
                reduction="sum",
            )
            for network in outputs
            for logits in network
        ]
        losses += self.model.further_losses(outputs, targets == IGNORE)
        return sum(losses, start=losses[0].new_zeros(())) / valid.clamp(min=1)


def class_weights(masks: Iterable[NDArray[np.uint8]], classes: int, power: float) -> Tensor:
    """Return the weight of each class: its share of the pixels to the power of ``-power``.

    Parameters
    ----------
    masks
        uint8 (h, w) each; pixels of 255 are ignored.
    power
        0: all classes weigh the same; 1: rare classes weigh as much in total as frequent ones.

    Returns
    -------
    Tensor
        float32 (C,); the mean over the pixels is 1. 0 for a class without pixels.
    """
    counts = sum(
        (np.bincount(mask[mask != IGNORE], minlength=classes) for mask in masks),
        start=np.zeros(classes, np.int64),
    )
    shares = counts / counts.sum()
    weights = np.divide(1, shares**power, out=np.zeros(classes), where=shares > 0)
    return torch.tensor(weights / (shares * weights).sum(), dtype=torch.float32)


def count_valid(masks: Tensor) -> Tensor:
    """Return the number of pixels that are not ignored, a tensor of one value."""
    return (masks != IGNORE).sum()
