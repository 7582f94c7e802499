"""The models of the paper's tables: a network, two networks, or two that share features."""

import math
from abc import ABC, abstractmethod
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import kl_div

from triptych.segmentation.networks.backbones import BackboneModule
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

    def further_losses(self, outputs: list[list[Tensor]], ignored: Tensor) -> list[Tensor]:
        """Return losses beside the cross-entropies, each a sum over the pixels.

        Parameters
        ----------
        outputs
            Of :meth:`outputs`.
        ignored
            bool (n, h, w): pixels that do not count.
        """
        return []

    @property
    def backbones(self) -> list[BackboneModule]:
        """Return the backbones of its networks; all other weights are the head's."""
        return [one.backbone for one in self.branches if hasattr(one, "backbone")]

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
        """See :meth:`Model.results`; the alternative is ``partner``, the second network alone."""
        first, second = (outputs[0] for outputs in self.outputs(images))
        return {RESULT: mean_softmax([first, second]), "partner": second}


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


class Mutual(Model):
    """Deep mutual learning (Zhang et al. 2018): two networks learn from each other's outputs.

    No features flow. They are trained together; the result is the second network's, as the bottom
    network's of :class:`Cooperative`.
    """

    def __init__(self, top: SegmentationNetwork, bottom: SegmentationNetwork) -> None:
        super().__init__()
        self.networks = nn.ModuleList([top, bottom])

    def outputs(self, images: Tensor) -> list[list[Tensor]]:
        """See :meth:`Model.outputs`."""
        return [network(images) for network in self.networks]

    def results(self, images: Tensor) -> dict[str, Tensor]:
        """See :meth:`Model.results`; the alternatives are ``top`` and ``mean_of_both``."""
        top, bottom = (outputs[0] for outputs in self.outputs(images))
        return {RESULT: bottom, "top": top, "mean_of_both": mean_softmax([top, bottom])}

    def further_losses(self, outputs: list[list[Tensor]], ignored: Tensor) -> list[Tensor]:
        """Return the divergence of each network from the other (Equations 2 and 5)."""
        top, bottom = (logits[0].float().log_softmax(dim=1) for logits in outputs)
        return [
            kl_div(own, other.detach(), reduction="none", log_target=True)
            .sum(dim=1)
            .masked_fill(ignored, 0)
            .sum()
            for own, other in ((top, bottom), (bottom, top))
        ]


def mean_softmax(logits: list[Tensor]) -> Tensor:
    """Return the logarithm of the mean of softmaxes, stable for large logits."""
    stacked = torch.stack([values.float().log_softmax(dim=1) for values in logits])
    return stacked.logsumexp(dim=0) - math.log(len(logits))
