"""Images in the format of the networks."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate, pad

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


def shifted(images: Tensor, generator: torch.Generator) -> Tensor:
    """Shift each of the images, float (n, c, s, s), by up to a sixteenth of the side.

    Pixels at the border are repeated.
    """
    side = images.shape[-1]
    most = side // 16
    padded = pad(images, (most,) * 4, mode="replicate")
    offsets = torch.randint(2 * most + 1, (len(images), 2), generator=generator).tolist()
    return torch.stack(
        [
            image[:, top : top + side, left : left + side]
            for image, (top, left) in zip(padded, offsets, strict=True)
        ]
    )


def batches(images: NDArray[np.uint8], most: int, description: str) -> Iterator[NDArray[np.uint8]]:
    """Yield the images in batches, with a progress bar."""
    for start in bar(range(0, len(images), most), description):
        yield images[start : start + most]
