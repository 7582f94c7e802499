"""The base model: a Stable Diffusion pipeline in a folder of diffusers' format."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from diffusers.utils import logging as diffusers_logging
from safetensors import SafetensorError
from transformers import CLIPModel, CLIPTextModel, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from triptych.errors import UserError
from triptych.learning.finite import require_finite_weights
from triptych.personalization.networks.denoiser import build_scheduler
from triptych.personalization.networks.encoders import (
    build_image_processor,
    image_encoder_of,
    text_encoder_of,
)
from triptych.storage.folders import publish_folder, verified_folder

# A progress bar for each opened file would hide the bars of this package.
diffusers_logging.disable_progress_bar()
transformers_logging.disable_progress_bar()

_INDEX = "model_index.json"
_WEIGHTS: dict[str, Any] = {
    "unet": UNet2DConditionModel,
    "vae": AutoencoderKL,
    "text_encoder": CLIPTextModel,
}
_NEEDED = (*_WEIGHTS, "tokenizer", "scheduler", "feature_extractor")


@dataclass(frozen=True)
class Parts:
    """The parts of a base model that are trained before its UNet."""

    autoencoder: AutoencoderKL
    encoders: CLIPModel
    tokenizer: CLIPTokenizer


def save_encoders(manifest: Path, encoders: CLIPModel, tokenizer: CLIPTokenizer) -> None:
    """Write both encoders and the tokenizer into the folder of a manifest."""

    def write(folder: Path) -> None:
        encoders.save_pretrained(folder)
        tokenizer.save_pretrained(folder)

    publish_folder(manifest, write)


def save_autoencoder(manifest: Path, autoencoder: AutoencoderKL) -> None:
    """Write an autoencoder into the folder of a manifest."""
    publish_folder(manifest, autoencoder.save_pretrained)


def load_parts(encoders: Path, autoencoder: Path) -> Parts:
    """Read the files of :func:`save_encoders` and :func:`save_autoencoder` by their manifests.

    Raises
    ------
    UserError
        A file is missing or altered.
    """
    folder = str(verified_folder(encoders))
    return Parts(
        AutoencoderKL.from_pretrained(
            str(verified_folder(autoencoder)), use_safetensors=True, local_files_only=True
        ),
        CLIPModel.from_pretrained(folder, use_safetensors=True, local_files_only=True),
        CLIPTokenizer.from_pretrained(folder, local_files_only=True),
    )


def assemble(parts: Parts, unet: UNet2DConditionModel) -> StableDiffusionPipeline:
    """Join trained parts into a pipeline with an image encoder."""
    side = parts.encoders.config.vision_config.image_size
    return StableDiffusionPipeline(
        vae=parts.autoencoder,
        text_encoder=text_encoder_of(parts.encoders),
        tokenizer=parts.tokenizer,
        unet=unet,
        scheduler=build_scheduler(),
        safety_checker=None,
        feature_extractor=build_image_processor(side),
        image_encoder=image_encoder_of(parts.encoders),
        requires_safety_checker=False,
    )


def save(manifest: Path, parts: Parts, unet: UNet2DConditionModel) -> None:
    """Write a whole base model into the folder of a manifest."""
    publish_folder(manifest, assemble(parts, unet).save_pretrained)


def load(manifest: Path, device: torch.device) -> StableDiffusionPipeline:
    """Open a base model, trained here or published, from local files alone.

    Raises
    ------
    UserError
        A part is missing or damaged.
    """
    folder = verified_folder(manifest)
    missing = [name for name in _NEEDED if not any((folder / name).glob("*.json"))]
    if not (folder / _INDEX).is_file():
        missing.insert(0, _INDEX)
    if missing:
        raise _no_base(folder, f"no {', no '.join(missing)}")
    try:
        pipeline = StableDiffusionPipeline.from_pretrained(
            str(folder),
            **{name: _open_part(folder / name, kind) for name, kind in _WEIGHTS.items()},
            safety_checker=None,
            requires_safety_checker=False,
            use_safetensors=True,
            local_files_only=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, SafetensorError) as error:
        raise _no_base(folder, " ".join(str(error).split())[:300]) from None
    # A tokenizer without its vocabulary opens without an error, and knows no word.
    known, read = len(pipeline.tokenizer), pipeline.text_encoder.config.vocab_size
    if known != read:
        raise _no_base(folder, f"a tokenizer of {known} entries, a text_encoder of {read}")
    # The published model names another scheduler. The paper samples with DDIM's steps, as models
    # that are trained here do.
    pipeline.scheduler = DDIMScheduler.from_config(
        pipeline.scheduler.config, clip_sample=False, set_alpha_to_one=False, steps_offset=1
    )
    pipeline.set_progress_bar_config(disable=True)
    for part in pipeline.components.values():
        if isinstance(part, torch.nn.Module):
            part.requires_grad_(False).eval()
    return pipeline.to(device)


def _open_part(folder: Path, kind: Any) -> torch.nn.Module:
    """Read one network, all of its weights.

    The libraries fill missing weights with random numbers, or leave them without any.
    """
    part, report = kind.from_pretrained(
        str(folder),
        torch_dtype=torch.float32,
        low_cpu_mem_usage=False,
        use_safetensors=True,
        local_files_only=True,
        output_loading_info=True,
    )
    lacking = sorted({*report["missing_keys"], *(key for key, *_ in report["mismatched_keys"])})
    if lacking:
        raise _no_base(folder, f"missing, or of another shape: {', '.join(lacking)}")
    require_finite_weights(part.state_dict(), folder)
    return part


def _no_base(folder: Path, problem: str) -> UserError:
    return UserError(
        expected="a base model in diffusers' format: " + ", ".join((_INDEX, *_NEEDED)),
        found=problem,
        where=str(folder),
        remedy="name a whole base model, or delete the folder and run the workflow again",
    )
