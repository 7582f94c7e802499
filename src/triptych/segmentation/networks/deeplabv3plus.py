"""DeepLabv3+ (Chen et al. 2018): ASPP over the last stage, a decoder with the first."""

import torch
from torch import Tensor, nn

from triptych.config.segmentation import Backbone, OutputStride
from triptych.segmentation.networks.backbones import build_backbone
from triptych.segmentation.networks.network import (
    Connect,
    SegmentationNetwork,
    convolution,
    leave,
    resize,
    stage_maps,
)

# At output stride 8 the map is twice as large, and so are the rates.
_RATES: dict[OutputStride, list[int]] = {16: [6, 12, 18], 8: [12, 24, 36]}
_LOW_LEVEL_SHARE = 3 / 16
_DROPOUT = 0.5


class ASPP(nn.Module):
    """Atrous spatial pyramid pooling (Chen et al. 2017): several dilations, and the whole map.

    It equals torchvision's in names, initial weights and results; torchvision takes seconds to
    import.
    """

    def __init__(self, inputs: int, rates: list[int], outputs: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList(
            [
                convolution(inputs, outputs, 1),
                *(convolution(inputs, outputs, 3, rate) for rate in rates),
                nn.Sequential(nn.AdaptiveAvgPool2d(1), *convolution(inputs, outputs, 1)),
            ]
        )
        joined = len(self.convs) * outputs
        self.project = nn.Sequential(*convolution(joined, outputs, 1), nn.Dropout(_DROPOUT))

    def forward(self, x: Tensor) -> Tensor:
        """Compute float (n, outputs, h, w) from float (n, inputs, h, w)."""
        *local, pooled = self.convs
        maps = [part(x) for part in local]
        return self.project(torch.cat([*maps, resize(pooled(x), x)], dim=1))


class DeepLabV3Plus(SegmentationNetwork):
    """DeepLabv3+ with connection points layer1 to layer4, aspp, decoder.

    Parameters
    ----------
    separable
        Split the 3x3 convolutions of ASPP and decoder into depthwise and pointwise convolutions.
    """

    def __init__(
        self, backbone: Backbone, num_classes: int, output_stride: OutputStride, *, separable: bool
    ) -> None:
        super().__init__()
        self.backbone = build_backbone(backbone, output_stride, multi_grid=False)
        channels, width = self.backbone.channels, self.backbone.head_width
        low_level = round(width * _LOW_LEVEL_SHARE)
        self.aspp = ASPP(channels["layer4"], _RATES[output_stride], width)
        self.low_level = convolution(channels["layer1"], low_level, 1)
        self.decoder = convolution(width + low_level, width, 3)
        self.classifier = nn.Conv2d(width, num_classes, 1)
        if separable:
            _separate(self.aspp)
            _separate(self.decoder)
        self.points = {**channels, "aspp": width, "decoder": width}
        self.head_points = ("layer4", "aspp")

    def forward(self, images: Tensor, connect: Connect = leave) -> list[Tensor]:
        """See :meth:`SegmentationNetwork.forward`; one output."""
        maps = stage_maps(self.backbone, images, connect)
        context = connect("aspp", self.aspp(maps["layer4"]))
        low_level = self.low_level(maps["layer1"])
        joined = torch.cat([resize(context, low_level), low_level], dim=1)
        decoded = connect("decoder", self.decoder(joined))
        return [resize(self.classifier(decoded), images)]


def _separate(module: nn.Module) -> None:
    """Replace every 3x3 convolution inside by a depthwise and a pointwise convolution."""
    for name, child in module.named_children():
        if isinstance(child, nn.Conv2d) and child.kernel_size == (3, 3):
            setattr(module, name, _separable(child))
        else:
            _separate(child)


def _separable(convolution: nn.Conv2d) -> nn.Sequential:
    inputs, outputs = convolution.in_channels, convolution.out_channels
    dilation = convolution.dilation[0]
    return nn.Sequential(
        nn.Conv2d(
            inputs, inputs, 3, padding=dilation, dilation=dilation, groups=inputs, bias=False
        ),
        nn.Conv2d(inputs, outputs, 1, bias=False),
    )
