"""Images in their original encoding (PNG, JPEG), packed one after another into one file.

A set of any size, with images of any shape, is one safetensors file with one hash. A reader
loads only the images that it needs.
"""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from safetensors import SafetensorError, safe_open

from triptych.errors import UserError
from triptych.storage.tensors import write_streams

Name = TypeVar("Name", bound=str)
# The first bytes of a PNG, and the offset of its bit depth: the first chunk is always IHDR.
_PNG, _PNG_DEPTH = b"\x89PNG\r\n\x1a\n", 24
_UPRIGHT = 1


class Packing:
    """Encoded images that are about to be written to a file, and wait on its disk."""

    def __init__(self, path: Path) -> None:
        # It has no name, so that nothing remains of it when the process ends.
        self.packed = TemporaryFile(dir=path.parent)  # noqa: SIM115
        self._ends: list[int] = []

    def add(self, encoded: bytes) -> None:
        """Append an image."""
        self.packed.write(encoded)
        self._ends.append(self.packed.tell())

    def ends(self) -> NDArray[np.int64]:
        """Return the end of each image among the bytes of all, (n,)."""
        return np.array(self._ends, np.int64)


def write_packed(
    path: Path, content: str, about: Mapping[str, Any], packings: Mapping[str, Packing]
) -> None:
    """Write packed images, by their kind, as safetensors.

    The metadata is ``about``, a description of the images, as JSON under the name ``content``,
    such as ``scenes``.
    """
    ends = {f"{kind}_ends": packing.ends() for kind, packing in packings.items()}
    packed = {kind: packing.packed for kind, packing in packings.items()}
    write_streams(path, ends, packed, {content: json.dumps(about, sort_keys=True)})


class Packed:
    """A file of :func:`write_packed` with these kinds of images, read one at a time.

    Raises
    ------
    SafetensorError, KeyError, ValueError
        The file is damaged or of another format; see :func:`reading`.
    """

    def __init__(self, path: Path, content: str, *kinds: str) -> None:
        self._file = safe_open(path, framework="np")
        self.about: dict[str, Any] = json.loads((self._file.metadata() or {})[content])
        self._ends = {kind: self._file.get_tensor(f"{kind}_ends") for kind in kinds}

    def image(self, kind: str, index: int) -> Image.Image:
        """Return one image, not yet decoded."""
        ends = self._ends[kind]
        start = int(ends[index - 1]) if index else 0
        encoded = self._file.get_slice(kind)[start : int(ends[index])]
        return Image.open(io.BytesIO(encoded.tobytes()))


@contextmanager
def reading(path: Path, expected: str) -> Iterator[None]:
    """Explain what a file should be if it cannot be read.

    Raises
    ------
    UserError
        The file is damaged or of another format.
    """
    try:
        yield
    except (SafetensorError, KeyError, ValueError) as error:
        damaged = isinstance(error, SafetensorError)
        raise UserError(
            expected=expected,
            found=str(error) if damaged else f"a file of another kind, without {error}",
            where=str(path),
            remedy="delete it and run the workflow, which creates it again",
        ) from None


def known(dataset: str, datasets: tuple[Name, ...]) -> Name:
    """Return the data set of this name.

    Raises
    ------
    KeyError
        There is no such data set.
    """
    for name in datasets:
        if name == dataset:
            return name
    raise KeyError(f"the data set {dataset!r} is unknown")


def as_png(image: NDArray[np.uint8]) -> bytes:
    """Encode an image, uint8 (h, w) or (h, w, 3), losslessly as PNG."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return buffer.getvalue()


def decode(encoded: bytes, where: str) -> Image.Image:
    """Decode a complete PNG or JPEG without conversion: a mask keeps its ids.

    Raises
    ------
    UserError
        It is not an image, or it is truncated.
    """
    try:
        image = Image.open(io.BytesIO(encoded), formats=("PNG", "JPEG"))
        image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(
            expected="a complete image (PNG or JPEG)",
            # Without the address of the open file, which differs from run to run.
            found=f"{len(encoded)} bytes: {str(error).partition(' <')[0]}",
            where=where,
            remedy="replace it with the original file",
        ) from None
    return image


def bits(encoded: bytes) -> int:
    """Return the bits per channel of an encoded PNG or JPEG, which the image's mode may hide."""
    return encoded[_PNG_DEPTH] if encoded.startswith(_PNG) else 8


def decode_photo(encoded: bytes, where: str) -> Image.Image:
    """Decode a photo in RGB, or in gray, which means three equal channels.

    Raises
    ------
    UserError
        As for :func:`decode`, or the pixels are not plain RGB or gray with 8 bits: they have
        16 bits, a palette, transparency, print colors (CMYK), or need a rotation first.
    """
    image = decode(encoded, where)
    found = [f"{image.format} of mode {image.mode} with {bits(encoded)} bits per channel"]
    if image.has_transparency_data:
        found.append("transparency")
    if _is_turned(image):
        found.append("an EXIF orientation that rotates it")
    if len(found) > 1 or image.mode not in ("RGB", "L") or bits(encoded) != 8:
        raise UserError(
            expected="a photo in RGB or gray with 8 bits per channel, opaque and upright",
            found=", ".join(found),
            where=where,
            remedy="replace it with the original file, or convert it; rotate its mask with it",
        )
    return image


def _is_turned(image: Image.Image) -> bool:
    try:
        return image.getexif().get(ExifTags.Base.Orientation, _UPRIGHT) != _UPRIGHT
    except SyntaxError:
        # No program can read this EXIF block, so none rotates the photo.
        return False
