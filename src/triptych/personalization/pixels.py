"""Images in the format of the networks."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate

from triptych.job.progress import bar


def to_pixels(images: NDArray[np.uint8], resolution: int) -> Tensor:
    """Convert images, uint8 (n, s, s, 3), to float (n, 3, resolution, resolution) in [-1, 1]."""
    pixels = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
    if pixels.shape[-1] == resolution:
        return pixels
    resized = interpolate(pixels, size=(resolution, resolution), mode="bicubic", antialias=True)
    return resized.clamp(-1, 1)


def half(count: int, seed: int) -> Tensor:
    """Choose a random half of some images, bool (count,)."""
    return torch.rand(count, generator=torch.Generator().manual_seed(seed)) < 0.5


def flipped(images: Tensor, chosen: Tensor) -> Tensor:
    """Mirror the chosen images, bool (n,), of float (n, c, h, w) from left to right."""
    return torch.where(chosen[:, None, None, None], images.flip(-1), images)


def batches(images: NDArray[np.uint8], most: int, description: str) -> Iterator[NDArray[np.uint8]]:
    """Yield the images in batches, with a progress bar."""
    for start in bar(range(0, len(images), most), description):
        yield images[start : start + most]
