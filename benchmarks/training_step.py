"""A training step of DeepLabv3+ compared with the networks of two libraries (panel 2)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models.segmentation import deeplabv3_resnet50

from benchmarks import timing
from triptych.config.segmentation import Backbone, OutputStride
from triptych.data.classes import IGNORE
from triptych.segmentation.losses import TrainingLoss, count_valid
from triptych.segmentation.networks import Model, build
from triptych.segmentation.networks.deeplabv3plus import DeepLabV3Plus
from triptych.segmentation.networks.network import leave, stage_maps
from triptych.segmentation.networks.residual import ResidualBackbone

SEED = 0
CLASSES, BATCH, HEIGHT, WIDTH = 19, 4, 96, 192

_LAYOUTS = {"": torch.contiguous_format, ", the peer in our layout": torch.channels_last}

_NOTE = (
    "Training step: forward, cross-entropy, backward and SGD of DeepLabv3+ single from random "
    f"weights, {CLASSES} classes, a batch of {BATCH} images of {HEIGHT}x{WIDTH}, float32. Our "
    "network is in channels_last, as in training; the peer's network is once in torch's default "
    "layout and once in our layout."
)


@dataclass(frozen=True)
class _Match:
    """Our network and the matching network of a library.

    Attributes
    ----------
    backbone, library, release
        The common backbone, and the library of the other network.
    logits
        The peer's logits of a batch of images, such as ours returns.
    differs
        How the peer's network differs from ours, in words.
    """

    backbone: str
    library: str
    release: str
    ours: Model
    peer: nn.Module
    logits: Callable[[Tensor], Tensor]
    differs: str


def pairs_and_notes() -> tuple[list[timing.Pair], list[str]]:
    """Return the pairs, and what a reader needs to know about them.

    Raises
    ------
    UserError
        A library is not installed.
    """
    generator = torch.Generator().manual_seed(SEED)
    images = torch.randn(BATCH, 3, HEIGHT, WIDTH, generator=generator)
    masks = torch.randint(
        0, CLASSES, (BATCH, HEIGHT, WIDTH), dtype=torch.uint8, generator=generator
    )
    pairs, notes = [], [_NOTE]
    for make in (_segmentation_models, _torchvision):
        notes.append(_describe(make(), images))
        for layout, memory_format in _LAYOUTS.items():
            pairs.append(_pair(make(), layout, memory_format, images, masks))
    return pairs, notes


def _segmentation_models() -> _Match:
    ours = _our_network("resnet18", output_stride=16, separable=True)
    peer = timing.load_peer("segmentation_models_pytorch").DeepLabV3Plus(
        encoder_name="resnet18",
        encoder_weights=None,
        encoder_output_stride=16,
        decoder_atrous_rates=(6, 12, 18),
        classes=CLASSES,
    )
    return _Match(
        backbone="ResNet-18",
        library="segmentation_models_pytorch",
        release=version("segmentation-models-pytorch"),
        ours=ours,
        peer=peer,
        logits=peer,
        differs="DeepLabv3+ at output stride 16 with separable convolutions; one follows the ASPP "
        "and is not in ours",
    )


def _torchvision() -> _Match:
    ours = _our_network("resnet50", output_stride=8, separable=False)
    peer = deeplabv3_resnet50(
        weights=None, weights_backbone=None, num_classes=CLASSES, aux_loss=False
    )
    _check_shared_part(ours, peer)
    return _Match(
        backbone="ResNet-50",
        library="torchvision",
        release=version("torchvision"),
        ours=ours,
        peer=peer,
        logits=lambda images: peer(images)["out"],
        differs="deeplabv3_resnet50, DeepLabv3 at output stride 8, without the decoder that makes "
        "ours DeepLabv3+; checked before timing: backbone and ASPP give the same maps from the "
        "same weights",
    )


def _our_network(backbone: Backbone, *, output_stride: OutputStride, separable: bool) -> Model:
    return build(
        "deeplabv3plus",
        "single",
        backbone,
        CLASSES,
        output_stride=output_stride,
        pretrained=False,
        separable=separable,
    )


def _check_shared_part(ours: Model, peer: Any) -> None:
    """Load our weights of backbone and ASPP into torchvision's network and compare the maps."""
    network = ours.branches[0]
    assert isinstance(network, DeepLabV3Plus)
    assert isinstance(network.backbone, ResidualBackbone)
    peer.backbone.load_state_dict(network.backbone.resnet.state_dict())
    peer.classifier[0].load_state_dict(network.aspp.state_dict())
    images = torch.randn(1, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(SEED))
    ours.eval()
    peer.eval()
    with torch.no_grad():
        maps = stage_maps(network.backbone, images, leave)
        torch.testing.assert_close(
            peer.classifier[0](peer.backbone(images)["out"]), network.aspp(maps["layer4"])
        )
    ours.train()
    peer.train()


def _describe(match: _Match, images: Tensor) -> str:
    ours, peer = _operations(match.ours, images), _operations(match.peer, images)
    weights = [sum(p.numel() for p in net.parameters()) / 1e6 for net in (match.ours, match.peer)]
    return (
        f"{match.library}: {match.differs}. Ours has {weights[0]:.2f} million parameters, the "
        f"peer's {weights[1]:.2f}; a forward pass of ours takes {ours / peer:.3f} times the "
        "floating-point operations of the peer's."
    )


def _operations(network: nn.Module, images: Tensor) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(images)
    return counter.get_total_flops()


def _pair(
    match: _Match, layout: str, memory_format: torch.memory_format, images: Tensor, masks: Tensor
) -> timing.Pair:
    return timing.Pair(
        what=f"training step, {match.backbone}{layout}",
        unit="images",
        ours=timing.Contender(
            "triptych", version("triptych"), BATCH, _our_step(match, images, masks)
        ),
        peer=timing.Contender(
            match.library, match.release, BATCH, _peer_step(match, images, masks, memory_format)
        ),
    )


def _our_step(match: _Match, images: Tensor, masks: Tensor) -> Callable[[], object]:
    loss = TrainingLoss(match.ours.to(memory_format=torch.channels_last))
    inputs = images.contiguous(memory_format=torch.channels_last)
    return partial(_step, match.ours, lambda: loss(inputs, masks, count_valid(masks)))


def _peer_step(
    match: _Match, images: Tensor, masks: Tensor, layout: torch.memory_format
) -> Callable[[], object]:
    match.peer.to(memory_format=layout)
    inputs = images.contiguous(memory_format=layout)
    return partial(
        _step,
        match.peer,
        lambda: cross_entropy(match.logits(inputs), masks.long(), ignore_index=IGNORE),
    )


def _step(model: nn.Module, loss: Callable[[], Tensor]) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)
    loss().backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
