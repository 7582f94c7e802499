"""Real photos after the base model's autoencoder: the most that its images can show."""

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray

from triptych.personalization.photos import encode_latents

_IMAGES_AT_ONCE = 4


def through_autoencoder(
    autoencoder: AutoencoderKL, images: NDArray[np.uint8], resolution: int
) -> NDArray[np.uint8]:
    """Encode and decode images, uint8 (n, s, s, 3), without noise.

    ``resolution`` is the side of the images for the autoencoder and of the results, pixels.
    """
    latents = encode_latents(autoencoder, images, resolution).mean
    latents = latents / autoencoder.config.scaling_factor
    decoded = []
    with torch.no_grad():
        for part in latents.split(_IMAGES_AT_ONCE):
            pixels = autoencoder.decode(part.to(autoencoder.device)).sample.clamp(-1, 1)
            decoded.append(((pixels + 1) * 127.5).round().byte().cpu())
    return torch.cat(decoded).permute(0, 2, 3, 1).numpy()
