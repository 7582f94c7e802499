"""GPU memory and operations of panel 3's jobs, counted from their layers; nothing is computed."""

import weakref
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from triptych.config.base_model import BaseSource, LoopParameters, TrainedBase
from triptych.config.personalization import SamplingParameters
from triptych.job.work import GpuNeed
from triptych.personalization.networks.autoencoder import build_autoencoder
from triptych.personalization.networks.denoiser import build_denoiser

_BYTES = 4
# Of each trained weight: the gradient, and both moments of AdamW.
_PER_WEIGHT = 3
# The backward pass computes gradients of inputs and of weights: twice the forward pass.
_PASSES = 3
# Stable Diffusion 1.5: the width and the tokens of its texts, the widths of its autoencoder, and
# the encoders of texts and, with the adapter, of images (ViT-L/14 and ViT-H/14), in weights.
_TEXT_WIDTH, _TOKENS, _WIDTHS, _ENCODERS = 768, 77, (128, 256, 512, 512), 755e6
# LLaVA-1.5 7B in float16: its weights, the tokens of a photo, and those of question and answer.
_LLAVA, _PHOTO_TOKENS, _TEXT_TOKENS = 7.06e9, 576, 100


@cache
def training_need(
    name: str,
    base: BaseSource,
    resolution: int,
    training: LoopParameters,
    *,
    images: int,
    runs: int,
    whole: bool,
) -> GpuNeed:
    """Count what one process of a training of the UNet needs of its GPU.

    Parameters
    ----------
    images
        Images of one forward pass.
    runs
        Trainings of the job, one after another, with all their passes and processes.
    whole
        Whether all weights are trained, or only keys and values of the cross-attention, as many
        as an adapter has.
    """
    with FakeTensorMode(), torch.autocast("cpu", torch.bfloat16, enabled=_lower(training)):
        unet = _unet(base, resolution)
        for key, weight in unet.named_parameters():
            weight.requires_grad_(whole or ".attn2.to_k." in key or ".attn2.to_v." in key)
        counter, live = FlopCounterMode(display=False), _Live()
        with counter, live:
            _pass(unet, base, resolution, images)
        trained = sum(p.numel() for p in unet.parameters() if p.requires_grad)
        weights = _weights(unet) + _encoders(base)
    operations = counter.get_total_flops() * _PASSES * training.steps * training.accumulate * runs
    memory = live.most + _BYTES * (weights + _PER_WEIGHT * trained)
    return GpuNeed(name, training.precision_cuda, memory, operations)


@cache
def sampling_need(
    base: BaseSource, resolution: int, sampling: SamplingParameters, *, images: int
) -> GpuNeed:
    """Count what a job that generates this number of images needs of its GPU."""
    guided = 1 + (sampling.guidance_scale > 1)
    lower = sampling.precision_cuda == "bfloat16"
    with FakeTensorMode(), torch.autocast("cpu", torch.bfloat16, enabled=lower), torch.no_grad():
        unet, autoencoder = _unet(base, resolution), _autoencoder(base, resolution)
        counter, live, decoding = FlopCounterMode(display=False), _Live(), _Live()
        with counter, live:
            _pass(unet, base, resolution, guided * sampling.batch_size)
        decoded = sampling.batch_size if isinstance(base, TrainedBase) else 1
        side = _latent_side(autoencoder, resolution)
        with decoding:
            autoencoder.decode(torch.empty(decoded, autoencoder.config.latent_channels, side, side))
        weights = _weights(unet) + _weights(autoencoder) + _encoders(base)
    return GpuNeed(
        name="sampling",
        precision=sampling.precision_cuda,
        bytes=max(live.most, decoding.most) + _BYTES * weights,
        operations=counter.get_total_flops() / sampling.batch_size * sampling.steps * images,
    )


def captions_need(photos: int) -> GpuNeed:
    """Return what LLaVA needs of its GPU for so many photos: two operations a weight and token."""
    tokens = photos * (_PHOTO_TOKENS + _TEXT_TOKENS)
    return GpuNeed("captions of LLaVA", "float16", 2 * _LLAVA, 2 * _LLAVA * tokens)


class _Live(TorchDispatchMode):
    """Notes the most memory of tensors that operations create and that are alive together."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 0
        self._now = 0
        self._known: set[int] = set()

    def __torch_dispatch__(
        self, operation: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        for given in tree_leaves((args, kwargs)):
            if isinstance(given, torch.Tensor):
                self._known.add(id(given.untyped_storage()))
        outputs = operation(*args, **(kwargs or {}))
        for created in filter(torch.is_tensor, tree_leaves(outputs)):
            storage = created.untyped_storage()
            if id(storage) not in self._known:
                self._known.add(id(storage))
                self._now += storage.nbytes()
                weakref.finalize(storage, partial(self._forget, id(storage), storage.nbytes()))
        self.most = max(self.most, self._now)
        return outputs

    def _forget(self, key: int, size: int) -> None:
        self._known.discard(key)
        self._now -= size


def _unet(base: BaseSource, resolution: int) -> UNet2DConditionModel:
    """Return the UNet of a base model; another one than a trained one has Stable Diffusion's."""
    if isinstance(base, TrainedBase):
        autoencoder = build_autoencoder(base.autoencoder, resolution)
        return build_denoiser(base.denoiser, autoencoder, base.encoders.width)
    return UNet2DConditionModel(sample_size=64, cross_attention_dim=_TEXT_WIDTH)


def _autoencoder(base: BaseSource, resolution: int) -> AutoencoderKL:
    if isinstance(base, TrainedBase):
        return build_autoencoder(base.autoencoder, resolution)
    levels = len(_WIDTHS)
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * levels,
        up_block_types=("UpDecoderBlock2D",) * levels,
        block_out_channels=_WIDTHS,
        layers_per_block=2,
    )


def _latent_side(autoencoder: AutoencoderKL, resolution: int) -> int:
    return int(resolution // 2 ** (len(autoencoder.config.block_out_channels) - 1))


def _pass(unet: UNet2DConditionModel, base: BaseSource, resolution: int, images: int) -> None:
    """Run a forward pass of the UNet."""
    side = _latent_side(_autoencoder(base, resolution), resolution)
    tokens = base.encoders.longest_text if isinstance(base, TrainedBase) else _TOKENS
    latents = torch.empty(images, unet.config.in_channels, side, side)
    texts = torch.empty(images, tokens, unet.config.cross_attention_dim)
    unet(latents, torch.ones(images), texts)


def _weights(model: nn.Module) -> int:
    return sum(weight.numel() for weight in model.parameters())


def _encoders(base: BaseSource) -> float:
    # Those of a trained base have few weights.
    return 0.0 if isinstance(base, TrainedBase) else _ENCODERS


def _lower(training: LoopParameters) -> bool:
    return training.precision_cuda == "bfloat16"
