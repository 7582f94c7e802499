"""Averages predictions over image scales and over mirrored images."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from triptych.config.segmentation import ProtocolParameters
from triptych.learning.finite import require_numbers
from triptych.segmentation.networks import Model
from triptych.segmentation.networks.models import RESULT
from triptych.segmentation.normalization import normalize
from triptych.segmentation.predict import _slide as slide


@torch.no_grad()
def mean_shares(
    model: Model,
    images: Tensor,
    protocol: ProtocolParameters,
    num_classes: int,
    *,
    scales: Sequence[float] = (1.0,),
    flip: bool = False,
) -> Tensor:
    """Return the mean softmax of a model over scaled and mirrored images.

    Parameters
    ----------
    images
        uint8 (n, 3, h, w).
    protocol
        ``sliding`` moves a window of one size over each scaled image.
    scales
        Factors of height and width.
    flip
        Whether the mirror image counts too, at every scale.

    Returns
    -------
    Tensor
        float (n, C, h, w); the classes of a pixel sum to 1. With one scale of 1 and no mirror
        image, the largest share is the class of :func:`~triptych.segmentation.predict.predict`.

    Raises
    ------
    UserError
        The model returns NaN.
    """
    size = list(images.shape[-2:])
    total = torch.zeros(len(images), num_classes, *size, device=images.device)
    for scale in scales:
        scaled = _resized(images.float(), [max(1, round(side * scale)) for side in size])
        total += _resized(_shares(model, scaled, protocol, num_classes), size)
        if flip:
            mirrored = _shares(model, scaled.flip(-1), protocol, num_classes)
            total += _resized(mirrored.flip(-1), size)
    require_numbers(total, f"the output {RESULT} of the segmentation model")
    return total / (len(scales) * (2 if flip else 1))


def _shares(model: Model, images: Tensor, protocol: ProtocolParameters, num_classes: int) -> Tensor:
    """Return the softmax of a model; where windows overlap, their mean."""
    inputs = normalize(images)
    if protocol.kind != "sliding":
        return model.results(inputs)[RESULT].float().softmax(dim=1)
    total = slide(model, inputs, protocol, num_classes)[RESULT]
    return total / total.sum(dim=1, keepdim=True)


def _resized(maps: Tensor, size: list[int]) -> Tensor:
    if list(maps.shape[-2:]) == size:
        return maps
    return interpolate(maps, size=size, mode="bilinear", align_corners=False, antialias=True)
