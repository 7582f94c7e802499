"""Tiny models, scenes and recipes: what the tests of panel 2's computing part share."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from triptych.config.segmentation import (
    AugmentationParameters,
    ConnectionParameters,
    FittingParameters,
    ProtocolParameters,
)
from triptych.data import scenes
from triptych.data.classes import class_table
from triptych.data.drawn import scenes as drawn_scenes
from triptych.segmentation.networks import Model, ModelConfig, initialize
from triptych.segmentation.train import Task

CPU = torch.device("cpu")
STREETS = class_table("drawn_streets")
ALL_EIGHT = [
    (network, method)
    for network in ("danet", "deeplabv3plus")
    for method in ("single", "ensemble", "same_layer", "multiple_layer")
]


def config(network="deeplabv3plus", method="single", **changes) -> ModelConfig:
    """The shape of a tiny model of five classes; changes of connections are given by name."""
    connections = {"points": "all", "width": 8, "init": "identity", "detach": False}
    own = {k: changes.pop(k) for k in connections if k in changes}
    values = {"backbone": "tiny", "num_classes": 5, "output_stride": 8, "separable": False}
    described = ConnectionParameters(**connections | own)
    return ModelConfig(network, method, **{**values, **changes}, connections=described)


def tiny(network="deeplabv3plus", method="single", *, seed=0, **changes) -> Model:
    """A tiny model with the weights of a seed."""
    return initialize(config(network, method, **changes), seed, None)


def stirred(model: Model) -> Model:
    """Let all that begins at nought or one be something else, so that every path carries signal.

    At first attention adds nothing, connections let nothing through, and statistics are plain.
    """
    generator = torch.Generator().manual_seed(9)

    def draw(like: torch.Tensor) -> torch.Tensor:
        return torch.rand(like.shape, generator=generator)

    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("gamma"):
                parameter.copy_(0.5 + draw(parameter))
            elif ".fuse." in name and name.endswith("join.weight"):
                parameter.add_(0.2 * draw(parameter) - 0.1)
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.copy_(0.2 * draw(module.running_mean) - 0.1)
                module.running_var.copy_(0.5 + draw(module.running_var))
    return model


def without_chance(model: Model) -> Model:
    """Let dropout leave everything: outputs are then functions of the images alone."""
    for module in model.modules():
        if isinstance(module, (nn.Dropout, nn.Dropout2d)):
            module.p = 0.0
    return model


def noise(count=2, height=32, width=64, seed=1) -> torch.Tensor:
    """Normalized images of noise."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, height, width, generator=generator)


def streets(folder: Path, count=6, *, height=32, width=64, seed=1) -> scenes.Scenes:
    """Drawn streets in a file of their own."""
    drawn = drawn_scenes.draw("drawn_streets", count, height=height, width=width, seed=seed)
    return saved(drawn, folder / f"streets{count}-{height}x{width}-{seed}.safetensors")


def saved(scenes_of_streets, path: Path) -> scenes.Scenes:
    """Streets of one's own making in a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scenes.save("drawn_streets", scenes_of_streets, path)
    return scenes.Scenes(path)


def numbered(path: Path, sizes) -> scenes.Scenes:
    """Scenes that can be told apart: the gray value, and the class of all pixels, is the number."""
    return saved(
        (
            scenes.Scene(
                f"scene{number}",
                scenes.as_png(np.full((*size, 3), number, np.uint8)),
                np.full(size, number % len(STREETS), np.uint8),
            )
            for number, size in enumerate(sizes)
        ),
        path,
    )


def augmentation(**changes) -> AugmentationParameters:
    """A small crop with every change that an image goes through."""
    values = {
        "crop_height": 32,
        "crop_width": 48,
        "smallest_scale": 0.6,
        "largest_scale": 1.6,
        "flip": True,
        "color_jitter": 0.2,
    }
    return AugmentationParameters(**{**values, **changes})


def protocol(kind="whole", **changes) -> ProtocolParameters:
    """How images are shown."""
    return ProtocolParameters(**{"kind": kind, "batch_size": 2, **changes})


def recipe(**changes) -> FittingParameters:
    """A training of a few steps."""
    values = {
        "recipe": "test",
        "steps": 6,
        "batch_size": 4,
        "learning_rate": 0.05,
        "backbone_factor": 0.5,
        "momentum": 0.9,
        "weight_decay": 1e-4,
        "power": 0.9,
        "warmup_steps": 1,
        "backbone_batch_norm_momentum": 0.1,
        "augmentation": augmentation(crop_width=32),
        "precision_cuda": "float32",
        "select": "last",
        "validate_every": 3,
        "log_every": 2,
        "checkpoint_every": 2,
        "hold_in_memory": True,
    }
    return FittingParameters(**{**values, **changes})


def task(folder: Path, network="deeplabv3plus", method="single", *, seed=3, **changes) -> Task:
    """A training on drawn streets; changes of the recipe are given by name."""
    return Task(
        config=config(network, method, num_classes=len(STREETS)),
        parameters=recipe(**changes),
        protocol=protocol(),
        train=streets(folder, 6, height=32, width=32),
        val=streets(folder, 2, height=32, width=32, seed=2),
        seed=seed,
        pretrained=None,
        loader_workers=0,
    )
