"""Images in the format of the networks."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate


def to_pixels(images: NDArray[np.uint8], resolution: int) -> Tensor:
    """Convert images, uint8 (n, s, s, 3), to float (n, 3, resolution, resolution) in [-1, 1]."""
    pixels = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
    if pixels.shape[-1] == resolution:
        return pixels
    resized = interpolate(pixels, size=(resolution, resolution), mode="bicubic", antialias=True)
    return resized.clamp(-1, 1)
