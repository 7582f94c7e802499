"""How the images of a split are drawn again: alone, in blocks of a clip, or by whole city.

Neighboring frames of a video are alike, so that single images would count the same scene many
times, and an interval would be too narrow. Names of video data sets are SEQUENCE_FRAME. New
sequences are covered only where whole sequences are drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

# The data sets whose images are frames of videos, named CLIP_FRAME or CITY_SEQUENCE_FRAME.
_VIDEOS = ("camvid", "cityscapes")
# Whole sequences are drawn if there are this many; fewer say too little about new ones.
_ENOUGH_SEQUENCES = 10

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Sampling:
    """A rule by which images are drawn.

    Attributes
    ----------
    kind
        ``images``: each alone. ``blocks``: consecutive images of a sequence, as many of each
        sequence as it has. ``sequences``: whole ones.
    groups
        The positions of the images of each sequence, in their order; one group for ``images``.
    block
        Longest block.
    """

    kind: Literal["images", "blocks", "sequences"]
    groups: tuple[NDArray[np.int64], ...]
    block: int

    @property
    def images(self) -> int:
        """The number of images."""
        return sum(map(len, self.groups))

    @property
    def pieces(self) -> float:
        """How many images, blocks or sequences the split is worth."""
        if self.kind == "sequences":
            return len(self.groups)
        return sum(len(group) / self._length(group) for group in self.groups)

    @property
    def degrees_of_freedom(self) -> float:
        """Pieces minus one for each part of the split whose number of images is fixed."""
        return self.pieces - (1 if self.kind == "sequences" else len(self.groups))

    @property
    def inflation(self) -> float:
        """The factor that makes a bootstrap variance unbiased, as n / (n - 1) does.

        Drawing varies about the split's own mean, so its variance is too small. NaN for a
        single piece, from which no variance can be estimated.
        """
        return self.pieces / self.degrees_of_freedom if self.degrees_of_freedom > 0 else np.nan

    def draw(self, resamples: int, generator: np.random.Generator) -> Floats:
        """Return how often each image is drawn in each resample, (resamples, images)."""
        weights = np.zeros((resamples, self.images))
        if self.kind == "sequences":
            count = len(self.groups)
            times = generator.multinomial(count, np.full(count, 1 / count), resamples)
            for group, drawn in zip(self.groups, times.T, strict=True):
                weights[:, group] = drawn[:, None]
            return weights
        for group in self.groups:
            weights[:, group] = _blocks(len(group), self._length(group), resamples, generator)
        return weights

    def _length(self, group: NDArray[np.int64]) -> int:
        """Return the length of a block: at most half of its sequence, so that blocks differ."""
        return 1 if self.kind == "images" else max(1, min(self.block, len(group) // 2))

    def __str__(self) -> str:
        count = len(self.groups)
        if self.kind == "images":
            return f"{self.images} images"
        if self.kind == "sequences":
            return f"{self.images} images, whole sequences of {count}"
        return f"{self.images} images, blocks of {self.block} in {count} sequences"


def sampling(dataset: str, names: Sequence[str], block: int) -> Sampling:
    """Return how the images of a data set are drawn, by their names.

    Parameters
    ----------
    block
        Images in a block of a video.
    """
    positions = np.arange(len(names))
    sequences = np.array([name.partition("_")[0] for name in names])
    groups = tuple(positions[sequences == sequence] for sequence in dict.fromkeys(sequences))
    if not dataset.startswith(_VIDEOS) or max(map(len, groups)) == 1:
        return Sampling("images", (positions,), 1)
    kind: Literal["sequences", "blocks"] = (
        "sequences" if len(groups) >= _ENOUGH_SEQUENCES else "blocks"
    )
    return Sampling(kind, groups, block)


def _blocks(images: int, length: int, resamples: int, generator: np.random.Generator) -> Floats:
    """Draw blocks that may start anywhere, as many as give all images; cut the last one."""
    count = -(-images // length)
    starts = generator.integers(0, images - length + 1, (resamples, count))
    drawn = (starts[..., None] + np.arange(length)).reshape(resamples, -1)[:, :images]
    drawn += images * np.arange(resamples)[:, None]
    times = np.bincount(drawn.ravel(), minlength=resamples * images)
    return times.reshape(resamples, images).astype(np.float64)
