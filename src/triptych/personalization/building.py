"""Build the objective of a base model from files and parameters, in each of its processes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline

from triptych.config.base_model import DenoiserParameters
from triptych.data.faces import Faces
from triptych.job.seeds import derive
from triptych.personalization import base as bases
from triptych.personalization import captions as words
from triptych.personalization.denoising import Captioned, TextObjective
from triptych.personalization.networks.denoiser import build_denoiser, build_scheduler
from triptych.personalization.photos import encode_latents, encode_texts


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


def captioned(
    pipeline: StableDiffusionPipeline, faces: Faces, texts: Sequence[str], resolution: int
) -> Captioned:
    """Encode photos and their captions, their mirror images, and the empty caption."""
    images = faces.images()
    return Captioned(
        latents=encode_latents(
            pipeline.vae, np.concatenate([images, images[:, :, ::-1]]), resolution
        ),
        texts=encode_texts(pipeline, [*texts, *map(words.mirrored, texts)]),
        empty_text=encode_texts(pipeline, [""])[0],
    )
