"""The objectives of the small encoders and the small autoencoder of a base model."""

from collections.abc import Sequence

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import l1_loss
from transformers import CLIPModel, CLIPTokenizer

from triptych.job.seeds import derive
from triptych.learning.optimizers import Batch
from triptych.learning.order import batch_indices
from triptych.personalization.networks.encoders import build_image_processor
from triptych.personalization.photos import tokenize
from triptych.personalization.pixels import to_pixels
from triptych.personalization.train import Objective

_HELD_OUT_SHARE = 0.05
_MOST_HELD_OUT = 128


def held_out(count: int) -> int:
    """Return the number of photos, the last ones, that a training leaves to its validation."""
    return min(_MOST_HELD_OUT, int(count * _HELD_OUT_SHARE))


class ContrastiveObjective(Objective):
    """Match photos, uint8 (n, s, s, 3), with their captions in a batch (Radford et al. 2021)."""

    network: CLIPModel

    def __init__(
        self,
        encoders: CLIPModel,
        tokenizer: CLIPTokenizer,
        images: NDArray[np.uint8],
        captions: Sequence[str],
        *,
        batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.network = encoders
        processor = build_image_processor(images.shape[1])
        self.pixels = processor(list(images), return_tensors="pt").pixel_values
        texts = tokenize(tokenizer, captions)
        self.ids, self.mask = texts.input_ids, texts.attention_mask
        self.trained = len(images) - held_out(len(images))
        self.batch_size, self.seed = batch_size, seed

    def batch(self, step: int) -> Batch:
        return self._of(batch_indices(self.trained, self.batch_size, step, self.seed))

    def validation_batch(self) -> Batch | None:
        held = torch.arange(self.trained, len(self.ids))
        return self._of(held) if len(held) > 1 else None

    def forward(self, pixels: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        return self.network(
            input_ids=ids, pixel_values=pixels, attention_mask=mask, return_loss=True
        ).loss

    def _of(self, indices: Tensor) -> Batch:
        return self.pixels[indices], self.ids[indices], self.mask[indices]


class ReconstructionObjective(Objective):
    """Reconstruct images from their latents (Rombach et al. 2022, without the adversary).

    The images, uint8 (n, s, s, 3), are resized to ``resolution`` pixels. ``kl_weight`` is that of
    the Kullback-Leibler term.
    """

    network: AutoencoderKL

    def __init__(
        self,
        autoencoder: AutoencoderKL,
        images: NDArray[np.uint8],
        resolution: int,
        *,
        kl_weight: float,
        batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.network = autoencoder
        self.images, self.resolution = images, resolution
        self.kl_weight = kl_weight
        self.trained = len(images) - held_out(len(images))
        self.batch_size, self.seed = batch_size, seed

    def batch(self, step: int) -> Batch:
        indices = batch_indices(self.trained, self.batch_size, step, self.seed)
        return self._of(indices, derive(self.seed, "noise", step))

    def validation_batch(self) -> Batch | None:
        held = torch.arange(self.trained, len(self.images))
        return self._of(held, derive(self.seed, "validation")) if len(held) else None

    def forward(self, pixels: Tensor, noise: Tensor) -> Tensor:
        posterior = self.network.encode(pixels).latent_dist
        decoded = self.network.decode(posterior.mean + posterior.std * noise).sample
        return l1_loss(decoded, pixels) + self.kl_weight * posterior.kl().mean()

    def _of(self, indices: Tensor, seed: int) -> Batch:
        pixels = to_pixels(self.images[indices.numpy()], self.resolution)
        config = self.network.config
        side = self.resolution // 2 ** (len(config.block_out_channels) - 1)
        shape = (len(indices), config.latent_channels, side, side)
        return pixels, torch.randn(shape, generator=torch.Generator().manual_seed(seed))
