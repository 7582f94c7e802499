"""The objective of the small autoencoder of a base model."""

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import l1_loss

from triptych.config.base_model import AutoencoderParameters
from triptych.job.seeds import derive
from triptych.learning.optimizers import Batch
from triptych.learning.order import batch_indices
from triptych.personalization.networks.patch_code import PatchCode
from triptych.personalization.pixels import flipped, half, to_pixels
from triptych.personalization.train import Objective, held_out


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
