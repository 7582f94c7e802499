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
from triptych.personalization.captions import mirrored
from triptych.personalization.networks.encoders import build_image_processor
from triptych.personalization.networks.face_network import COSINE_SCALE
from triptych.personalization.photos import tokenize
from triptych.personalization.pixels import flipped, half, to_pixels
from triptych.personalization.train import Objective

_HELD_OUT_SHARE = 0.05
_MOST_HELD_OUT = 128


def held_out(count: int) -> int:
    """Return the number of photos, the last ones, that a training leaves to its validation."""
    return min(_MOST_HELD_OUT, int(count * _HELD_OUT_SHARE))


class ContrastiveObjective(Objective):
    """Match photos with their captions in a batch (Radford et al. 2021), and photos of a person.

    Captions that name no looks teach nothing about persons. The second term, of weight
    ``identity_weight``, asks for similar embeddings of a person's photos (Khosla et al. 2020).

    Parameters
    ----------
    images
        uint8 (n, s, s, 3). A random half of a batch is mirrored, with its captions.
    persons
        The person in each photo.
    """

    network: CLIPModel

    def __init__(
        self,
        encoders: CLIPModel,
        tokenizer: CLIPTokenizer,
        images: NDArray[np.uint8],
        captions: Sequence[str],
        persons: Sequence[str],
        *,
        identity_weight: float,
        batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.network = encoders
        processor = build_image_processor(images.shape[1])
        self.pixels = processor(list(images), return_tensors="pt").pixel_values
        texts = tokenize(tokenizer, [*captions, *map(mirrored, captions)])
        self.ids, self.mask = texts.input_ids, texts.attention_mask
        numbers = {person: number for number, person in enumerate(dict.fromkeys(persons))}
        self.persons = torch.tensor([numbers[person] for person in persons])
        self.identity_weight = identity_weight
        self.trained = len(images) - held_out(len(images))
        self.batch_size, self.seed = batch_size, seed

    def batch(self, step: int) -> Batch:
        indices = batch_indices(self.trained, self.batch_size, step, self.seed)
        return self._of(indices, half(len(indices), derive(self.seed, "mirror", step)))

    def validation_batch(self) -> Batch | None:
        held = torch.arange(self.trained, len(self.pixels))
        return self._of(held, torch.zeros(len(held), dtype=torch.bool)) if len(held) > 1 else None

    def forward(self, pixels: Tensor, ids: Tensor, mask: Tensor, persons: Tensor) -> Tensor:
        result = self.network(
            input_ids=ids, pixel_values=pixels, attention_mask=mask, return_loss=True
        )
        if not self.identity_weight:
            return result.loss
        return result.loss + self.identity_weight * supervised_contrast(
            result.image_embeds, persons
        )

    def _of(self, indices: Tensor, mirror: Tensor) -> Batch:
        texts = torch.where(mirror, indices + len(self.pixels), indices)
        pixels = flipped(self.pixels[indices], mirror)
        return pixels, self.ids[texts], self.mask[texts], self.persons[indices]


def supervised_contrast(embeddings: Tensor, persons: Tensor) -> Tensor:
    """Compare unit embeddings, float (n, e), with those of the same persons, int64 (n,).

    The mean of the cross-entropy between each photo's partners and all other photos of the batch
    (Khosla et al. 2020, Equation 2), a tensor of one value. Photos without a partner do not count.
    """
    logits = COSINE_SCALE * embeddings @ embeddings.T
    itself = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    chances = logits.masked_fill(itself, -torch.inf).log_softmax(dim=1)
    partners = (persons[:, None] == persons[None]) & ~itself
    number = partners.sum(dim=1)
    sums = torch.where(partners, chances, 0).sum(dim=1)
    return -(sums / number.clamp(min=1)).sum() / (number > 0).sum().clamp(min=1)


class ReconstructionObjective(Objective):
    """Reconstruct images from their latents (Rombach et al. 2022, without the adversary).

    The images, uint8 (n, s, s, 3), are resized to ``resolution`` pixels; a random half of a batch
    is mirrored. ``kl_weight`` is that of the Kullback-Leibler term.
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
        pixels, noise = self._of(indices, derive(self.seed, "noise", step))
        return flipped(pixels, half(len(indices), derive(self.seed, "mirror", step))), noise

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
