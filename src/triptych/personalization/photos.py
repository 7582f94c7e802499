"""Outputs of the frozen networks, computed once: latents, texts, image embeddings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from diffusers import AutoencoderKL, StableDiffusionPipeline
from numpy.typing import NDArray
from torch import Tensor
from transformers import BatchEncoding, CLIPTokenizer

from triptych.personalization.pixels import batches, to_pixels

_PHOTOS_AT_ONCE = 64
# The autoencoder's memory grows with the pixels: this is four photos of 512x512 pixels.
_PIXELS_AT_ONCE = 2**20


@dataclass(frozen=True)
class Latents:
    """The distributions of latents that an autoencoder assigns to images.

    Attributes
    ----------
    mean, std
        float (n, c, h, w), in the units of the UNet.
    """

    mean: Tensor
    std: Tensor

    def __len__(self) -> int:
        return len(self.mean)

    def sample(self, indices: Tensor, generator: torch.Generator) -> Tensor:
        """Draw a latent for each of the chosen images, float (b, c, h, w)."""
        mean = self.mean[indices]
        return mean + self.std[indices] * torch.randn(mean.shape, generator=generator)


def encode_latents(
    autoencoder: AutoencoderKL, images: NDArray[np.uint8], resolution: int
) -> Latents:
    """Encode images, uint8 (n, s, s, 3), resized to ``resolution`` pixels."""
    parts = []
    most = min(_PHOTOS_AT_ONCE, max(1, _PIXELS_AT_ONCE // resolution**2))
    with torch.no_grad():
        for batch in batches(images, most, "encode images"):
            pixels = to_pixels(batch, resolution).to(autoencoder.device)
            latents = autoencoder.encode(pixels).latent_dist
            parts.append((latents.mean.cpu(), latents.std.cpu()))
    factor = autoencoder.config.scaling_factor
    mean, std = (torch.cat(part) * factor for part in zip(*parts, strict=True))
    return Latents(mean, std)


def encode_texts(pipeline: StableDiffusionPipeline, texts: Sequence[str]) -> Tensor:
    """Encode texts, float (n, L, width), on the CPU."""
    parts = []
    with torch.no_grad():
        for start in range(0, len(texts), _PHOTOS_AT_ONCE):
            ids = tokenize(pipeline.tokenizer, texts[start : start + _PHOTOS_AT_ONCE]).input_ids
            parts.append(pipeline.text_encoder(ids.to(pipeline.device))[0].cpu())
    return torch.cat(parts)


def tokenize(tokenizer: CLIPTokenizer, texts: Sequence[str]) -> BatchEncoding:
    """Return token ids and mask of texts, int64 (n, L), padded and truncated like a pipeline's."""
    return tokenizer(
        list(texts),
        padding="max_length",
        max_length=tokenizer.model_max_length,
        truncation=True,
        return_tensors="pt",
    )


def embed_images(pipeline: StableDiffusionPipeline, images: NDArray[np.uint8]) -> Tensor:
    """Embed images, uint8 (n, s, s, 3), with the image encoder: float (n, width), on the CPU."""
    parts = []
    with torch.no_grad():
        for batch in batches(images, _PHOTOS_AT_ONCE, "embed images"):
            # As 8-bit images: floats would silently be rescaled a second time.
            pixels = pipeline.feature_extractor(list(batch), return_tensors="pt").pixel_values
            parts.append(pipeline.image_encoder(pixels.to(pipeline.device)).image_embeds.cpu())
    return torch.cat(parts)
