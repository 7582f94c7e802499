"""EfficientNet-Lite0 (Tan and Le 2019; the Lite variant of 2020) with the released weights."""

from pathlib import Path

from timm.models import efficientnet
from torch import Tensor, nn

from triptych.learning.weights import load_weights, read_weights

# The weights want (byte - 127) / 128.
_SHIFT, _SCALE = 127.0, 128.0


def efficientnet_lite0(output_stride: int = 32) -> nn.Module:
    """Return timm's network with random weights: ``conv_stem``, ``bn1``, ``blocks``, a classifier.

    Parameters
    ----------
    output_stride
        8, 16 or 32: image size over the size of the last map.
    """
    return efficientnet.tf_efficientnet_lite0(output_stride=output_stride)


def load_released(network: nn.Module, path: Path) -> None:
    """Load the released file into a network of :func:`efficientnet_lite0`.

    Raises
    ------
    UserError
        The file is damaged, or holds the weights of another network.
    """
    weights = list(read_weights(path).values())
    # The names of the file differ from timm's; the order of the tensors is the same.
    names = list(network.state_dict())
    names += [f"surplus {number}" for number in range(len(names), len(weights))]
    load_weights(network, dict(zip(names, weights, strict=False)), path)


def scaled(pixels: Tensor) -> Tensor:
    """Return pixel values, 0 to 255, in the range of the released weights."""
    return (pixels - _SHIFT) / _SCALE
