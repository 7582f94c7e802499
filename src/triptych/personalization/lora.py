"""DreamBooth with LoRA: factors of low rank in the UNet's attention, for one person each."""

import copy
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from diffusers.utils import convert_state_dict_to_diffusers
from numpy.typing import NDArray
from peft import LoraConfig
from peft.utils import get_peft_model_state_dict
from torch import Tensor

from triptych.config.lora import LoraParameters
from triptych.config.personalization import DreamBoothParameters, SamplingParameters
from triptych.job.processes import Team
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.personalization import base as bases
from triptych.personalization.dreambooth import Pictures, PriorPreservingObjective
from triptych.personalization.generate import Row, sample
from triptych.personalization.requests import RequestSet
from triptych.personalization.rows import PersonPictures
from triptych.personalization.train import fit
from triptych.storage.files import sha256
from triptych.storage.folders import publish_folder

# The projections of every attention, as in the example of diffusers.
_TARGETS = ["to_k", "to_q", "to_v", "to_out.0"]
_FILE = "pytorch_lora_weights.safetensors"

LoraWeights = Mapping[str, Tensor]


def train_lora(
    pipeline: StableDiffusionPipeline,
    instance: Pictures,
    prior: Pictures,
    dreambooth: DreamBoothParameters,
    parameters: LoraParameters,
    *,
    snr_gamma: float | None,
    seed: int,
    team: Team,
    description: str,
) -> LoraWeights:
    """Train a LoRA for one person; the base model does not change.

    Losses and photos are those of :class:`PriorPreservingObjective`; the text encoder is frozen.
    Return the factors by their public names.
    """
    unet = copy.deepcopy(pipeline.unet).requires_grad_(False)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive(seed, "weights"))
        unet.add_adapter(
            LoraConfig(
                r=parameters.rank,
                lora_alpha=parameters.rank,
                init_lora_weights="gaussian",
                target_modules=_TARGETS,
            )
        )
    loop = parameters.training
    objective = PriorPreservingObjective(
        unet,
        pipeline.text_encoder,
        pipeline.scheduler,
        instance,
        prior,
        parameters=dreambooth.model_copy(update={"training": loop, "train_text_encoder": False}),
        snr_gamma=snr_gamma,
        seed=seed,
    )
    fit(objective, loop, seed=seed, team=team, workspace=None, description=description)
    return convert_state_dict_to_diffusers(get_peft_model_state_dict(unet))


def train_loras(
    asked: RequestSet,
    base: Path,
    class_images: NDArray[np.uint8],
    dreambooth: DreamBoothParameters,
    parameters: LoraParameters,
    resolution: int,
    *,
    snr_gamma: float | None,
    seed: int,
    device: torch.device,
    workspace: Workspace,
) -> dict[str, LoraWeights]:
    """Train a LoRA for each person; a killed job loses at most the person in progress.

    Parameters
    ----------
    asked
        The persons; captions and prompts name the person.
    base
        The manifest of the base model.
    class_images
        uint8 (n, s, s, 3), for prior preservation.
    seed
        Seed from which each person's seed is derived.

    Returns
    -------
    dict
        The factors of each person.
    """
    loras: dict[str, LoraWeights] = {}
    pictures: PersonPictures | None = None
    for request in asked.requests:
        person = request.subject.name
        if (finished := workspace.load(person)) is None:
            pictures = pictures or PersonPictures(
                asked, bases.load(base, device), class_images, dreambooth, resolution
            )
            weights = train_lora(
                pictures.pipeline,
                pictures.of(request),
                pictures.prior,
                dreambooth,
                parameters,
                snr_gamma=snr_gamma,
                seed=derive(seed, person),
                team=Team(device),
                description=f"LoRA {person}",
            )
            workspace.save(person, weights, {})
        else:
            weights = finished[0]
        loras[person] = weights
    return loras


def save_loras(manifest: Path, loras: Mapping[str, LoraWeights]) -> None:
    """Write each person's LoRA in a folder of its own, below the folder of a manifest.

    ``StableDiffusionPipeline.load_lora_weights(folder / person)`` reads it without this package.
    """
    publish_folder(manifest, partial(_fill, loras=loras))


def _fill(folder: Path, loras: Mapping[str, LoraWeights]) -> None:
    for person, weights in loras.items():
        StableDiffusionPipeline.save_lora_weights(folder / person, unet_lora_layers=weights)


def lora_row(
    asked: RequestSet,
    base: Path,
    folder: Path,
    sampling: SamplingParameters,
    resolution: int,
    device: torch.device,
) -> Row:
    """Prepare the row that is generated with the stored LoRA of each person, see `save_loras`."""
    pipeline = bases.load(base, device)

    def generated(position: int) -> tuple[NDArray[np.uint8], str]:
        request = asked.requests[position]
        place = folder / request.subject.name
        # The pipeline's own function would warn that no factor is for the text encoder.
        pipeline.unet.load_lora_adapter(place, prefix="unet", weight_name=_FILE)
        images = sample(pipeline, request.prompts, request.seeds, sampling, resolution)
        pipeline.unload_lora_weights()
        return images, sha256(place / _FILE)

    return Row(generated, asked.subjects)
