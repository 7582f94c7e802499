"""EfficientNet-Lite0 as a backbone, with the ImageNet weights that its package has."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from triptych.config.segmentation import OutputStride
from triptych.learning.efficientnet import efficientnet_lite0, load_released, scaled
from triptych.segmentation.networks.backbones import STAGES, BackboneModule
from triptych.segmentation.normalization import DEVIATION, MEAN

# Groups of blocks with the sizes of a residual network's stages. Group 0 belongs to the stem.
_STAGES = dict(zip(STAGES, ((1,), (2,), (3, 4), (5, 6)), strict=True))
_CHANNELS = (24, 40, 112, 320)


class EfficientNetLite0(BackboneModule):
    """The stem and the blocks of EfficientNet-Lite0, without its classifier.

    Multi-grid is not applied: the dilation of a block belongs to its whole stage.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, output_stride: OutputStride) -> None:
        super().__init__(_CHANNELS, head_width=256)
        network: Any = efficientnet_lite0(output_stride)
        self.conv_stem, self.bn1, self.blocks = network.conv_stem, network.bn1, network.blocks
        for name, values in (("mean", MEAN), ("deviation", DEVIATION)):
            self.register_buffer(name, torch.tensor(values).view(1, 3, 1, 1), persistent=False)

    def stem(self, images: Tensor) -> Tensor:
        """Return the map before the first stage, at half the image's size."""
        pixels = (images * self.deviation + self.mean) * 255
        return self.blocks[0](self.bn1(self.conv_stem(scaled(pixels))))

    def stem_modules(self) -> list[nn.Module]:
        """See :meth:`BackboneModule.stem_modules`."""
        return [self.conv_stem, self.bn1, self.blocks[0]]

    def stage_blocks(self, name: str) -> list[nn.Module]:
        """See :meth:`BackboneModule.stage_blocks`."""
        return [block for index in _STAGES[name] for block in self.blocks[index]]

    def load_pretrained(self, path: Path) -> None:
        """Load the released file, see :func:`triptych.learning.efficientnet.load_released`."""
        network: Any = efficientnet_lite0()
        load_released(network, path)
        for name in ("conv_stem", "bn1", "blocks"):
            getattr(self, name).load_state_dict(getattr(network, name).state_dict())
