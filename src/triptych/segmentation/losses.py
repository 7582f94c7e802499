"""The loss of a model: the sum of the cross-entropies of all outputs (Section 3)."""

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from triptych.data.classes import IGNORE
from triptych.segmentation.networks import Model


class TrainingLoss(nn.Module):
    """A model with its loss, as several processes train it.

    DANet has three outputs a network, DeepLabv3+ one; all weigh the same.
    """

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model

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
        losses = [
            cross_entropy(logits.float(), targets, ignore_index=IGNORE, reduction="sum")
            for outputs in self.model.outputs(images)
            for logits in outputs
        ]
        return sum(losses, start=losses[0].new_zeros(())) / valid.clamp(min=1)


def count_valid(masks: Tensor) -> Tensor:
    """Return the number of pixels that are not ignored, a tensor of one value."""
    return (masks != IGNORE).sum()
