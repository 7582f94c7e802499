"""Residual networks as backbones (He et al. 2016)."""

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from triptych.learning.weights import load_weights, read_weights
from triptych.segmentation.networks.backbones import BackboneModule


class ResidualBackbone(BackboneModule):
    """The stages of a residual network.

    Parameters
    ----------
    resnet
        With timm's names; its last stages are dilated in place of strided.
    """

    def __init__(self, resnet: Any, channels: tuple[int, ...], head_width: int) -> None:
        super().__init__(channels, head_width)
        self.resnet = resnet

    def stem(self, images: Tensor) -> Tensor:
        """Return the map before the first stage, at a quarter of the image's size."""
        net = self.resnet
        return net.maxpool(net.act1(net.bn1(net.conv1(images))))

    def stem_modules(self) -> list[nn.Module]:
        """See :meth:`BackboneModule.stem_modules`."""
        return [self.resnet.conv1, self.resnet.bn1]

    def stage_blocks(self, name: str) -> list[nn.Module]:
        """See :meth:`BackboneModule.stage_blocks`."""
        return list(getattr(self.resnet, name))

    def double_dilation(self) -> None:
        """See :meth:`BackboneModule.double_dilation`."""
        stage = self.resnet.layer4
        # Not the first block's: in a bottleneck its dilation is that of the previous stage.
        first_dilation = stage[-1].conv2.dilation[0]
        for position, block in enumerate(stage):
            dilation = first_dilation * 2**position
            block.conv2.dilation = block.conv2.padding = (dilation, dilation)

    def load_pretrained(self, path: Path) -> None:
        """Load weights in torchvision's names.

        Parameters
        ----------
        path
            A safetensors file, or one of torchvision's ``.pth`` (read with ``weights_only``).
        """
        weights = {k: v for k, v in read_weights(path).items() if not k.startswith("fc.")}
        load_weights(self.resnet, weights, path)
