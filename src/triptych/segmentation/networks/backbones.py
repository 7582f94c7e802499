"""Backbones: a stem and four stages, the last ones dilated in place of strided."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from triptych.config.segmentation import Backbone, OutputStride
from triptych.errors import UserError
from triptych.segmentation.networks.tiny_resnet import CHANNELS, TinyResNet

STAGES = ("layer1", "layer2", "layer3", "layer4")


class BackboneModule(nn.Module, ABC):
    """What a network needs of a backbone.

    Parameters
    ----------
    channels
        Of each of :data:`STAGES`.
    head_width
        Of DeepLabv3+'s ASPP and decoder; DANet takes a quarter of the last stage.

    Attributes
    ----------
    recomputes
        Whether the backward pass computes the maps inside a block again, to save memory.
    """

    def __init__(self, channels: tuple[int, ...], head_width: int) -> None:
        super().__init__()
        if len(channels) != len(STAGES):
            raise UserError(
                expected=f"a backbone with the stages {', '.join(STAGES)}, which connections need",
                found=f"{len(channels)} stages",
                where=type(self).__name__,
                remedy="group the blocks of the backbone into these stages",
            )
        self.channels = dict(zip(STAGES, channels, strict=True))
        self.head_width = head_width
        self.recomputes = False
        self._constant: list[nn.Module] = []

    @abstractmethod
    def stem(self, images: Tensor) -> Tensor:
        """Return the map before the first stage."""

    @abstractmethod
    def stem_modules(self) -> list[nn.Module]:
        """Return the modules of the stem that have weights."""

    @abstractmethod
    def stage_blocks(self, name: str) -> list[nn.Module]:
        """Return the blocks of one of :data:`STAGES`, in the order of the forward pass."""

    @abstractmethod
    def load_pretrained(self, path: Path) -> None:
        """Load weights that were trained on ImageNet.

        Raises
        ------
        UserError
            The file is damaged, or holds the weights of another network.
        """

    def stage(self, name: str, x: Tensor) -> Tensor:
        """Return the map of one of :data:`STAGES`."""
        for block in self.stage_blocks(name):
            x = recomputed(block, x) if self.recomputes and torch.is_grad_enabled() else block(x)
        return x

    def double_dilation(self) -> None:
        """Let the dilation double from block to block of the last stage, where blocks allow it."""

    def set_batch_norm_momentum(self, momentum: float) -> None:
        """Set how fast the running statistics follow the batches."""
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = momentum

    def freeze(self, parts: int, *, statistics: bool) -> None:
        """Keep the weights and statistics of the first parts, in training mode too.

        Parameters
        ----------
        parts
            0 to 5: none; the stem; the stem and layer1; and so on.
        statistics
            Normalize by the running statistics in every part, and keep them.
        """
        groups = [self.stem_modules(), *(self.stage_blocks(name) for name in STAGES)]
        frozen = nn.ModuleList(module for group in groups[:parts] for module in group)
        frozen.requires_grad_(False)
        normalized = self if statistics else frozen
        self._constant = [m for m in normalized.modules() if isinstance(m, nn.BatchNorm2d)]
        self.train(self.training)

    def train(self, mode: bool = True) -> "BackboneModule":
        """Set the mode; frozen normalization stays in evaluation mode."""
        super().train(mode)
        for module in self._constant:
            module.eval()
        return self


def recomputed(block: nn.Module, x: Tensor) -> Tensor:
    """Return the block's map; the backward pass computes what is inside again.

    Running statistics follow each batch once, so that the weights stay those of a training
    that keeps all maps.
    """
    # The import takes time that other trainings save.
    from torch.utils.checkpoint import checkpoint

    return checkpoint(
        block,
        x,
        use_reentrant=False,
        context_fn=lambda: (nullcontext(), _without_statistics(block)),
    )


@contextmanager
def _without_statistics(block: nn.Module) -> Iterator[None]:
    """Let batches leave the running statistics as they are."""
    norms = [m for m in block.modules() if isinstance(m, nn.BatchNorm2d) and m.training]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
            if norm.num_batches_tracked is not None:
                norm.num_batches_tracked.sub_(1)


def _residual(
    block: str, layers: tuple[int, ...], channels: tuple[int, ...], output_stride: OutputStride
) -> BackboneModule:
    # timm takes seconds to import, for which the tiny backbone's jobs need not wait.
    from timm.models import resnet

    from triptych.segmentation.networks.residual import ResidualBackbone

    network = resnet.ResNet(
        getattr(resnet, block), layers, num_classes=0, output_stride=output_stride
    )
    return ResidualBackbone(network, channels, head_width=256)


def _tiny(output_stride: OutputStride) -> BackboneModule:
    from triptych.segmentation.networks.residual import ResidualBackbone

    return ResidualBackbone(TinyResNet(output_stride), CHANNELS, head_width=64)


def _efficientnet_lite0(output_stride: OutputStride) -> BackboneModule:
    from triptych.segmentation.networks.efficientnet import EfficientNetLite0

    return EfficientNetLite0(output_stride)


_WIDE, _WIDEST = (64, 128, 256, 512), (256, 512, 1024, 2048)
# A new backbone is an entry here and a name in triptych.config.segmentation.
BACKBONES: Mapping[Backbone, Callable[[OutputStride], BackboneModule]] = {
    "tiny": _tiny,
    "resnet18": partial(_residual, "BasicBlock", (2, 2, 2, 2), _WIDE),
    "resnet50": partial(_residual, "Bottleneck", (3, 4, 6, 3), _WIDEST),
    "resnet101": partial(_residual, "Bottleneck", (3, 4, 23, 3), _WIDEST),
    "tf_efficientnet_lite0": _efficientnet_lite0,
}


def build_backbone(
    name: Backbone, output_stride: OutputStride, *, multi_grid: bool
) -> BackboneModule:
    """Build a backbone with random weights.

    Parameters
    ----------
    output_stride
        8 or 16: image size over the size of the last map.
    multi_grid
        Let the dilation double from block to block of the last stage (DANet: 4, 8, 16). The
        blocks of an EfficientNet are left as they are.
    """
    backbone = BACKBONES[name](output_stride)
    if multi_grid:
        backbone.double_dilation()
    return backbone
