"""The loss of a model: cross-entropy of every output of every network, added (Section 3)."""

from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from triptych.data.classes import IGNORE
from triptych.segmentation.networks import Model


class TrainingLoss(nn.Module):
    """A model together with its loss: what several processes train as one.

    Parameters
    ----------
    model
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
            float (n, 3, h, w), normalised.
        masks
            uint8 (n, h, w); pixels of 255 do not count.
        valid
            Number of pixels by which the sum is divided, a tensor of one value:
            those that count, of the whole batch even where this process has a part.

        Returns
        -------
        Tensor
            One value; 0 where no pixel counts.
        """
        targets = masks.long()
        losses = [
            cross_entropy(logits.float(), targets, ignore_index=IGNORE, reduction="sum")
            for outputs in self.model.outputs(images)
            for logits in outputs
        ]
        return sum(losses, start=losses[0].new_zeros(())) / valid.clamp(min=1)


def count_valid(masks: Tensor) -> Tensor:
    """The number of pixels that count, a tensor of one value."""
    return (masks != IGNORE).sum()
