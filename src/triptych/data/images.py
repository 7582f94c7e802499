"""Labeled gray images: the format of panel 1's data."""

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triptych.errors import UserError
from triptych.storage.tensors import read_named, write_tensors

SIDE = 28
_IDX_UNSIGNED_BYTE = 0x08


@dataclass(frozen=True)
class LabeledImages:
    """Images with their classes.

    Attributes
    ----------
    images
        uint8 (n, 28, 28), 0 is background.
    labels
        int64 (n,), in 0..9.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)

    def first(self, count: int) -> "LabeledImages":
        """Return the first ``count`` images, or all if there are fewer."""
        return LabeledImages(self.images[:count], self.labels[:count])

    def without_last(self, count: int) -> "LabeledImages":
        """Return all but the last ``count`` images."""
        return self.first(len(self) - count)

    def last(self, count: int) -> "LabeledImages":
        """Return the last ``count`` images."""
        start = len(self) - count
        return LabeledImages(self.images[start:], self.labels[start:])


def save(data: LabeledImages, path: Path) -> None:
    """Write images and labels as safetensors."""
    write_tensors(path, {"images": data.images, "labels": data.labels})


def load(path: Path) -> LabeledImages:
    """Read a file of :func:`save`.

    Raises
    ------
    UserError
        The file is damaged, or has other content.
    """
    return LabeledImages(**read_named(path, ("images", "labels")))


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read a gzipped IDX file of unsigned bytes, the format of MNIST.

    Returns
    -------
    NDArray
        uint8, of the shape that the file declares.

    Raises
    ------
    UserError
        The file has another format, or is shorter or longer than it declares.
    """
    try:
        with gzip.open(path) as file:
            content = file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise _not_idx(path, str(error)) from None
    if len(content) < 4 or content[:3] != bytes([0, 0, _IDX_UNSIGNED_BYTE]):
        raise _not_idx(path, f"a file that starts with {content[:4].hex()}")
    dimensions = content[3]
    offset = 4 + 4 * dimensions
    if len(content) < offset:
        raise _not_idx(path, f"{len(content)} bytes, too few for {dimensions} dimensions")
    shape = tuple(np.frombuffer(content[4:offset], ">u4").tolist())
    if len(content) != offset + int(np.prod(shape)):
        raise _not_idx(path, f"{len(content) - offset} bytes for the shape {shape}")
    return np.frombuffer(content, np.uint8, offset=offset).reshape(shape)


def _not_idx(path: Path, found: str) -> UserError:
    return UserError(
        expected="a gzipped IDX file of unsigned bytes",
        found=found,
        where=str(path),
        remedy="delete it and run: triptych fetch mnist",
    )
