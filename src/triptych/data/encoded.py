"""Images that stay encoded as they came (PNG, JPEG), packed one after another into one file.

So sets of any size and images of any shape are one safetensors file with one hash, of
which a reader touches only what it needs.
"""

import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from safetensors import SafetensorError, safe_open

from triptych.errors import UserError
from triptych.storage.tensors import write_tensors

Name = TypeVar("Name", bound=str)
# How a PNG begins, and the place of its bits a channel: the first chunk is always IHDR.
_PNG, _PNG_DEPTH = b"\x89PNG\r\n\x1a\n", 24
_UPRIGHT = 1


class Packing:
    """Encoded images on their way into a file."""

    def __init__(self) -> None:
        self._packed = bytearray()
        self._ends: list[int] = []

    def add(self, encoded: bytes) -> None:
        """Put an image behind those that are there."""
        self._packed += encoded
        self._ends.append(len(self._packed))

    def arrays(self, kind: str) -> dict[str, NDArray[Any]]:
        """All bytes, uint8, and where each image ends, int64 (n,), by their names in the file."""
        return {
            kind: np.frombuffer(self._packed, np.uint8),
            f"{kind}_ends": np.array(self._ends, np.int64),
        }


def write_packed(
    path: Path, content: str, about: Mapping[str, Any], packings: Mapping[str, Packing]
) -> None:
    """Write packed images.

    Parameters
    ----------
    path
        The file to be made (safetensors).
    content
        What the file holds, such as ``scenes``.
    about
        What a reader must know of them; goes into the file's metadata as JSON.
    packings
        The images by their kind.
    """
    arrays: dict[str, NDArray[Any]] = {}
    for kind, packing in packings.items():
        arrays |= packing.arrays(kind)
    write_tensors(path, arrays, {content: json.dumps(about, sort_keys=True)})


class Packed:
    """What :func:`write_packed` wrote, read one image at a time.

    Parameters
    ----------
    path, content
        As written.
    kinds
        The kinds of images that the file must hold.

    Attributes
    ----------
    about
        As written.

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
        """One image, not yet decoded."""
        ends = self._ends[kind]
        start = int(ends[index - 1]) if index else 0
        encoded = self._file.get_slice(kind)[start : int(ends[index])]
        return Image.open(io.BytesIO(encoded.tobytes()))


@contextmanager
def reading(path: Path, expected: str) -> Iterator[None]:
    """Say of a file that cannot be read what it should have been.

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
            remedy="delete it and run the workflow, which makes it again",
        ) from None


def known(dataset: str, datasets: tuple[Name, ...]) -> Name:
    """The data set of this name.

    Raises
    ------
    KeyError
        There is none.
    """
    for name in datasets:
        if name == dataset:
            return name
    raise KeyError(f"the data set {dataset!r} is unknown")


def as_png(image: NDArray[np.uint8]) -> bytes:
    """Encode an image, uint8 (h, w) or (h, w, 3), without loss."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return buffer.getvalue()


def decode(encoded: bytes, where: str) -> Image.Image:
    """Decode an image whole, as it is: a mask keeps its ids.

    Parameters
    ----------
    encoded
        The content of a PNG or JPEG file.
    where
        The file, for the error.

    Raises
    ------
    UserError
        It is no image, or it is cut short.
    """
    try:
        image = Image.open(io.BytesIO(encoded), formats=("PNG", "JPEG"))
        image.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(
            expected="a whole image (PNG or JPEG)",
            found=f"{len(encoded)} bytes: {error}",
            where=where,
            remedy="replace it by the original file",
        ) from None
    return image


def bits(encoded: bytes) -> int:
    """Bits a channel of an encoded PNG or JPEG; the mode of the decoded image may hide it."""
    return encoded[_PNG_DEPTH] if encoded.startswith(_PNG) else 8


def decode_photo(encoded: bytes, where: str) -> Image.Image:
    """Decode a photo in RGB, or in gray, which stands for three equal channels.

    Parameters
    ----------
    encoded, where
        As in :func:`decode`.

    Raises
    ------
    UserError
        As of :func:`decode`, or the pixels are not 8 bits of RGB or gray as they are:
        they have 16 bits, a palette, transparency, the inks of a press (CMYK), or are to
        be turned first.
    """
    image = decode(encoded, where)
    found = [f"{image.format} of mode {image.mode} with {bits(encoded)} bits a channel"]
    if image.has_transparency_data:
        found.append("transparency")
    if _is_turned(image):
        found.append("an EXIF orientation by which it is to be turned")
    if len(found) > 1 or image.mode not in ("RGB", "L") or bits(encoded) != 8:
        raise UserError(
            expected="a photo in RGB or gray with 8 bits a channel, opaque and upright",
            found=", ".join(found),
            where=where,
            remedy="replace it by the original file, or convert it; its mask is turned with it",
        )
    return image


def _is_turned(image: Image.Image) -> bool:
    try:
        return image.getexif().get(ExifTags.Base.Orientation, _UPRIGHT) != _UPRIGHT
    except SyntaxError:
        # Nobody can read this EXIF block, so nobody turns the photo by it.
        return False
