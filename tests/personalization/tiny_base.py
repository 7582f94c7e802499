"""A base model, photos and recipes of the smallest size: what panel 3's tests share."""

import copy
import hashlib
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from torch import nn

from triptych.config.base_model import (
    AutoencoderParameters,
    DenoiserParameters,
    EncodersParameters,
    LoopParameters,
)
from triptych.config.lora import LoraParameters
from triptych.config.personalization import (
    ConditionDropoutParameters,
    DreamBoothParameters,
    FaceNetworkParameters,
    SamplingParameters,
)
from triptych.data.drawn.faces import draw
from triptych.data.faces import Faces, save
from triptych.job.processes import Team
from triptych.personalization import adapter, base, captions
from triptych.personalization.networks.autoencoder import build_autoencoder
from triptych.personalization.networks.denoiser import build_denoiser
from triptych.personalization.networks.encoders import build_encoders, build_tokenizer
from triptych.personalization.networks.face_network import FaceNetwork
from triptych.personalization.networks.set_attention import SetSelfAttention

CPU = torch.device("cpu")
ALONE = Team(CPU)
SIDE, WIDTH = 16, 16
WORDS = ["a photo of a person, smiling, light from the left", "a sks person, bright background"]
# Whose the photos are, by number.
PERSONS = {"Ann": [0, 2, 4, 6, 8], "Bob": [1, 3, 5, 7, 9]}


def loop(**changes) -> LoopParameters:
    """A training of a few steps."""
    values = {
        "recipe": "test",
        "steps": 4,
        "batch_size": 4,
        "learning_rate": 0.01,
        "weight_decay": 0.01,
        "warmup_steps": 0,
        "schedule": "cosine",
        "precision_cuda": "float32",
        "log_every": 2,
        "checkpoint_every": 2,
    }
    return LoopParameters(**{**values, **changes})


ENCODERS = EncodersParameters(
    width=WIDTH,
    heads=2,
    text_layers=1,
    image_layers=1,
    patch=8,
    embedding=WIDTH,
    vocabulary=600,
    longest_text=16,
    identity_weight=0.0,
    training=loop(),
)
AUTOENCODER = AutoencoderParameters(
    channels=(8, 8),
    layers_per_block=1,
    latent_channels=4,
    noise=0.05,
    kl_weight=0.005,
    training=loop(),
)
DENOISER = DenoiserParameters(
    channels=(8, 16), layers_per_block=1, heads=2, drop_text=0.1, ema_decay=0.5, training=loop()
)
FACE_NETWORK = FaceNetworkParameters(channels=(8, 8), embedding=WIDTH, training=loop(batch_size=8))
DROPOUT = ConditionDropoutParameters(image=0.05, text=0.05, both=0.05)


def sampling(**changes) -> SamplingParameters:
    """Two steps of the scheduler."""
    values = {"steps": 2, "guidance_scale": 3.0, "adapter_scale": 0.8}
    return SamplingParameters(**{**values, "images_per_person": 2, "batch_size": 4, **changes})


def dreambooth(training=None, **changes) -> DreamBoothParameters:
    """A fine-tuning of two steps for each person."""
    values = {
        "training": training or loop(steps=2, batch_size=2, schedule="constant"),
        "prior_images": 2,
        "prior_weight": 1.0,
        "class_prompt": "a photo of a person",
        "class_words": ["person", "man", "woman"],
        "name": "sks",
        "train_text_encoder": False,
        "jobs": 1,
    }
    return DreamBoothParameters(**{**values, **changes})


def lora(training=None) -> LoraParameters:
    """A LoRA of rank two, trained for two steps."""
    return LoraParameters(rank=2, training=training or dreambooth().training)


def drawn(folder: Path, split="test", persons=3, photos=5, seed=3) -> tuple[Path, Path]:
    """Drawn persons and what was drawn of them: a file of photos, and one of captions."""
    folder.mkdir(parents=True, exist_ok=True)
    path, told = folder / f"{split}.safetensors", folder / f"{split}.csv"
    save("drawn_faces", draw(split, persons, photos, side=SIDE, seed=seed), path)
    faces = Faces(path)
    captions.write(told, faces.names, faces.descriptions)
    return path, told


def random_parts(seed=0) -> base.Parts:
    """Encoders and an autoencoder with the random weights of a seed."""
    torch.manual_seed(seed)
    tokenizer = build_tokenizer(WORDS, ENCODERS.vocabulary, ENCODERS.longest_text)
    autoencoder = build_autoencoder(AUTOENCODER, SIDE)
    return base.Parts(autoencoder, build_encoders(ENCODERS, tokenizer, SIDE), tokenizer)


def save_random_base(manifest: Path, seed=0) -> None:
    """A base model with the random weights of a seed: its images differ by prompt and noise."""
    parts = random_parts(seed)
    base.save(manifest, parts, build_denoiser(DENOISER, parts.autoencoder, WIDTH))


def fresh(pipeline: StableDiffusionPipeline) -> StableDiffusionPipeline:
    """A copy that a test may change."""
    return copy.deepcopy(pipeline)


def with_adapter(
    pipeline: StableDiffusionPipeline, seed=1, face_network=None
) -> StableDiffusionPipeline:
    """A copy with an adapter whose parts all differ from how they begin."""
    copied = fresh(pipeline)
    adapter.initialize(copied, seed, face_network)
    stir(adapter.trained_parts(copied), seed, amount=0.3)
    return copied


def random_face_network(seed=1) -> FaceNetwork:
    """A face network with random weights, whose embeddings are longer than an image encoder's."""
    torch.manual_seed(seed)
    return FaceNetwork((8, 8), WIDTH + 4, persons=2).requires_grad_(False).eval()


def stirred_face_network() -> FaceNetwork:
    """A face network of four persons, with the weights of a training."""
    torch.manual_seed(1)
    network = FaceNetwork(FACE_NETWORK.channels, FACE_NETWORK.embedding, persons=4)
    stir(network, seed=1, amount=0.3)
    network.prototypes = embeddings(4, FACE_NETWORK.embedding)
    return network.eval().requires_grad_(False)


def stirred_attention(seed=1, **changes) -> SetSelfAttention:
    """A self-attention over photos with the weights of a training."""
    torch.manual_seed(seed)
    attention = SetSelfAttention(**{"width": WIDTH, "layers": 1, "heads": 2, **changes})
    return stir(attention, seed, amount=0.3).requires_grad_(False).eval()


def stir(network: nn.Module, seed: int, amount=0.1) -> nn.Module:
    """Change all weights a little, so that nothing is zero or one any more."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(amount * torch.randn(parameter.shape, generator=generator))
    return network


def embeddings(*shape: int, seed=5) -> torch.Tensor:
    """What an image encoder might say."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def noised_by_hand(scheduler, clean, noise, timesteps) -> torch.Tensor:
    """Equation 17: noisy latents from clean ones, noise and time steps."""
    kept = scheduler.alphas_cumprod[timesteps][:, None, None, None]
    return kept.sqrt() * clean + (1 - kept).sqrt() * noise


def fingerprint(*networks: nn.Module) -> str:
    """A hash of all weights."""
    digest = hashlib.sha256()
    for network in networks:
        for name, value in network.state_dict().items():
            digest.update(name.encode() + np.ascontiguousarray(value.cpu().numpy()).tobytes())
    return digest.hexdigest()
