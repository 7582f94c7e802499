"""Small data sets of exactly the real formats, as folders, zips and tars."""

import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.io import savemat
from scipy.sparse import csc_matrix

from triptych.data.classes import class_table

Files = dict[str, bytes]
Mask = NDArray[np.uint8]


def mask_of(*ids: int, height: int = 6, width: int = 8) -> Mask:
    """A mask that repeats the given ids over its pixels."""
    return np.resize(np.array(ids, np.uint8), (height, width))


def requantized(image: bytes) -> bytes:
    """Return an image as an editor saves it: the same colors, in a new palette."""
    return _encoded(Image.open(io.BytesIO(image)).convert("RGB").quantize(8), "PNG")


def photo(height: int = 6, width: int = 8, *, encoding: str = "PNG", seed: int = 0) -> bytes:
    """An encoded RGB image of noise."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return _encoded(Image.fromarray(pixels), encoding)


def gray_png(mask: Mask) -> bytes:
    """A mask as Cityscapes and CamVid keep it: ids as gray values."""
    return _encoded(Image.fromarray(mask), "PNG")


def palette_png(mask: Mask, **colors: tuple[int, int, int]) -> bytes:
    """A mask as VOC keeps it: ids as indices into VOC's palette, or one with other colors."""
    palette = [*class_table("voc").colors, *[(1, 1, 1)] * 234, (224, 224, 192)]
    for name, color in colors.items():
        palette[class_table("voc").names.index(name)] = color
    image = Image.fromarray(mask).convert("P")
    image.putdata(mask.ravel().tolist())
    image.putpalette([channel for color in palette for channel in color])
    return _encoded(image, "PNG")


def png_of_bits(depth: int, color_type: int, height: int = 6, width: int = 8) -> bytes:
    """A PNG whose every bit is set, with a number of bits that Pillow does not write."""
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[color_type]
    row = b"\x00" + b"\xff" * -(-width * channels * depth // 8)
    header = struct.pack(">IIBBBBB", width, height, depth, color_type, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * height)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def photo_of_mode(mode: str, encoding: str = "PNG", **options: object) -> bytes:
    """A photo of noise in another mode of Pillow's, saved with its options."""
    buffer = io.BytesIO()
    Image.open(io.BytesIO(photo())).convert(mode).save(buffer, format=encoding, **options)
    return buffer.getvalue()


def sbd_mat(mask: Mask) -> bytes:
    """A mask as SBD keeps it: a struct that also holds sparse boundaries."""
    boundaries = np.empty((20, 1), object)
    boundaries[:, 0] = [csc_matrix(mask.shape[-2:], dtype=bool) for _ in range(20)]
    struct = {"Boundaries": boundaries, "Segmentation": mask, "CategoriesPresent": [[1]]}
    buffer = io.BytesIO()
    savemat(buffer, {"GTcls": struct}, do_compression=True)
    return buffer.getvalue()


def as_folder(path: Path, files: Files) -> Path:
    """Write files below a folder."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def as_zip(path: Path, files: Files) -> Path:
    """Write a zip."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def as_tar(path: Path, files: Files) -> Path:
    """Write a tar, compressed where the name ends in ``.tgz``."""
    with tarfile.open(path, "w:gz" if path.suffix == ".tgz" else "w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def _encoded(image: Image.Image, encoding: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=encoding)
    return buffer.getvalue()
