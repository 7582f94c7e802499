"""Residual networks with dilated stages (He et al. 2016), built by timm but for the tiny one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor, nn

from triptych.config.segmentation import Backbone, OutputStride
from triptych.errors import UserError
from triptych.segmentation.networks.tiny_resnet import CHANNELS, TinyResNet
from triptych.storage.tensors import read_tensors

STAGES = ("layer1", "layer2", "layer3", "layer4")


@dataclass(frozen=True)
class _Shape:
    # Of the stages' maps.
    channels: tuple[int, ...]
    # DeepLabv3+'s ASPP and decoder; DANet takes a quarter of the last stage.
    head_width: int
    # Blocks of each stage.
    layers: tuple[int, ...] = (1, 1, 1, 1)


_WIDE, _WIDEST = (64, 128, 256, 512), (256, 512, 1024, 2048)
_SHAPES: Mapping[Backbone, _Shape] = {
    "tiny": _Shape(CHANNELS, 64),
    "resnet18": _Shape(_WIDE, 256, (2, 2, 2, 2)),
    "resnet50": _Shape(_WIDEST, 256, (3, 4, 6, 3)),
    "resnet101": _Shape(_WIDEST, 256, (3, 4, 23, 3)),
}


class ResidualBackbone(nn.Module):
    """The stages of a residual network, the last ones dilated in place of strided.

    Parameters
    ----------
    name
        Which network.
    output_stride
        8 or 16: image size over the size of the last map.
    multi_grid
        Let the dilation double from block to block of the last stage (DANet: 4, 8, 16).
    """

    def __init__(self, name: Backbone, output_stride: OutputStride, *, multi_grid: bool) -> None:
        super().__init__()
        shape = _SHAPES[name]
        self.resnet = _build(name, output_stride)
        self.channels = dict(zip(STAGES, shape.channels, strict=True))
        self.head_width = shape.head_width
        if multi_grid:
            _double_dilation(self.resnet.layer4)

    def stem(self, images: Tensor) -> Tensor:
        """The map before the first stage, at a quarter of the image's size."""
        net = self.resnet
        return net.maxpool(net.act1(net.bn1(net.conv1(images))))

    def stage(self, name: str, x: Tensor) -> Tensor:
        """One of :data:`STAGES`."""
        return getattr(self.resnet, name)(x)

    def set_batch_norm_momentum(self, momentum: float) -> None:
        """Set how fast the running statistics follow the batches."""
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = momentum

    def load_pretrained(self, path: Path) -> None:
        """Take weights that were trained on ImageNet, in torchvision's names.

        Parameters
        ----------
        path
            A safetensors file, or one of torchvision's ``.pth`` (read with ``weights_only``).

        Raises
        ------
        UserError
            The weights are those of another network.
        """
        weights = {k: v for k, v in _read_weights(path).items() if not k.startswith("fc.")}
        try:
            self.resnet.load_state_dict(weights)
        except RuntimeError as error:
            raise UserError(
                expected="the weights of the backbone that the parameters name",
                found=" ".join(str(error).split())[:300],
                where=str(path),
                remedy="name the right weights, or another backbone",
            ) from None


def _build(name: Backbone, output_stride: OutputStride) -> Any:
    if name == "tiny":
        return TinyResNet(output_stride)
    # Seconds, for which the tiny backbone's jobs need not wait.
    from timm.models.resnet import BasicBlock, Bottleneck, ResNet

    return ResNet(
        BasicBlock if name == "resnet18" else Bottleneck,
        _SHAPES[name].layers,
        num_classes=0,
        output_stride=output_stride,
    )


def _double_dilation(stage: nn.Sequential) -> None:
    # Not the first block's: in a bottleneck that has the dilation of the stage before.
    last: Any = stage[-1]
    first_dilation = last.conv2.dilation[0]
    for position, block in enumerate(stage):
        convolution: Any = block.conv2
        dilation = first_dilation * 2**position
        convolution.dilation = convolution.padding = (dilation, dilation)


def _read_weights(path: Path) -> dict[str, Tensor]:
    if path.suffix == ".pth":
        try:
            return torch.load(path, map_location="cpu", weights_only=True)
        except (EOFError, RuntimeError, UnpicklingError) as error:
            raise UserError(
                expected="a whole file of weights, and of nothing else",
                found=" ".join(str(error).split())[:300] or "an empty file",
                where=str(path),
                remedy="replace it by the original file",
            ) from None
    return {name: torch.from_numpy(array) for name, array in read_tensors(path)[0].items()}
