"""The objective that trains a UNet to predict the noise (Equation 17)."""

from dataclasses import dataclass

import torch
from diffusers import DDIMScheduler
from diffusers.training_utils import compute_snr
from torch import Tensor, nn
from torch.nn.functional import mse_loss
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from triptych.job.seeds import derive
from triptych.learning.optimizers import Batch
from triptych.learning.order import batch_indices
from triptych.personalization.photos import Latents
from triptych.personalization.pixels import half
from triptych.personalization.train import Objective, held_out


@dataclass(frozen=True)
class Captioned:
    """Photos ready for a denoising training, and their mirror images.

    Attributes
    ----------
    latents
        Of the n photos, then of their n mirror images.
    texts
        float (2 n, L, width): the encoded captions of both.
    empty_text
        float (L, width): the encoded empty caption.
    """

    latents: Latents
    texts: Tensor
    empty_text: Tensor

    def __len__(self) -> int:
        return len(self.latents) // 2

    def to(self, device: torch.device) -> "Captioned":
        """Return the photos on a device."""
        if self.texts.device == device:
            return self
        latents = Latents(self.latents.mean.to(device), self.latents.std.to(device))
        return Captioned(latents, self.texts.to(device), self.empty_text.to(device))

    def mirrored(self, indices: Tensor, chosen: Tensor) -> Tensor:
        """Return indices, int64 (b,), of photos, or of mirror images where chosen, bool (b,)."""
        return indices + len(self) * chosen


def noised(
    latents: Tensor, scheduler: DDIMScheduler, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Draw noise and a time step for each latent.

    Return the noisy latents and the noise, float (b, c, h, w), and the time steps, int64 (b,).
    """
    noise = torch.randn(latents.shape, generator=generator)
    most = scheduler.config.num_train_timesteps
    timesteps = torch.randint(most, (len(latents),), generator=generator)
    return scheduler.add_noise(latents, noise, timesteps), noise, timesteps


def noise_loss(
    predicted: Tensor,
    noise: Tensor,
    timesteps: Tensor,
    scheduler: DDIMScheduler,
    snr_gamma: float | None,
) -> Tensor:
    """Return the mean squared error of the predicted noise, a tensor of one value.

    Parameters
    ----------
    predicted, noise
        float (b, c, h, w).
    timesteps
        int64 (b,); the noise grows with them.
    snr_gamma
        Signal-to-noise ratio above which a time step weighs less, so that a short training
        learns coarse features first (Hang et al. 2023, Section 3.4); None weighs all equally.
    """
    errors = mse_loss(predicted.float(), noise, reduction="none").mean(dim=(1, 2, 3))
    if snr_gamma is None:
        return errors.mean()
    ratios = compute_snr(scheduler, timesteps)
    return (errors * ratios.clamp(max=snr_gamma) / ratios).mean()


class TextObjective(Objective):
    """A UNet predicts the noise from a caption: the training of a base model.

    Parameters
    ----------
    photos
        The training set; the last photos are held out. A random half of a batch is mirrored.
    drop_text
        Share of empty captions.
    ema_decay
        Of the averaged weights; 0 keeps the last weights.
    """

    network: nn.ModuleDict

    def __init__(
        self,
        unet: nn.Module,
        scheduler: DDIMScheduler,
        photos: Captioned,
        *,
        drop_text: float,
        ema_decay: float,
        snr_gamma: float | None,
        batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.unet = unet
        self.average = AveragedModel(unet, multi_avg_fn=get_ema_multi_avg_fn(ema_decay))
        self.average.requires_grad_(False)
        self.network = nn.ModuleDict({"unet": self.unet, "average": self.average})
        self.scheduler, self.photos, self.snr_gamma = scheduler, photos, snr_gamma
        self.drop_text, self.batch_size, self.seed = drop_text, batch_size, seed
        self.trained = len(photos) - held_out(len(photos))

    @property
    def result(self) -> nn.Module:
        """Return the UNet with the averaged weights."""
        return self.average.module

    def batch(self, step: int) -> Batch:
        indices = batch_indices(self.trained, self.batch_size, step, self.seed)
        chosen = half(len(indices), derive(self.seed, "mirror", step))
        indices = self.photos.mirrored(indices, chosen)
        return self._of(indices, derive(self.seed, "noise", step), self.drop_text)

    def validation_batch(self) -> Batch | None:
        held = torch.arange(self.trained, len(self.photos))
        return self._of(held, derive(self.seed, "validation"), 0.0) if len(held) else None

    def forward(
        self, indices: Tensor, dropped: Tensor, spread: Tensor, noise: Tensor, timesteps: Tensor
    ) -> Tensor:
        noisy, texts = self.gathered(indices, dropped, spread, noise, timesteps)
        predicted = self.unet(noisy, timesteps, texts).sample
        return noise_loss(predicted, noise, timesteps, self.scheduler, self.snr_gamma)

    def gathered(
        self, indices: Tensor, dropped: Tensor, spread: Tensor, noise: Tensor, timesteps: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return noisy latents, float (b, c, h, w), and texts, float (b, L, width), of a batch.

        They are gathered on the device: the texts are larger than all draws of a batch.
        """
        self.photos = photos = self.photos.to(indices.device)
        latents = photos.latents.mean[indices] + photos.latents.std[indices] * spread
        texts = where_dropped(dropped, photos.empty_text, photos.texts[indices])
        return self.scheduler.add_noise(latents, noise, timesteps), texts

    def after_step(self) -> None:
        self.average.update_parameters(self.unet)

    def _of(self, indices: Tensor, seed: int, drop_text: float) -> Batch:
        generator = torch.Generator().manual_seed(seed)
        dropped = torch.rand(len(indices), generator=generator) < drop_text
        shape = (len(indices), *self.photos.latents.mean.shape[1:])
        spread, noise = torch.randn((2, *shape), generator=generator)
        most = self.scheduler.config.num_train_timesteps
        timesteps = torch.randint(most, (len(indices),), generator=generator)
        return indices, dropped, spread, noise, timesteps


def where_dropped(dropped: Tensor, empty: Tensor, texts: Tensor) -> Tensor:
    """Replace the dropped texts, bool (b,), of float (b, L, width) by the empty one."""
    return torch.where(dropped[:, None, None], empty, texts)
