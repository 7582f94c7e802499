"""Intersection over union, from confusion matrices.

Separate from :mod:`~triptych.segmentation.metrics`, because tables are made without torch.
"""

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.integer] | NDArray[np.floating]


def iou(matrix: Counts) -> NDArray[np.float64]:
    """Return the intersection over union of each class.

    Parameters
    ----------
    matrix
        (..., C, C), nonnegative: pixels by true class (rows) and predicted class (columns).

    Returns
    -------
    ndarray
        float64 (..., C) in [0, 1]: 0 if a class is predicted but never true, or true but
        never predicted; NaN if it is neither.
    """
    counts = matrix.astype(np.float64)
    intersection = np.diagonal(counts, axis1=-2, axis2=-1)
    union = counts.sum(axis=-1) + counts.sum(axis=-2) - intersection
    absent = np.full_like(union, np.nan)
    return np.divide(intersection, union, out=absent, where=union > 0)


def miou(matrix: Counts) -> NDArray[np.float64]:
    """Return the mean IoU over the classes that occur in the ground truth or in a prediction.

    See :func:`iou`. Float64 (...) in [0, 1]; NaN if a matrix has no pixels.
    """
    values = iou(matrix)
    present = ~np.isnan(values)
    count = present.sum(axis=-1)
    total = np.where(present, values, 0).sum(axis=-1)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
