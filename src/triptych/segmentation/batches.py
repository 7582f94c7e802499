"""Training batches: scenes scaled, cropped, mirrored and recolored, each by its own seed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate, pad
from torch.utils.data import DataLoader, Dataset

from triptych.config.segmentation import AugmentationParameters
from triptych.data.classes import IGNORE
from triptych.data.scenes import Scenes
from triptych.errors import UserError
from triptych.job.seeds import derive
from triptych.job.workers import LONGEST_WAIT, keep_sockets_short
from triptych.learning.order import batch_indices
from triptych.segmentation.normalization import MEAN

_MEAN_COLOR = [round(255 * mean) for mean in MEAN]
# Batch normalization after ASPP's pooling sees one value per image, and needs two.
_SMALLEST_PART = 2

Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Draw:
    """One training example: a scene, and the number that seeds its augmentation."""

    scene: int
    number: int


class TrainingCrops(Dataset[Batch]):
    """Augmented crops of scenes.

    Parameters
    ----------
    held_on
        A device that holds all decoded scenes; None decodes each scene when needed.
    """

    def __init__(
        self,
        scenes: Scenes,
        parameters: AugmentationParameters,
        seed: int,
        held_on: torch.device | None,
    ) -> None:
        self.scenes, self.parameters, self.seed = scenes, parameters, seed
        self._held = (
            None
            if held_on is None
            else [tuple(x.to(held_on) for x in self._decode(i)) for i in range(len(scenes))]
        )

    def __len__(self) -> int:
        return len(self.scenes)

    def __getitem__(self, draw: Draw) -> Batch:
        image, mask = self._held[draw.scene] if self._held else self._decode(draw.scene)
        generator = torch.Generator().manual_seed(derive(self.seed, "augment", draw.number))
        return augment(image, mask, self.parameters, generator)

    def _decode(self, index: int) -> Batch:
        return as_tensor(self.scenes.image(index)), torch.tensor(self.scenes.mask(index))


def training_batches(
    crops: TrainingCrops,
    *,
    batch_size: int,
    accumulate: int,
    steps: range,
    share: slice,
    workers: int,
    pinned: bool,
) -> Iterator[Batch]:
    """Yield the batches of some steps, the same whether or not the training was interrupted.

    Parameters
    ----------
    batch_size
        Images in a step, of all processes together.
    accumulate
        Pieces into which each process splits its part.
    share
        The part of each batch for this process.
    workers
        Processes that decode and augment; 0 uses this process.
    pinned
        Whether batches lie in memory from which a GPU copies fast.

    Yields
    ------
    tuple
        uint8 (b, 3, h, w) and uint8 (b, h, w).

    Raises
    ------
    UserError
        There are fewer scenes than a batch holds, or fewer than two images per process; or
        workers have no folder for their batches.
    """
    part = len(range(batch_size)[share]) // accumulate
    if part < _SMALLEST_PART:
        raise UserError(
            expected=f"at least {_SMALLEST_PART} images at once in every process",
            found=f"a batch of {batch_size} gives a process {part} at once",
            where="training.batch_size, training.accumulate and processes of this scale",
            remedy="raise the batch size, or lower the other two",
        )
    if len(crops) < batch_size:
        raise UserError(
            expected=f"at least {batch_size} training scenes, one batch",
            found=str(len(crops)),
            where=str(crops.scenes.path),
            remedy="lower training.batch_size of this scale, or use a larger training set",
        )
    draws = (_draws(crops, batch_size, step)[share] for step in steps)
    if workers:
        keep_sockets_short()
    loader = DataLoader(
        crops,
        batch_sampler=draws,
        num_workers=workers,
        pin_memory=pinned,
        timeout=LONGEST_WAIT if workers else 0,
    )
    return iter(loader)


def _draws(crops: TrainingCrops, batch_size: int, step: int) -> list[Draw]:
    chosen = batch_indices(len(crops), batch_size, step, crops.seed).tolist()
    return [Draw(scene, step * batch_size + place) for place, scene in enumerate(chosen)]


def augment(
    image: Tensor, mask: Tensor, parameters: AugmentationParameters, generator: torch.Generator
) -> Batch:
    """Scale, crop, mirror and recolor one scene; pixels outside of it are ignored.

    Parameters
    ----------
    image, mask
        uint8 (3, h, w) and uint8 (h, w).

    Returns
    -------
    tuple
        uint8 (3, crop_height, crop_width) and uint8 (crop_height, crop_width).
    """
    scale, top, left, mirrored, *recolored = torch.rand(7, generator=generator).tolist()
    smallest, largest = parameters.smallest_scale, parameters.largest_scale
    factor = smallest + (largest - smallest) * scale
    crop = [parameters.crop_height, parameters.crop_width]
    # The region is cut before it is resized: a whole Cityscapes image at scale 2 is costly.
    height, width = (max(1, round(side / factor)) for side in crop)
    image, mask = _padded(image, mask[None], height, width)
    first_row = int(top * (mask.shape[1] - height + 1))
    first_column = int(left * (mask.shape[2] - width + 1))
    box = (..., slice(first_row, first_row + height), slice(first_column, first_column + width))
    image = _resized(image[box], crop)
    mask = interpolate(mask[None][box], size=crop, mode="nearest-exact")[0]
    if parameters.flip and mirrored < 0.5:
        image, mask = image.flip(-1), mask.flip(-1)
    if parameters.color_jitter:
        image = _recolor(image, parameters.color_jitter, recolored)
    return image, mask[0]


def as_tensor(image: NDArray[np.uint8]) -> Tensor:
    """Return an image (h, w, 3) as a tensor (3, h, w)."""
    return torch.tensor(image).permute(2, 0, 1)


def _padded(image: Tensor, mask: Tensor, height: int, width: int) -> Batch:
    """Pad a scene to at least this size; the border has ImageNet's mean color and is ignored."""
    missing_height = max(0, height - mask.shape[1])
    missing_width = max(0, width - mask.shape[2])
    if not missing_height and not missing_width:
        return image, mask
    top, left = missing_height // 2, missing_width // 2
    border = [left, missing_width - left, top, missing_height - top]
    # One channel at a time: a list of three is copied to the GPU, which waits until it idles.
    channels = [
        pad(channel[None], border, value=value)
        for channel, value in zip(image, _MEAN_COLOR, strict=True)
    ]
    return torch.cat(channels), pad(mask, border, value=IGNORE)


def _resized(image: Tensor, size: list[int]) -> Tensor:
    """Resize an image, uint8 (3, h, w), as torchvision does."""
    # On a GPU torch does not resize bytes.
    values = image if image.device.type == "cpu" else image.float()
    resized = interpolate(
        values[None], size=size, mode="bilinear", align_corners=False, antialias=True
    )
    return resized[0].round().to(torch.uint8)


def _recolor(image: Tensor, strength: float, draws: list[float]) -> Tensor:
    # The import takes seconds, which trainings without it save.
    from torchvision.transforms.v2 import functional as transforms

    for quantity, draw in zip(("brightness", "contrast", "saturation"), draws, strict=True):
        change = getattr(transforms, f"adjust_{quantity}")
        image = change(image, 1 + strength * (2 * draw - 1))
    return image
