"""The residual network of the backbone ``tiny``, in plain torch: one basic block a stage.

It equals timm's ``ResNet`` of the same numbers in names, initial weights and results. To import
timm takes seconds, in each of the many short jobs that need this network alone.
"""

from torch import Tensor, nn

from triptych.config.segmentation import OutputStride

CHANNELS = (32, 64, 128, 256)
_STEM = 64


class TinyResNet(nn.Module):
    """A stem and four stages ``layer1`` to ``layer4``, without a classifier."""

    def __init__(self, output_stride: OutputStride) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, _STEM, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(_STEM)
        self.act1 = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        reached, before = 4, _STEM
        dilation = 1
        for number, width in enumerate(CHANNELS, start=1):
            stride, first_dilation = 1 if number == 1 else 2, dilation
            if reached == output_stride:
                dilation, stride = dilation * stride, 1
            reached *= stride
            block = _Block(before, width, stride, first_dilation, dilation)
            self.add_module(f"layer{number}", nn.Sequential(block))
            before = width
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            elif isinstance(module, _Block):
                # A block begins as its shortcut alone.
                nn.init.zeros_(module.bn2.weight)


class _Block(nn.Module):
    """Two convolutions and a shortcut, as in ResNet-18."""

    def __init__(
        self, inputs: int, outputs: int, stride: int, first_dilation: int, dilation: int
    ) -> None:
        super().__init__()
        # Created first, listed last, as in timm: both decide the initial weights of a seed.
        downsample = nn.Sequential(
            nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs)
        )
        self.conv1 = _convolution(inputs, outputs, first_dilation, stride)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.act1 = nn.ReLU(inplace=True)
        self.conv2 = _convolution(outputs, outputs, dilation)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.act2 = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, x: Tensor) -> Tensor:
        residual = self.bn2(self.conv2(self.act1(self.bn1(self.conv1(x)))))
        residual += self.downsample(x)
        return self.act2(residual)


def _convolution(inputs: int, outputs: int, dilation: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(
        inputs, outputs, 3, stride=stride, padding=dilation, dilation=dilation, bias=False
    )
