"""The objectives of the small encoders and the small autoencoder of a base model."""

from collections.abc import Sequence

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import l1_loss
from transformers import CLIPModel, CLIPTokenizer

from triptych.config.base_model import AutoencoderParameters
from triptych.job.seeds import derive
from triptych.learning.optimizers import Batch
from triptych.learning.order import batch_indices
from triptych.personalization.captions import mirrored
from triptych.personalization.networks.encoders import build_image_processor
from triptych.personalization.networks.face_network import COSINE_SCALE
from triptych.personalization.networks.patch_code import PatchCode
from triptych.personalization.photos import tokenize
from triptych.personalization.pixels import flipped, half, shifted, to_pixels
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
        uint8 (n, s, s, 3). A random half of a batch is mirrored, with its captions, and every
        photo is shifted slightly.
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
        pixels, *rest = self._of(indices, half(len(indices), derive(self.seed, "mirror", step)))
        generator = torch.Generator().manual_seed(derive(self.seed, "shift", step))
        return shifted(pixels, generator), *rest

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
    """Reconstruct images from latents near a linear code, see :class:`PatchCode`.

    The loss is the L1 distance of image and reconstruction, and ``kl_weight`` times the
    Kullback-Leibler divergence of the encoder's latents from a normal distribution around the code
    (Rombach et al. 2022 have one around zero), with the deviation ``noise``. At first the decoder
    sees the code; a growing share of the images of a batch, in the end all of them, comes from the
    encoder.

    The images, uint8 (n, s, s, 3), are resized to ``resolution`` pixels; a random half of a batch
    is mirrored.
    """

    network: AutoencoderKL

    def __init__(
        self,
        autoencoder: AutoencoderKL,
        images: NDArray[np.uint8],
        resolution: int,
        *,
        parameters: AutoencoderParameters,
        seed: int,
    ) -> None:
        super().__init__()
        self.network = autoencoder
        self.images, self.resolution = images, resolution
        self.trained = len(images) - held_out(len(images))
        self.recipe, self.seed = parameters, seed
        side = 2 ** (len(parameters.channels) - 1)
        pixels = to_pixels(images[: self.trained], resolution)
        self.code = PatchCode.of(pixels, side, parameters.latent_channels)

    def batch(self, step: int) -> Batch:
        training = self.recipe.training
        indices = batch_indices(self.trained, training.batch_size, step, self.seed)
        generator = torch.Generator().manual_seed(derive(self.seed, "noise", step))
        pixels = to_pixels(self.images[indices.numpy()], self.resolution)
        pixels = flipped(pixels, half(len(indices), derive(self.seed, "mirror", step)))
        encoded = torch.rand(len(indices), generator=generator) < step / training.steps
        return self._of(pixels, encoded, generator)

    def validation_batch(self) -> Batch | None:
        if self.trained == len(self.images):
            return None
        generator = torch.Generator().manual_seed(derive(self.seed, "validation"))
        pixels = to_pixels(self.images[self.trained :], self.resolution)
        return self._of(pixels, torch.ones(len(pixels), dtype=torch.bool), generator)

    def forward(self, pixels: Tensor, code: Tensor, encoded: Tensor, noise: Tensor) -> Tensor:
        posterior, spread = self.network.encode(pixels).latent_dist, self.recipe.noise
        variance_ratio = posterior.var / spread**2
        misses = (posterior.mean - code) ** 2 / spread**2
        divergence = (misses + variance_ratio - 1 - variance_ratio.log()).mean() / 2
        given = encoded[:, None, None, None]
        mean, deviation = (
            torch.where(given, posterior.mean, code),
            torch.where(given, posterior.std, spread),
        )
        decoded = self.network.decode(mean + deviation * noise).sample
        return l1_loss(decoded, pixels) + self.recipe.kl_weight * divergence

    def _of(self, pixels: Tensor, encoded: Tensor, generator: torch.Generator) -> Batch:
        code = self.code.encode(pixels)
        return pixels, code, encoded, torch.randn(code.shape, generator=generator)
