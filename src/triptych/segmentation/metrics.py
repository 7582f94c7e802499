"""The confusion matrix of all pixels of a split.

The rules are those of Cityscapes' own evaluation: pixels are counted over all images
before anything is divided; pixels that the truth ignores count nowhere, whatever was
predicted there; the mean is over the classes that occur.
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
        The id, outside of 0 to C-1, of pixels in the truth that do not count.

    Attributes
    ----------
    matrix
        int64 (C, C): true classes in rows, predicted ones in columns.
    """

    def __init__(self, num_classes: int, ignore_index: int) -> None:
        self.matrix = np.zeros((num_classes, num_classes), np.int64)
        self._ignore_index = ignore_index

    def update(self, prediction: Labels, target: Labels) -> None:
        """Count further pixels, on the device of the prediction.

        Parameters
        ----------
        prediction
            Integers 0 to C-1, of any shape, on any device; also where the target is ignored.
        target
            Of the same shape, 0 to C-1 or ``ignore_index``.

        Raises
        ------
        UserError
            The shapes differ, or there is an id of no class.
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
        # Before any arithmetic: uint8 would wrap.
        predicted, true = predicted.long().flatten(), true.long().flatten()
        counted = true != self._ignore_index
        self._check(predicted, "predictions")
        self._check(true[counted], "targets that are not ignored")
        classes = len(self.matrix)
        pairs = true[counted] * classes + predicted[counted]
        counts = torch.bincount(pairs, minlength=classes**2).reshape(classes, classes)
        self.matrix += counts.cpu().numpy()

    def iou(self) -> NDArray[np.float64]:
        """The IoU of each class, as :func:`iou` defines it."""
        return iou(self.matrix)

    def miou(self) -> float:
        """The mean IoU, as :func:`miou` defines it; NaN where no pixel was counted."""
        return float(miou(self.matrix))

    def _check(self, ids: torch.Tensor, what: str) -> None:
        wrong = ids[(ids < 0) | (ids >= len(self.matrix))]
        if len(wrong):
            raise UserError(
                expected=f"{what} from 0 to {len(self.matrix) - 1}",
                found=", ".join(map(str, wrong.unique().tolist()[:5])),
                where="the confusion matrix",
                remedy="check the number of classes and the table of ids of the data set",
            )
