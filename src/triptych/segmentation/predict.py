"""Predicts a class for every pixel of an image by a test protocol."""

from collections import defaultdict
from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn.functional import pad

from triptych.config.segmentation import ProtocolParameters
from triptych.data.scenes import Scenes
from triptych.learning.finite import require_numbers
from triptych.segmentation.batches import as_tensor
from triptych.segmentation.networks import Model
from triptych.segmentation.normalization import normalize

Example = tuple[Tensor, Tensor]


def examples(scenes: Scenes, protocol: ProtocolParameters, start: int = 0) -> Iterator[Example]:
    """Yield batches of scenes in the protocol's form, with images of one size in each.

    Parameters
    ----------
    protocol
        ``center_crop`` resizes the short side of image and mask to the window and takes the
        center. Other protocols leave both unchanged.

    Yields
    ------
    tuple
        uint8 (n, 3, h, w) and uint8 (n, h, w), n up to the protocol's batch size.
    """
    pending: list[Example] = []
    for index in range(start, len(scenes)):
        image, mask = as_tensor(scenes.image(index)), torch.tensor(scenes.mask(index))
        if protocol.kind == "center_crop":
            image, mask = _center(image, mask, protocol.window)
        full = len(pending) == protocol.batch_size
        if pending and (full or mask.shape != pending[0][1].shape):
            yield _stacked(pending)
            pending = []
        pending.append((image, mask))
    if pending:
        yield _stacked(pending)


@torch.no_grad()
def predict(
    model: Model, images: Tensor, protocol: ProtocolParameters, num_classes: int
) -> dict[str, Tensor]:
    """Predict a class for every pixel.

    Parameters
    ----------
    images
        uint8 (n, 3, h, w).
    protocol
        ``sliding`` adds the softmaxes of overlapping windows.

    Returns
    -------
    dict
        int64 (n, h, w) by output: ``result``, and alternatives of cooperating networks.

    Raises
    ------
    UserError
        The model returns NaN.
    """
    inputs = normalize(images)
    if protocol.kind == "sliding":
        scores = _slide(model, inputs, protocol, num_classes)
    else:
        scores = model.results(inputs)
    for name, values in scores.items():
        require_numbers(values, f"the output {name} of the segmentation model")
    return {name: values.argmax(dim=1) for name, values in scores.items()}


def _slide(
    model: Model, inputs: Tensor, protocol: ProtocolParameters, num_classes: int
) -> dict[str, Tensor]:
    height, width = inputs.shape[-2:]
    side = protocol.window
    # In normalized images, a border of zeros has ImageNet's mean color.
    inputs = pad(inputs, (0, max(0, side - width), 0, max(0, side - height)))
    windows = [
        (slice(top, top + side), slice(left, left + side))
        for top in _starts(inputs.shape[-2], side, protocol.stride)
        for left in _starts(inputs.shape[-1], side, protocol.stride)
    ]
    shape = (len(inputs), num_classes, *inputs.shape[-2:])
    totals: dict[str, Tensor] = defaultdict(lambda: inputs.new_zeros(shape))
    for index, image in enumerate(inputs):
        for first in range(0, len(windows), protocol.batch_size):
            chosen = windows[first : first + protocol.batch_size]
            cut = torch.stack([image[:, rows, columns] for rows, columns in chosen])
            for name, logits in model.results(cut).items():
                shares = logits.float().softmax(dim=1)
                for (rows, columns), share in zip(chosen, shares, strict=True):
                    totals[name][index, :, rows, columns] += share
    return {name: total[..., :height, :width] for name, total in totals.items()}


def _starts(length: int, side: int, stride: int) -> list[int]:
    """Return the starts of windows: every stride, and one that reaches the end."""
    last = length - side
    return sorted({*range(0, last, stride), last})


def _center(image: Tensor, mask: Tensor, side: int) -> Example:
    # This import takes seconds, and the other protocols do not need it.
    from torchvision.transforms.v2 import InterpolationMode
    from torchvision.transforms.v2 import functional as transforms

    image = transforms.resize(image, [side], antialias=True)
    mask = transforms.resize(mask[None], [side], interpolation=InterpolationMode.NEAREST_EXACT)[0]
    return transforms.center_crop(image, [side, side]), transforms.center_crop(mask, [side, side])


def _stacked(pending: list[Example]) -> Example:
    images, masks = zip(*pending, strict=True)
    return torch.stack(images), torch.stack(masks)
