"""Benchmark of panel 3: a person's images compared with plain calls of diffusers."""

from collections.abc import Sequence
from functools import partial
from importlib.metadata import version

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from PIL import Image

from benchmarks import timing
from benchmarks.records import Measured
from triptych.config.base_model import (
    AutoencoderParameters,
    DenoiserParameters,
    EncodersParameters,
    LoopParameters,
)
from triptych.config.personalization import SamplingParameters
from triptych.personalization import adapter
from triptych.personalization.base import Parts, assemble
from triptych.personalization.generate import sample
from triptych.personalization.networks.autoencoder import build_autoencoder
from triptych.personalization.networks.denoiser import build_denoiser
from triptych.personalization.networks.encoders import build_encoders, build_tokenizer
from triptych.personalization.photos import embed_images

TITLE = "Panel 3: personalized generation"

SEED = 0
SIDE, PHOTOS, IMAGES = 64, 9, 8
PROMPT = "a photo of a person"
SAMPLING = SamplingParameters(
    steps=10,
    guidance_scale=7.5,
    adapter_scale=0.8,
    images_per_person=IMAGES,
    batch_size=IMAGES,
)
_UNTRAINED = LoopParameters(
    recipe="none",
    steps=1,
    batch_size=1,
    learning_rate=0.1,
    weight_decay=0,
    warmup_steps=0,
    schedule="constant",
    precision_cuda="float32",
    log_every=1,
    checkpoint_every=1,
)

_NOTE = (
    f"Generation: {IMAGES} images of {SIDE}x{SIDE} of one person described by {PHOTOS} photos, "
    f"DDIM with {SAMPLING.steps} steps and guidance, a small Stable Diffusion and IP-Adapter with "
    "random weights, float32. Our code embeds the photos once and makes all images of a person in "
    "one call of the pipeline. The loop calls it for every image with the photos, like examples of "
    "diffusers. The single call gives it the photos and all prompts at once. Checked before "
    "timing: all three give the same images, to one step of 255."
)


def measure(rounds: int) -> Measured:
    """Check that the pairs make the same images, and time each side once a round."""
    pipeline = _pipeline()
    generator = np.random.default_rng(SEED)
    photos = generator.integers(0, 256, (PHOTOS, SIDE, SIDE, 3), dtype=np.uint8)
    ours = partial(_ours, pipeline, photos)
    peers = {
        "the peer loops over the images": partial(_loop, pipeline, photos),
        "the peer in one call": partial(_one_call, pipeline, photos),
    }
    expected = ours().astype(int)
    for name, peer in peers.items():
        difference = np.abs(expected - peer()).max()
        if difference > 1:
            raise RuntimeError(f"{name}: other images, by {difference} of 255")
    pairs = [
        timing.Pair(
            what=f"images of a person, {name}",
            unit="images",
            ours=timing.Contender("triptych", version("triptych"), IMAGES, ours),
            peer=timing.Contender("diffusers", version("diffusers"), IMAGES, peer),
        )
        for name, peer in peers.items()
    ]
    return timing.measure(pairs, rounds, [_NOTE])


def _pipeline() -> StableDiffusionPipeline:
    torch.manual_seed(SEED)
    encoders = EncodersParameters(
        width=192,
        heads=6,
        text_layers=2,
        image_layers=4,
        patch=8,
        embedding=128,
        vocabulary=600,
        longest_text=32,
        identity_weight=0,
        training=_UNTRAINED,
    )
    tokenizer = build_tokenizer([PROMPT], encoders.vocabulary, encoders.longest_text)
    autoencoder = build_autoencoder(
        AutoencoderParameters(
            channels=(32, 64, 64),
            layers_per_block=1,
            latent_channels=4,
            noise=1,
            kl_weight=0,
            training=_UNTRAINED,
        ),
        SIDE,
    )
    unet = build_denoiser(
        DenoiserParameters(
            channels=(64, 128),
            layers_per_block=1,
            heads=4,
            drop_text=0,
            ema_decay=0,
            training=_UNTRAINED,
        ),
        autoencoder,
        encoders.width,
    )
    parts = Parts(autoencoder, build_encoders(encoders, tokenizer, SIDE), tokenizer)
    pipeline = assemble(parts, unet)
    pipeline.set_progress_bar_config(disable=True)
    adapter.initialize(pipeline, SEED)
    for part in (pipeline.unet, pipeline.vae, pipeline.text_encoder, pipeline.image_encoder):
        part.eval().requires_grad_(False)
    pipeline.set_ip_adapter_scale(SAMPLING.adapter_scale)
    return pipeline


def _ours(pipeline: StableDiffusionPipeline, photos: np.ndarray) -> np.ndarray:
    told = embed_images(pipeline, photos)
    return sample(pipeline, [PROMPT] * IMAGES, range(IMAGES), SAMPLING, SIDE, told)


def _loop(pipeline: StableDiffusionPipeline, photos: np.ndarray) -> np.ndarray:
    return np.concatenate([_call(pipeline, photos, [seed]) for seed in range(IMAGES)])


def _one_call(pipeline: StableDiffusionPipeline, photos: np.ndarray) -> np.ndarray:
    return _call(pipeline, photos, range(IMAGES))


def _call(
    pipeline: StableDiffusionPipeline, photos: np.ndarray, seeds: Sequence[int]
) -> np.ndarray:
    images = pipeline(
        [PROMPT] * len(seeds),
        ip_adapter_image=[[Image.fromarray(photo) for photo in photos]],
        height=SIDE,
        width=SIDE,
        num_inference_steps=SAMPLING.steps,
        guidance_scale=SAMPLING.guidance_scale,
        generator=[torch.Generator().manual_seed(seed) for seed in seeds],
        output_type="np",
    ).images
    return (images * 255).round().astype(np.uint8)
