"""Build any of the eight models."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from triptych.config.segmentation import (
    PRETRAINED,
    Architecture,
    Backbone,
    ConnectionParameters,
    OutputStride,
    Row,
)
from triptych.data.fetch import verified
from triptych.layout import RAW
from triptych.segmentation.networks.connections import MultipleLayer, SameLayer
from triptych.segmentation.networks.danet import DANet
from triptych.segmentation.networks.deeplabv3plus import DeepLabV3Plus
from triptych.segmentation.networks.models import Cooperative, Ensemble, Model, Mutual, Single
from triptych.segmentation.networks.network import SegmentationNetwork

DEFAULT_CONNECTIONS = ConnectionParameters(points="all", width=64, init="identity", detach=False)


@dataclass(frozen=True)
class ModelConfig:
    """Everything that decides the shape of a model, see :func:`build`."""

    network: Architecture
    method: Row
    backbone: Backbone
    num_classes: int
    output_stride: OutputStride
    separable: bool
    connections: ConnectionParameters = DEFAULT_CONNECTIONS

    def build(self) -> Model:
        """Return a new model with random weights, drawn from torch's global generator."""
        return METHODS[self.method](self)

    def describe(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        return {**asdict(self), "connections": self.connections.model_dump()}


def _danet(config: ModelConfig) -> SegmentationNetwork:
    return DANet(config.backbone, config.num_classes, config.output_stride)


def _deeplabv3plus(config: ModelConfig) -> SegmentationNetwork:
    return DeepLabV3Plus(
        config.backbone, config.num_classes, config.output_stride, separable=config.separable
    )


# A new network or method is an entry here and a name in triptych.config.segmentation.
NETWORKS: dict[str, Callable[[ModelConfig], SegmentationNetwork]] = {
    "danet": _danet,
    "deeplabv3plus": _deeplabv3plus,
}


def _single(config: ModelConfig) -> Model:
    return Single(NETWORKS[config.network](config))


def _ensemble(config: ModelConfig) -> Model:
    network = NETWORKS[config.network]
    return Ensemble(network(config), network(config))


def _cooperative(
    connect: type[SameLayer | MultipleLayer], config: ModelConfig, *, detach: bool = False
) -> Model:
    network, connections = NETWORKS[config.network], config.connections
    # The bottom network first: from one seed it begins as the single network does.
    bottom, top = network(config), network(config)
    detach = detach or connections.detach
    return Cooperative(top, bottom, connect(bottom, connections), detach=detach)


def _mutual(config: ModelConfig) -> Model:
    network = NETWORKS[config.network]
    bottom, top = network(config), network(config)
    return Mutual(top, bottom)


METHODS: Mapping[Row, Callable[[ModelConfig], Model]] = {
    "single": _single,
    "ensemble": _ensemble,
    "same_layer": partial(_cooperative, SameLayer),
    "multiple_layer": partial(_cooperative, MultipleLayer),
    # The controls, which the paper does not have.
    "single_longer": _single,
    "same_layer_detached": partial(_cooperative, SameLayer, detach=True),
    "mutual": _mutual,
}


def build(
    network: Architecture,
    method: Row,
    backbone: Backbone,
    num_classes: int,
    *,
    output_stride: OutputStride,
    pretrained: bool | Path,
    separable: bool,
    connections: ConnectionParameters = DEFAULT_CONNECTIONS,
) -> Model:
    """Build one of the models of Tables 1 and 2.

    Parameters
    ----------
    output_stride
        8 or 16: image size over the size of the backbone's last map.
    pretrained
        Begin every backbone with ImageNet weights: a file, or True for the one that
        ``triptych fetch`` brings into ``data/raw`` (the entries are in
        :data:`triptych.config.segmentation.PRETRAINED`).
    separable
        Depthwise separable convolutions in DeepLabv3+'s ASPP and decoder; DANet has none.

    Returns
    -------
    Model
        A module: float (n, 3, h, w) to the logits of the method's result, float (n, C, h, w).

    Raises
    ------
    UserError
        The pretrained weights are missing, altered, or of another backbone.
    """
    config = ModelConfig(
        network, method, backbone, num_classes, output_stride, separable, connections
    )
    model = config.build()
    if pretrained:
        _begin_pretrained(model, _pretrained_file(backbone) if pretrained is True else pretrained)
    return model


def initialize(config: ModelConfig, seed: int, pretrained: Path | None) -> Model:
    """Return a model whose random weights, but for given backbones, come from a seed alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = config.build()
    if pretrained:
        _begin_pretrained(model, pretrained)
    return model


def _begin_pretrained(model: Model, weights: Path) -> None:
    for backbone in model.backbones:
        backbone.load_pretrained(weights)


def _pretrained_file(backbone: Backbone) -> Path:
    entry = PRETRAINED[backbone]
    (path,) = verified(entry, RAW / entry).values()
    return path
