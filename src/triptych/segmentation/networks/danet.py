"""DANet (Fu et al. 2019): attention over positions and over channels, side by side."""

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from triptych.config.segmentation import Backbone, OutputStride
from triptych.segmentation.networks.backbones import STAGES, build_backbone
from triptych.segmentation.networks.network import (
    Connect,
    SegmentationNetwork,
    convolution,
    leave,
    resize,
    stage_maps,
)

_STREAMS = ("pam", "cam")
_REDUCTION = 4
_QUERY_REDUCTION = 8
_DROPOUT = 0.1


class PositionAttention(nn.Module):
    """Every position gathers from similar positions (Section 3.2 of DANet)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query = nn.Conv2d(channels, channels // _QUERY_REDUCTION, 1)
        self.key = nn.Conv2d(channels, channels // _QUERY_REDUCTION, 1)
        self.value = nn.Conv2d(channels, channels, 1)
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """Compute float (n, c, h, w) from a map of the same shape."""
        query, key, value = (
            # One head: without this dimension no GPU kernel fuses it, and (h*w)^2 is stored.
            layer(x).flatten(2).transpose(1, 2).unsqueeze(1)
            for layer in (self.query, self.key, self.value)
        )
        # Unscaled, as in the paper.
        gathered = scaled_dot_product_attention(query, key, value, scale=1.0).squeeze(1)
        # In this order the sum has the layout of x, which decides how later convolutions round.
        return x + self.gamma * gathered.transpose(1, 2).reshape(x.shape)


class ChannelAttention(nn.Module):
    """Every channel gathers from all channels (Section 3.3 of DANet).

    As in the released code, the softmax is over the largest energy minus the energy: channels
    gather from the least similar channels.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        """Compute float (n, c, h, w) from a map of the same shape, always in float32."""
        # Energies are sums over all positions: bfloat16 picks another channel in one of three.
        with torch.autocast(x.device.type, enabled=False):
            flat = x.float().flatten(2)
            energy = flat @ flat.transpose(1, 2)
            attention = torch.softmax(energy.amax(-1, keepdim=True) - energy, dim=-1)
            gathered = (attention @ flat).reshape(x.shape)
        return self.gamma * gathered.to(x.dtype) + x


class DANet(SegmentationNetwork):
    """DANet with connection points layer1 to layer4, pam, cam."""

    def __init__(self, backbone: Backbone, num_classes: int, output_stride: OutputStride) -> None:
        super().__init__()
        self.backbone = build_backbone(backbone, output_stride, multi_grid=True)
        channels = self.backbone.channels
        width = channels["layer4"] // _REDUCTION
        self.before = _per_stream(channels["layer4"], width)
        self.attention = nn.ModuleDict({"pam": PositionAttention(width), "cam": ChannelAttention()})
        self.after = _per_stream(width, width)
        self.classifier = nn.ModuleDict(
            {name: _classifier(width, num_classes) for name in ("sum", *_STREAMS)}
        )
        self.points = {**channels, **dict.fromkeys(_STREAMS, width)}
        self.head_points = _STREAMS

    def sources(self, target: str) -> tuple[str, ...]:
        """Return the stages, and for a stream the same stream: never the other stream.

        Streams do not flow back into the stages, which feed both.
        """
        return (*STAGES, target) if target in _STREAMS else STAGES

    def forward(self, images: Tensor, connect: Connect = leave) -> list[Tensor]:
        """See :meth:`SegmentationNetwork.forward`; three outputs: sum, position, channel."""
        last = stage_maps(self.backbone, images, connect)["layer4"]
        streams = {
            name: self.after[name](connect(name, self.attention[name](self.before[name](last))))
            for name in _STREAMS
        }
        streams = {"sum": streams["pam"] + streams["cam"], **streams}
        return [resize(self.classifier[name](x), images) for name, x in streams.items()]


def _per_stream(inputs: int, outputs: int) -> nn.ModuleDict:
    return nn.ModuleDict({name: convolution(inputs, outputs, 3) for name in _STREAMS})


def _classifier(width: int, num_classes: int) -> nn.Sequential:
    return nn.Sequential(nn.Dropout2d(_DROPOUT), nn.Conv2d(width, num_classes, 1))
