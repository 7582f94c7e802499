"""Build the objectives of a training from files and parameters, in each of its processes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline

from triptych.config.base_model import DenoiserParameters
from triptych.config.personalization import ConditionDropoutParameters, SetAttentionParameters
from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.job.seeds import derive
from triptych.personalization import adapter, base, captions
from triptych.personalization.denoising import (
    AdapterObjective,
    Captioned,
    ReferenceSets,
    TextObjective,
)
from triptych.personalization.networks.denoiser import build_denoiser, build_scheduler
from triptych.personalization.networks.set_attention import SetSelfAttention
from triptych.personalization.photos import embed_images, encode_latents, encode_texts
from triptych.personalization.references import require_photos
from triptych.storage.folders import verified_folder


@dataclass(frozen=True)
class TextTask:
    """The training of a base model's UNet: files, parameters, seed."""

    photos: Path
    captions: Path
    encoders: Path
    autoencoder: Path
    parameters: DenoiserParameters
    resolution: int
    snr_gamma: float | None
    seed: int


@dataclass(frozen=True)
class AdapterTask:
    """The training of an adapter: files, parameters, seed; see ``steps.train_adapter``."""

    photos: Path
    captions: Path
    base: Path
    start: Path | None
    set_attention: SetAttentionParameters | None
    references: int | None
    dropout: ConditionDropoutParameters
    resolution: int
    snr_gamma: float | None
    batch_size: int
    seed: int


def text_objective(task: TextTask, device: torch.device) -> TextObjective:
    """Encode the photos and build an untrained UNet, on a device."""
    parts = base.load_parts(task.encoders, task.autoencoder)
    torch.manual_seed(derive(task.seed, "weights"))
    width = parts.encoders.config.text_config.hidden_size
    unet = build_denoiser(task.parameters, parts.autoencoder, width)
    pipeline = base.assemble(parts, unet).to(device)
    faces = Faces(task.photos)
    texts = captions.read(task.captions, faces.names)
    return TextObjective(
        unet,
        build_scheduler(),
        captioned(pipeline, faces, texts, task.resolution),
        drop_text=task.parameters.drop_text,
        ema_decay=task.parameters.ema_decay,
        snr_gamma=task.snr_gamma,
        batch_size=task.parameters.training.batch_size,
        seed=derive(task.seed, "photos"),
    )


def adapter_objective(task: AdapterTask, device: torch.device) -> AdapterObjective:
    """Put an adapter into the base model and encode the photos, on a device."""
    pipeline = base.load(task.base, device)
    faces = Faces(task.photos)
    if task.references is not None:
        require_photos(faces, 2)
    texts = captions.read(task.captions, faces.names)
    photos = captioned(pipeline, faces, texts, task.resolution)
    if task.start is None:
        adapter.initialize(pipeline, derive(task.seed, "weights"))
    else:
        adapter.load(pipeline, verified_folder(task.start))
    return AdapterObjective(
        pipeline,
        photos,
        embed_images(pipeline, faces.images()),
        ReferenceSets(faces.by_person(), task.references, derive(task.seed, "references")),
        set_attention=_build_set_attention(task, pipeline),
        dropout=task.dropout,
        snr_gamma=task.snr_gamma,
        batch_size=task.batch_size,
        seed=derive(task.seed, "photos"),
    )


def captioned(
    pipeline: StableDiffusionPipeline, faces: Faces, texts: Sequence[str], resolution: int
) -> Captioned:
    """Encode photos and their captions, and the empty caption."""
    return Captioned(
        latents=encode_latents(pipeline.vae, faces.images(), resolution),
        texts=encode_texts(pipeline, texts),
        empty_text=encode_texts(pipeline, [""])[0],
    )


def _build_set_attention(
    task: AdapterTask, pipeline: StableDiffusionPipeline
) -> SetSelfAttention | None:
    parameters = task.set_attention
    if parameters is None:
        return None
    width = pipeline.image_encoder.config.projection_dim
    if width % parameters.heads:
        raise UserError(
            expected=f"a number of heads that divides {width}, the length of the embedding",
            found=str(parameters.heads),
            where="set_attention.heads",
            remedy="change it in params.yaml",
        )
    torch.manual_seed(derive(task.seed, "set_attention"))
    return SetSelfAttention(
        width,
        layers=parameters.layers,
        heads=parameters.heads,
        output=parameters.output,
    )
