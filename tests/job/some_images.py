"""A few labeled images of random pixels: what real steps work on."""

import numpy as np

from triptych.data.images import LabeledImages


def images(count: int) -> LabeledImages:
    """So many images, always the same ones; their labels go round."""
    generator = np.random.default_rng(0)
    return LabeledImages(
        generator.integers(0, 256, (count, 28, 28), dtype=np.uint8),
        np.arange(count, dtype=np.int64) % 10,
    )
