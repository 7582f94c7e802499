"""The models of the paper's tables: a network, two networks, or two that share features."""

import math
from abc import ABC, abstractmethod
from typing import cast

import torch
from torch import Tensor, nn

from triptych.segmentation.networks.connections import MultipleLayer, SameLayer
from triptych.segmentation.networks.network import SegmentationNetwork

RESULT = "result"


class Model(nn.Module, ABC):
    """One row of a table."""

    networks: nn.ModuleList

    @abstractmethod
    def outputs(self, images: Tensor) -> list[list[Tensor]]:
        """Return each network's logits, float (n, C, h, w): its result, then auxiliary outputs."""

    @abstractmethod
    def results(self, images: Tensor) -> dict[str, Tensor]:
        """Return the logits to score: ``result``, the method's own, and alternatives."""

    def forward(self, images: Tensor) -> Tensor:
        """Compute the logits of the method's result, float (n, C, h, w).

        Images are float (n, 3, h, w), normalized, of any h and w. The result of an ensemble is the
        logarithm of the mean softmax.
        """
        return self.results(images)[RESULT]

    def backbone_parameters(self) -> list[nn.Parameter]:
        """Return the weights of the backbones; all others are the head's."""
        return [p for branch in self.branches for p in branch.backbone.parameters()]

    @property
    def branches(self) -> list[SegmentationNetwork]:
        """Return its networks, in order."""
        return [cast(SegmentationNetwork, network) for network in self.networks]


class Single(Model):
    """One network alone."""

    def __init__(self, network: SegmentationNetwork) -> None:
        super().__init__()
        self.networks = nn.ModuleList([network])

    def outputs(self, images: Tensor) -> list[list[Tensor]]:
        """See :meth:`Model.outputs`."""
        return [self.networks[0](images)]

    def results(self, images: Tensor) -> dict[str, Tensor]:
        """See :meth:`Model.results`; no alternatives."""
        return {RESULT: self.outputs(images)[0][0]}


class Ensemble(Model):
    """Two networks, trained separately (Figure 2a): the mean of their softmaxes."""

    def __init__(self, first: SegmentationNetwork, second: SegmentationNetwork) -> None:
        super().__init__()
        self.networks = nn.ModuleList([first, second])

    def outputs(self, images: Tensor) -> list[list[Tensor]]:
        """See :meth:`Model.outputs`."""
        return [network(images) for network in self.networks]

    def results(self, images: Tensor) -> dict[str, Tensor]:
        """See :meth:`Model.results`; no alternatives."""
        return {RESULT: mean_softmax([outputs[0] for outputs in self.outputs(images)])}


class Cooperative(Model):
    """Two networks of one kind: features of the top network flow into the bottom network.

    They are trained together; the result is the bottom network's. ``detach`` stops the gradient of
    its loss at the connections.
    """

    def __init__(
        self,
        top: SegmentationNetwork,
        bottom: SegmentationNetwork,
        connections: SameLayer | MultipleLayer,
        *,
        detach: bool,
    ) -> None:
        super().__init__()
        self.networks = nn.ModuleList([top, bottom])
        self.connections = connections
        self.detach = detach

    def outputs(self, images: Tensor) -> list[list[Tensor]]:
        """See :meth:`Model.outputs`: the top network's, then the bottom network's."""
        shared: dict[str, Tensor] = {}

        def share(point: str, features: Tensor) -> Tensor:
            shared[point] = features.detach() if self.detach else features
            return features

        top, bottom = self.networks
        first = top(images, share)
        return [first, bottom(images, self.connections(shared))]

    def results(self, images: Tensor) -> dict[str, Tensor]:
        """See :meth:`Model.results`; the alternatives are ``top`` and ``mean_of_both``."""
        top, bottom = (outputs[0] for outputs in self.outputs(images))
        return {RESULT: bottom, "top": top, "mean_of_both": mean_softmax([top, bottom])}


def mean_softmax(logits: list[Tensor]) -> Tensor:
    """Return the logarithm of the mean of softmaxes, stable for large logits."""
    stacked = torch.stack([values.float().log_softmax(dim=1) for values in logits])
    return stacked.logsumexp(dim=0) - math.log(len(logits))
