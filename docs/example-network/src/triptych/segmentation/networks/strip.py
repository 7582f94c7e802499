"""A small network without a backbone: the example of docs/add-a-network.md."""

from torch import Tensor, nn

from triptych.segmentation.networks.network import (
    Connect,
    SegmentationNetwork,
    convolution,
    leave,
    resize,
)


class Strip(SegmentationNetwork):
    """Three convolutions at a quarter of the image's size; two of them are connection points."""

    def __init__(self, num_classes: int, width: int = 32) -> None:
        super().__init__()
        self.before = nn.Sequential(*convolution(3, width, 5), nn.MaxPool2d(4))
        self.middle = convolution(width, width, 3, dilation=2)
        self.after = convolution(width, width, 3, dilation=4)
        self.classifier = nn.Conv2d(width, num_classes, 1)
        self.points = {"middle": width, "after": width}
        self.head_points = ("after",)

    def forward(self, images: Tensor, connect: Connect = leave) -> list[Tensor]:
        """See :meth:`SegmentationNetwork.forward`; one output."""
        middle = connect("middle", self.middle(self.before(images)))
        after = connect("after", self.after(middle))
        return [resize(self.classifier(after), images)]
