"""Real handwritten digits that need no download: those that ship with scikit-learn."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from triptych.data.images import SIDE, LabelledImages
from triptych.runtime.seeds import derive

_HIGHEST_GREY = 16
# MNIST keeps its digits in the inner 20 pixels, and so the detector finds smooth
# background in both: 8 pixels become 20, with a margin of 4 around them.
_DIGIT_SIDE = 20


def split_digits(test_images: int, seed: int) -> tuple[LabelledImages, LabelledImages]:
    """Deal the 1,797 digits, scaled from 8x8 to 28x28, into training and test set.

    Parameters
    ----------
    test_images
        Size of the test set.
    seed
        Seed of the shuffle.

    Returns
    -------
    tuple
        Training and test images, disjoint.
    """
    source = load_digits()
    images = np.stack([_enlarge(image) for image in source.images])
    labels = source.target.astype(np.int64)
    order = np.random.default_rng(derive(seed, "shuffle")).permutation(len(images))
    test, train = order[:test_images], order[test_images:]
    return LabelledImages(images[train], labels[train]), LabelledImages(images[test], labels[test])


def _enlarge(image: NDArray[np.float64]) -> NDArray[np.uint8]:
    grey = np.round(image * (255 / _HIGHEST_GREY)).astype(np.uint8)
    digit = Image.fromarray(grey).resize((_DIGIT_SIDE, _DIGIT_SIDE), Image.Resampling.BICUBIC)
    return np.pad(np.asarray(digit), (SIDE - _DIGIT_SIDE) // 2)
