"""Real handwritten digits that need no download: those that ship with scikit-learn.

These are the test set of Alpaydin and Kaynak, Optical Recognition of Handwritten Digits,
UCI Machine Learning Repository, 1998; license CC BY 4.0.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from triptych.data.images import LabeledImages
from triptych.errors import UserError
from triptych.job.seeds import derive

_HIGHEST_GRAY = 16
# Each pixel becomes 3x3, with a margin of 2 around the digit. Interpolation would
# blur the sharp strokes that determine the detector's threshold on MNIST.
_FACTOR, _MARGIN = 3, 2


def split_digits(test_images: int, seed: int) -> tuple[LabeledImages, LabeledImages]:
    """Split the 1,797 digits, scaled from 8x8 to 28x28, into disjoint training and test sets.

    Raises
    ------
    UserError
        No digit would be left for training.
    """
    source = load_digits()
    if test_images >= len(source.images):
        raise UserError(
            expected=f"fewer than {len(source.images)} test images, the number of digits",
            found=str(test_images),
            where="attack.test_images of this scale",
            remedy="lower it, or use the data set mnist",
        )
    images = np.stack([_enlarge(image) for image in source.images])
    labels = source.target.astype(np.int64)
    order = np.random.default_rng(derive(seed, "shuffle")).permutation(len(images))
    test, train = order[:test_images], order[test_images:]
    return LabeledImages(images[train], labels[train]), LabeledImages(images[test], labels[test])


def _enlarge(image: NDArray[np.float64]) -> NDArray[np.uint8]:
    gray = np.round(image * (255 / _HIGHEST_GRAY)).astype(np.uint8)
    return np.pad(np.kron(gray, np.ones((_FACTOR, _FACTOR), np.uint8)), _MARGIN)
