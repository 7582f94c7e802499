"""DreamBooth: fine-tune the whole UNet for one person (Ruiz et al. 2023)."""

import copy
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from numpy.typing import NDArray
from torch import Tensor, nn

from triptych.config.personalization import DreamBoothParameters
from triptych.job.processes import Team
from triptych.job.seeds import derive
from triptych.learning.optimizers import Batch
from triptych.learning.order import batch_indices
from triptych.personalization.denoising import noise_loss, noised
from triptych.personalization.photos import Latents, encode_latents, tokenize
from triptych.personalization.train import Objective, fit


@dataclass(frozen=True)
class Pictures:
    """Latents of n images, and the token ids of their prompts, int64 (n, L)."""

    latents: Latents
    ids: Tensor

    def __len__(self) -> int:
        return len(self.latents)


def encode_pictures(
    pipeline: StableDiffusionPipeline,
    images: NDArray[np.uint8],
    prompts: Sequence[str],
    resolution: int,
) -> Pictures:
    """Encode images, uint8 (n, s, s, 3), and the prompt of each."""
    latents = encode_latents(pipeline.vae, images, resolution)
    return Pictures(latents, tokenize(pipeline.tokenizer, prompts).input_ids)


def name_person(caption: str, name: str, class_words: Sequence[str]) -> str:
    """Put a person's rare word before the first word for the class.

    With the name "sks", "a photo of a person" becomes "a photo of a sks person". A caption without
    a word for the class gets the name and the first such word in front.
    """
    words = "|".join(map(re.escape, class_words))
    named, count = re.subn(rf"\b({words})\b", rf"{name} \1", caption, count=1, flags=re.IGNORECASE)
    return named if count else f"{name} {class_words[0]}, {caption}"


class PriorPreservingObjective(Objective):
    """The UNet predicts the noise in a person's photos, and still in images of the class.

    Every other picture of a batch is the person's, so that one pass computes both losses, and
    so that equal pieces of a batch have as many of both. Of the UNet the parameters that require
    a gradient are trained, and the text encoder only where the parameters say so; a frozen one
    encodes the prompts once.
    """

    texts: Tensor
    ids: Tensor

    def __init__(
        self,
        unet: nn.Module,
        text_encoder: nn.Module,
        scheduler: object,
        instance: Pictures,
        prior: Pictures,
        *,
        parameters: DreamBoothParameters,
        snr_gamma: float | None,
        seed: int,
    ) -> None:
        super().__init__()
        self.network = nn.ModuleDict({"unet": unet})
        self.unet, self.scheduler = unet, scheduler
        self.counts = {"instance": len(instance), "prior": len(prior)}
        self.latents = Latents(
            torch.cat([instance.latents.mean, prior.latents.mean]),
            torch.cat([instance.latents.std, prior.latents.std]),
        )
        ids, self.prompts = torch.cat([instance.ids, prior.ids]).unique(dim=0, return_inverse=True)
        self.register_buffer("ids", ids.to(text_encoder.device))
        self.text_encoder = None
        if parameters.train_text_encoder:
            self.text_encoder = text_encoder.requires_grad_(True)
            self.network["text_encoder"] = text_encoder
        else:
            with torch.no_grad():
                self.register_buffer("texts", text_encoder(self.ids)[0])
        self.recipe, self.snr_gamma, self.seed = parameters, snr_gamma, seed

    def batch(self, step: int) -> Batch:
        generator = torch.Generator().manual_seed(derive(self.seed, "noise", step))
        size = self.recipe.training.batch_size
        instance, prior = (
            batch_indices(count, size, step, derive(self.seed, name))
            for name, count in self.counts.items()
        )
        indices = torch.stack([instance, prior + self.counts["instance"]], dim=1).flatten()
        latents = self.latents.sample(indices, generator)
        return (*noised(latents, self.scheduler, generator), self.prompts[indices])

    def forward(self, noisy: Tensor, noise: Tensor, timesteps: Tensor, prompts: Tensor) -> Tensor:
        texts = self.texts if self.text_encoder is None else self.text_encoder(self.ids)[0]
        predicted = self.unet(noisy, timesteps, texts[prompts]).sample
        own, prior = (
            noise_loss(
                predicted[k::2], noise[k::2], timesteps[k::2], self.scheduler, self.snr_gamma
            )
            for k in (0, 1)
        )
        return own + self.recipe.prior_weight * prior


def personalize(
    pipeline: StableDiffusionPipeline,
    instance: Pictures,
    prior: Pictures,
    parameters: DreamBoothParameters,
    *,
    snr_gamma: float | None,
    seed: int,
    team: Team,
    description: str,
) -> tuple[StableDiffusionPipeline, str]:
    """Fine-tune copies of a base model's networks for one person.

    The base model does not change: every person begins with its weights. Return a pipeline of the
    person, and the SHA-256 of its trained weights, which are not stored.
    """
    unet, text_encoder = copy.deepcopy(pipeline.unet), copy.deepcopy(pipeline.text_encoder)
    objective = PriorPreservingObjective(
        unet.requires_grad_(True),
        text_encoder,
        pipeline.scheduler,
        instance,
        prior,
        parameters=parameters,
        snr_gamma=snr_gamma,
        seed=seed,
    )
    loop = parameters.training
    fit(objective, loop, seed=seed, team=team, workspace=None, description=description)
    unet.requires_grad_(False).eval()
    text_encoder.requires_grad_(False).eval()
    components = {**pipeline.components, "unet": unet, "text_encoder": text_encoder}
    personal = StableDiffusionPipeline(**components, requires_safety_checker=False)
    personal.set_progress_bar_config(disable=True)
    return personal, _hash(objective.network)


def _hash(network: nn.Module) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.detach().cpu().numpy().tobytes())
    return digest.hexdigest()
