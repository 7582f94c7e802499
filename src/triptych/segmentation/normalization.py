"""The range of pixel values that networks expect."""

import functools

import torch
from torch import Tensor

# ImageNet's, per channel, of [0, 1].
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def normalize(images: Tensor) -> Tensor:
    """Return images, uint8 (n, 3, h, w), in the range that a network expects.

    Returns
    -------
    Tensor
        float (n, 3, h, w), mean about 0 and deviation about 1, channels last in memory.
    """
    mean, deviation = _statistics(images.device)
    scaled = (images.float() / 255 - mean) / deviation
    return scaled.contiguous(memory_format=torch.channels_last)


@functools.cache
def _statistics(device: torch.device) -> tuple[Tensor, Tensor]:
    """Return ImageNet's mean and deviation; cached, since a copy to a GPU waits until it idles."""
    mean, deviation = (
        torch.tensor(values, device=device).view(1, 3, 1, 1) for values in (MEAN, DEVIATION)
    )
    return mean, deviation
