"""The objectives that train a UNet, or an adapter in it, to predict the noise (Equation 17)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline
from diffusers.training_utils import compute_snr
from torch import Tensor, nn
from torch.nn.functional import mse_loss
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from triptych.config.personalization import ConditionDropoutParameters
from triptych.job.seeds import derive
from triptych.learning.optimizers import Batch
from triptych.learning.order import batch_indices
from triptych.personalization import adapter
from triptych.personalization.networks.set_attention import SetSelfAttention
from triptych.personalization.objectives import held_out
from triptych.personalization.photos import Latents
from triptych.personalization.references import choose, shuffled
from triptych.personalization.train import Objective


@dataclass(frozen=True)
class Captioned:
    """Photos ready for a denoising training.

    Attributes
    ----------
    texts
        float (n, L, width): the encoded captions.
    empty_text
        float (L, width): the encoded empty caption.
    """

    latents: Latents
    texts: Tensor
    empty_text: Tensor

    def __len__(self) -> int:
        return len(self.latents)


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
        The training set; the last photos are held out.
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
        return self._of(indices, derive(self.seed, "noise", step), self.drop_text)

    def validation_batch(self) -> Batch | None:
        held = torch.arange(self.trained, len(self.photos))
        return self._of(held, derive(self.seed, "validation"), 0.0) if len(held) else None

    def forward(self, noisy: Tensor, noise: Tensor, timesteps: Tensor, texts: Tensor) -> Tensor:
        predicted = self.unet(noisy, timesteps, texts).sample
        return noise_loss(predicted, noise, timesteps, self.scheduler, self.snr_gamma)

    def after_step(self) -> None:
        self.average.update_parameters(self.unet)

    def _of(self, indices: Tensor, seed: int, drop_text: float) -> Batch:
        generator = torch.Generator().manual_seed(seed)
        latents = self.photos.latents.sample(indices, generator)
        dropped = torch.rand(len(indices), generator=generator) < drop_text
        texts = _where(dropped, self.photos.empty_text, self.photos.texts[indices])
        return (*noised(latents, self.scheduler, generator), texts)


class AdapterObjective(Objective):
    """An adapter's parts predict the noise from a caption and photos; the rest is frozen.

    Parameters
    ----------
    embeddings
        float (n, width): the image encoder's embedding of each photo.
    reference_sets
        Indices of the photos that describe each photo, drawn at every step.
    set_attention
        Trained with the adapter; None trains without it.
    """

    network: nn.ModuleDict

    def __init__(
        self,
        pipeline: StableDiffusionPipeline,
        photos: Captioned,
        embeddings: Tensor,
        reference_sets: "ReferenceSets",
        *,
        set_attention: SetSelfAttention | None,
        dropout: ConditionDropoutParameters,
        snr_gamma: float | None,
        batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        parts = adapter.trained_parts(pipeline).requires_grad_(True)
        self.network = nn.ModuleDict({"adapter": parts})
        self.pipeline = pipeline
        self.set_attention = set_attention
        if set_attention is not None:
            self.network["set_attention"] = set_attention
        self.unet, self.scheduler = pipeline.unet, pipeline.scheduler
        self.photos, self.embeddings = photos, embeddings
        self.reference_sets, self.dropout = reference_sets, dropout
        self.snr_gamma = snr_gamma
        self.batch_size, self.seed = batch_size, seed

    def batch(self, step: int) -> Batch:
        generator = torch.Generator().manual_seed(derive(self.seed, "noise", step))
        chosen = self.reference_sets.draw(step, self.batch_size)
        targets = torch.tensor([target for target, _ in chosen])
        references = torch.tensor([references for _, references in chosen])
        latents = self.photos.latents.sample(targets, generator)
        no_image, no_text = self._dropped(len(chosen), generator)
        texts = _where(no_text, self.photos.empty_text, self.photos.texts[targets])
        noisy = noised(latents, self.scheduler, generator)
        return (*noisy, texts, self.embeddings[references], no_image)

    def forward(
        self,
        noisy: Tensor,
        noise: Tensor,
        timesteps: Tensor,
        texts: Tensor,
        embeddings: Tensor,
        no_image: Tensor,
    ) -> Tensor:
        if self.set_attention is not None:
            embeddings = self.set_attention(embeddings)
        # After the self-attention, whose answer to zeros is not zero once it is trained.
        embeddings = embeddings.masked_fill(no_image[:, None, None], 0.0)
        condition = {"image_embeds": [embeddings]}
        predicted = self.unet(noisy, timesteps, texts, added_cond_kwargs=condition).sample
        return noise_loss(predicted, noise, timesteps, self.scheduler, self.snr_gamma)

    def _dropped(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw for which photos the image condition, and the text, are dropped."""
        drawn = torch.rand(count, generator=generator)
        image, text = self.dropout.image, self.dropout.text
        both = image + text + self.dropout.both
        no_image = (drawn < image) | ((drawn >= image + text) & (drawn < both))
        no_text = (drawn >= image) & (drawn < both)
        return no_image, no_text


class ReferenceSets:
    """Draws a photo to restore and the photos that describe it (Section 3.2).

    Parameters
    ----------
    by_person
        The indices of each person's photos.
    wanted
        Photos that describe a photo; None: each photo describes itself, as in the training of
        the public adapter.
    """

    def __init__(
        self, by_person: Mapping[str, Sequence[int]], wanted: int | None, seed: int
    ) -> None:
        self.photos = [tuple(photos) for photos in by_person.values()]
        self.flat = [photo for photos in self.photos for photo in photos]
        self.wanted, self.seed = wanted, seed

    def draw(self, step: int, batch_size: int) -> list[tuple[int, tuple[int, ...]]]:
        """Return the photos to restore in a step, each with the photos that describe it."""
        if self.wanted is None:
            order = batch_indices(len(self.flat), batch_size, step, self.seed).tolist()
            return [(self.flat[index], (self.flat[index],)) for index in order]
        # Persons come in epochs; a batch larger than their number contains some twice.
        rounds = range(step * batch_size, (step + 1) * batch_size)
        return [self._remove_one(position, self.wanted) for position in rounds]

    def _remove_one(self, position: int, wanted: int) -> tuple[int, tuple[int, ...]]:
        """Remove one photo of a person uniformly at random and keep the others."""
        person = batch_indices(len(self.photos), 1, position, self.seed).item()
        seed = derive(self.seed, "removed", position)
        removed, *others = shuffled(self.photos[int(person)], seed)
        return removed, choose(others, wanted, derive(seed, "bootstrap"))


def _where(dropped: Tensor, empty: Tensor, texts: Tensor) -> Tensor:
    return torch.where(dropped[:, None, None], empty, texts)
