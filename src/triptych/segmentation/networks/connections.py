"""How features of the first network flow into the second (Section 3.1 and 3.2)."""

import torch
from torch import Tensor, nn

from triptych.config.segmentation import ConnectionParameters
from triptych.segmentation.networks.network import Connect, SegmentationNetwork, convolution, resize


class Fuse(nn.Module):
    """Join two maps: concatenate, then a 1x1 convolution to the width of one.

    The paper doubles the filters of the next layer instead; with a 1x1 convolution pretrained
    weights fit unchanged. Initialized at [I | 0], the second network begins exactly as the single
    network, and the link learns from the first step.

    Parameters
    ----------
    init
        ``identity``, or ``kaiming``: random weights, batch normalization and ReLU.
    """

    def __init__(self, channels: int, init: str) -> None:
        super().__init__()
        if init == "kaiming":
            self.join: nn.Module = convolution(2 * channels, channels, 1)
        else:
            self.join = nn.Conv2d(2 * channels, channels, 1, bias=False)
            with torch.no_grad():
                self.join.weight.zero_()
                self.join.weight[:, :channels, 0, 0].fill_diagonal_(1)

    def forward(self, own: Tensor, other: Tensor) -> Tensor:
        """Compute float (n, c, h, w) from two maps of the same shape."""
        return self.join(torch.cat([own, other], dim=1))


class SameLayer(nn.Module):
    """Each point receives the same point of the first network (Figure 2b)."""

    def __init__(self, network: SegmentationNetwork, parameters: ConnectionParameters) -> None:
        super().__init__()
        self.fuse = nn.ModuleDict(
            {
                point: Fuse(network.points[point], parameters.init)
                for point in connected_points(network, parameters)
            }
        )

    def forward(self, shared: dict[str, Tensor]) -> Connect:
        """Return what the second network calls at its points, from the first network's maps."""

        def connect(point: str, own: Tensor) -> Tensor:
            return self.fuse[point](own, shared[point]) if point in self.fuse else own

        return connect


class MultipleLayer(nn.Module):
    """Each point receives an aggregate of all points of the first network (Figure 2c).

    Every source is projected once at its own size and resized to the target. Their concatenation
    is projected to the target's width, then fused into the target.
    """

    def __init__(self, network: SegmentationNetwork, parameters: ConnectionParameters) -> None:
        super().__init__()
        points = connected_points(network, parameters)
        self.sources = {
            target: tuple(source for source in network.sources(target) if source in points)
            for target in points
        }
        self.project = nn.ModuleDict(
            {point: convolution(network.points[point], parameters.width, 1) for point in points}
        )
        self.aggregate = nn.ModuleDict(
            {
                target: convolution(len(sources) * parameters.width, network.points[target], 1)
                for target, sources in self.sources.items()
            }
        )
        self.fuse = nn.ModuleDict(
            {target: Fuse(network.points[target], parameters.init) for target in points}
        )

    def forward(self, shared: dict[str, Tensor]) -> Connect:
        """Return what the second network calls at its points, from the first network's maps."""
        projected = {point: project(shared[point]) for point, project in self.project.items()}

        def connect(point: str, own: Tensor) -> Tensor:
            if point not in self.fuse:
                return own
            flowing = torch.cat([resize(projected[s], own) for s in self.sources[point]], dim=1)
            return self.fuse[point](own, self.aggregate[point](flowing))

        return connect


def connected_points(
    network: SegmentationNetwork, parameters: ConnectionParameters
) -> tuple[str, ...]:
    """Return the connected points, in the order of the forward pass."""
    return tuple(network.points) if parameters.points == "all" else network.head_points
