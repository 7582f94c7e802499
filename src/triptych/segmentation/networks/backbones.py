"""Backbones: residual networks with dilated stages (He et al. 2016)."""

from collections.abc import Callable, Mapping
from functools import partial
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


class ResidualBackbone(nn.Module):
    """The stages of a residual network.

    Parameters
    ----------
    resnet
        With timm's names; its last stages are dilated in place of strided.
    head_width
        Of DeepLabv3+'s ASPP and decoder; DANet takes a quarter of the last stage.
    """

    def __init__(self, resnet: Any, channels: tuple[int, ...], head_width: int) -> None:
        super().__init__()
        self.resnet = resnet
        self.channels = dict(zip(STAGES, channels, strict=True))
        self.head_width = head_width

    def stem(self, images: Tensor) -> Tensor:
        """Return the map before the first stage, at a quarter of the image's size."""
        net = self.resnet
        return net.maxpool(net.act1(net.bn1(net.conv1(images))))

    def stage(self, name: str, x: Tensor) -> Tensor:
        """Return the map of one of :data:`STAGES`."""
        return getattr(self.resnet, name)(x)

    def set_batch_norm_momentum(self, momentum: float) -> None:
        """Set how fast the running statistics follow the batches."""
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = momentum

    def load_pretrained(self, path: Path) -> None:
        """Load weights that were trained on ImageNet, in torchvision's names.

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


def _by_timm(
    block: str, layers: tuple[int, ...], channels: tuple[int, ...], output_stride: OutputStride
) -> ResidualBackbone:
    # Takes seconds, for which the tiny backbone's jobs need not wait.
    from timm.models import resnet

    network = resnet.ResNet(
        getattr(resnet, block), layers, num_classes=0, output_stride=output_stride
    )
    return ResidualBackbone(network, channels, head_width=256)


def _tiny(output_stride: OutputStride) -> ResidualBackbone:
    return ResidualBackbone(TinyResNet(output_stride), CHANNELS, head_width=64)


_WIDE, _WIDEST = (64, 128, 256, 512), (256, 512, 1024, 2048)
# A new backbone is an entry here and a name in triptych.config.segmentation.
BACKBONES: Mapping[Backbone, Callable[[OutputStride], ResidualBackbone]] = {
    "tiny": _tiny,
    "resnet18": partial(_by_timm, "BasicBlock", (2, 2, 2, 2), _WIDE),
    "resnet50": partial(_by_timm, "Bottleneck", (3, 4, 6, 3), _WIDEST),
    "resnet101": partial(_by_timm, "Bottleneck", (3, 4, 23, 3), _WIDEST),
}


def build_backbone(
    name: Backbone, output_stride: OutputStride, *, multi_grid: bool
) -> ResidualBackbone:
    """Build a backbone with random weights.

    Parameters
    ----------
    output_stride
        8 or 16: image size over the size of the last map.
    multi_grid
        Let the dilation double from block to block of the last stage (DANet: 4, 8, 16).
    """
    backbone = BACKBONES[name](output_stride)
    if multi_grid:
        _double_dilation(backbone.resnet.layer4)
    return backbone


def _double_dilation(stage: nn.Sequential) -> None:
    # Not the first block's: in a bottleneck its dilation is that of the previous stage.
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
                expected="a complete file with weights alone",
                found=" ".join(str(error).split())[:300] or "an empty file",
                where=str(path),
                remedy="replace it with the original file",
            ) from None
    return {name: torch.from_numpy(array) for name, array in read_tensors(path)[0].items()}
