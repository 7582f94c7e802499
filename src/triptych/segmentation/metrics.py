"""The confusion matrix of all pixels of a split.

The rules are those of Cityscapes' own evaluation. Pixels are counted over all images
before any division. Pixels that the ground truth ignores are not counted. The mean is over
the classes that occur.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from triptych.errors import UserError
from triptych.segmentation.iou import iou, miou

__all__ = ["ConfusionMatrix", "iou", "miou"]

Labels = torch.Tensor | NDArray[np.integer]


class ConfusionMatrix:
    """Counts pixels by true and predicted class.

    Parameters
    ----------
    num_classes
        C; the classes are 0 to C-1.
    ignore_index
        The id, outside of 0 to C-1, of ignored pixels in the ground truth.

    Attributes
    ----------
    matrix
        int64 (C, C): true classes in rows, predicted classes in columns.
    """

    def __init__(self, num_classes: int, ignore_index: int) -> None:
        self.matrix = np.zeros((num_classes, num_classes), np.int64)
        self._ignore_index = ignore_index

    def update(self, prediction: Labels, target: Labels) -> None:
        """Count more pixels, on the device of the prediction.

        Parameters
        ----------
        prediction
            Integers 0 to C-1, of any shape, on any device; also where the target is ignored.
        target
            Same shape, 0 to C-1 or ``ignore_index``.

        Raises
        ------
        UserError
            The shapes differ, or an id has no class.
        """
        predicted = torch.as_tensor(prediction)
        true = torch.as_tensor(target).to(predicted.device)
        if predicted.shape != true.shape:
            raise UserError(
                expected=f"a predicted class for every pixel, of shape {tuple(true.shape)}",
                found=f"predictions of shape {tuple(predicted.shape)}",
                where="the confusion matrix",
                remedy="resize the predictions to the size of the mask",
            )
        predicted, true = _widened(predicted), _widened(true)
        ignored = true == self._ignore_index
        self._check(predicted, "predictions")
        self._check(true.masked_fill(ignored, 0), "targets that are not ignored")
        # Ignored pixels get a bin of their own: to select the others would take most of the time.
        classes = len(self.matrix)
        pairs = (true.int() * classes + predicted.int()).masked_fill_(ignored, classes**2)
        counts = torch.bincount(pairs.flatten(), minlength=classes**2 + 1)[:-1]
        self.matrix += counts.reshape(classes, classes).cpu().numpy()

    def iou(self) -> NDArray[np.float64]:
        """Return the IoU of each class, see :func:`iou`."""
        return iou(self.matrix)

    def miou(self) -> float:
        """Return the mean IoU, see :func:`miou`; NaN if no pixel was counted."""
        return float(miou(self.matrix))

    def _check(self, ids: torch.Tensor, name: str) -> None:
        if ids.numel() and (ids.min() < 0 or ids.max() >= len(self.matrix)):
            wrong = ids[(ids < 0) | (ids >= len(self.matrix))]
            raise UserError(
                expected=f"{name} from 0 to {len(self.matrix) - 1}",
                found=", ".join(map(str, wrong.unique().tolist()[:5])),
                where="the confusion matrix",
                remedy="check the number of classes and the table of ids of the data set",
            )


def _widened(ids: torch.Tensor) -> torch.Tensor:
    """Return the ids as int32 or int64: uint8 would overflow, and int64 takes twice as long."""
    return ids.long() if ids.element_size() == 8 else ids.int()
