"""Build the objectives of a training from files and parameters, in each of its processes."""

from collections.abc import Sequence
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline

from triptych.config.base_model import DenoiserParameters
from triptych.config.personalization import ConditionDropoutParameters, SetAttentionParameters
from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.job.seeds import derive
from triptych.personalization import adapter
from triptych.personalization import base as bases
from triptych.personalization import captions as words
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


def text_objective(
    device: torch.device,
    *,
    photos: Path,
    captions: Path,
    encoders: Path,
    autoencoder: Path,
    parameters: DenoiserParameters,
    resolution: int,
    snr_gamma: float | None,
    seed: int,
) -> TextObjective:
    """Encode the photos and build an untrained UNet, on a device."""
    parts = bases.load_parts(encoders, autoencoder)
    torch.manual_seed(derive(seed, "weights"))
    width = parts.encoders.config.text_config.hidden_size
    unet = build_denoiser(parameters, parts.autoencoder, width)
    pipeline = bases.assemble(parts, unet).to(device)
    faces = Faces(photos)
    texts = words.read(captions, faces.names)
    return TextObjective(
        unet,
        build_scheduler(),
        captioned(pipeline, faces, texts, resolution),
        drop_text=parameters.drop_text,
        ema_decay=parameters.ema_decay,
        snr_gamma=snr_gamma,
        batch_size=parameters.training.batch_size,
        seed=derive(seed, "photos"),
    )


def adapter_objective(
    device: torch.device,
    *,
    photos: Path,
    captions: Path,
    base: Path,
    start: Path | None,
    set_attention: SetAttentionParameters | None,
    references: int | None,
    dropout: ConditionDropoutParameters,
    resolution: int,
    snr_gamma: float | None,
    batch_size: int,
    seed: int,
) -> AdapterObjective:
    """Put an adapter into the base model and encode the photos, on a device."""
    pipeline = bases.load(base, device)
    faces = Faces(photos)
    if references is not None:
        require_photos(faces, 2)
    texts = words.read(captions, faces.names)
    encoded = captioned(pipeline, faces, texts, resolution)
    if start is None:
        adapter.initialize(pipeline, derive(seed, "weights"))
    else:
        adapter.load(pipeline, verified_folder(start))
    return AdapterObjective(
        pipeline,
        encoded,
        embed_images(pipeline, faces.images()),
        ReferenceSets(faces.by_person(), references, derive(seed, "references")),
        set_attention=_build_set_attention(set_attention, pipeline, seed),
        dropout=dropout,
        snr_gamma=snr_gamma,
        batch_size=batch_size,
        seed=derive(seed, "photos"),
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
    parameters: SetAttentionParameters | None, pipeline: StableDiffusionPipeline, seed: int
) -> SetSelfAttention | None:
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
    torch.manual_seed(derive(seed, "set_attention"))
    return SetSelfAttention(
        width, layers=parameters.layers, heads=parameters.heads, output=parameters.output
    )
