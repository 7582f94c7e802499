"""The base of both networks: stages, and points at which features can be shared."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from torch import Tensor, nn
from torch.nn.functional import interpolate

from triptych.segmentation.networks.backbones import STAGES, BackboneModule

# Called at each connection point with its name and map; the network continues with the result.
Connect = Callable[[str, Tensor], Tensor]


def leave(_: str, features: Tensor) -> Tensor:
    """Return the map unchanged: no connection."""
    return features


class SegmentationNetwork(nn.Module, ABC):
    """A network with named points at which features of another network may flow in.

    Attributes
    ----------
    backbone
        The part with its own learning rate that may begin with ImageNet weights. A network
        without such a part has no such attribute.
    points
        Channels of each connection point, in the order of the forward pass.
    head_points
        The points that are in the head or feed it.
    """

    backbone: BackboneModule
    points: dict[str, int]
    head_points: tuple[str, ...]

    def sources(self, target: str) -> tuple[str, ...]:
        """Return the points of another network of this kind that may flow into a point: all."""
        return tuple(self.points)

    @abstractmethod
    def forward(self, images: Tensor, connect: Connect = leave) -> list[Tensor]:
        """Compute logits, float (n, C, h, w): the result, then the outputs of auxiliary losses.

        Images are float (n, 3, h, w), normalized, of any h and w. ``connect`` is called at every
        connection point.
        """


def stage_maps(backbone: BackboneModule, images: Tensor, connect: Connect) -> dict[str, Tensor]:
    """Return the maps of a backbone's stages, each a connection point."""
    maps = {}
    x = backbone.stem(images)
    for name in STAGES:
        x = maps[name] = connect(name, backbone.stage(name, x))
    return maps


def convolution(inputs: int, outputs: int, size: int, dilation: int = 1) -> nn.Sequential:
    """Return a convolution that keeps the size, batch normalization, ReLU."""
    padding = dilation * (size // 2)
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, padding=padding, dilation=dilation, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def resize(x: Tensor, like: Tensor) -> Tensor:
    """Resize a map to the height and width of another, bilinearly."""
    return interpolate(x, size=like.shape[-2:], mode="bilinear", align_corners=False)
