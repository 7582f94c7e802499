"""The form in which panel 2 keeps its data."""

import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ExifTags, Image
from scene_archives import gray_png, mask_of, palette_png, photo, photo_of_mode, png_of_bits
from support import error_of

from triptych.data.encoded import as_png, decode, decode_photo
from triptych.data.scenes import Scene, Scenes, save
from triptych.errors import UserError
from triptych.storage.tensors import write_tensors


def turned(orientation: int) -> Image.Exif:
    """The EXIF block of a camera that was held in one of eight ways; 1 is upright."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return exif


def test_scenes_of_any_shape_and_encoding_come_back_as_they_were(tmp_path: Path) -> None:
    one = Scene("one", photo(6, 8, seed=1), mask_of(0, 18, 255))
    two = Scene("two", photo(20, 16, encoding="JPEG", seed=2), mask_of(7, height=20, width=16))

    save("cityscapes", iter([one, two]), tmp_path / "set.st")

    read = Scenes(tmp_path / "set.st")
    assert (read.dataset, read.names, len(read)) == ("cityscapes", ("one", "two"), 2)
    for index, scene in enumerate((one, two)):
        assert np.array_equal(read.image(index), np.asarray(decode(scene.image, "")))
        assert np.array_equal(read.mask(index), scene.mask)
        assert (read.image(index).dtype, read.mask(index).dtype) == (np.uint8, np.uint8)


def test_equal_scenes_give_equal_bytes(tmp_path: Path) -> None:
    written = set()
    # The header's order was once left to chance: often enough to meet both.
    for _ in range(10):
        save("voc", [Scene("one", photo(), mask_of(0, 20, 255))], tmp_path / "set.st")
        written.add((tmp_path / "set.st").read_bytes())

    assert len(written) == 1


@pytest.mark.parametrize(
    ("image", "mask", "expected", "found"),
    [
        pytest.param(photo()[:60], mask_of(0), "a complete image", "60 bytes", id="cut"),
        pytest.param(photo(6, 8), mask_of(0, width=7), "8x6", "7x6", id="size"),
        pytest.param(photo(), mask_of(0, 11, 30), "0 to 10 and 255", "11, 30", id="id"),
    ],
)
def test_a_scene_that_is_none_is_refused_by_name(
    tmp_path: Path, image: bytes, mask: NDArray[np.uint8], expected: str, found: str
) -> None:
    parts = [("good", photo(), mask_of(10, 255)), ("odd", image, mask)]

    error = error_of(lambda: save("camvid", (Scene(*part) for part in parts), tmp_path / "set.st"))

    assert error.where == "odd"
    assert expected in error.expected
    assert found in error.found
    assert not (tmp_path / "set.st").exists()


@pytest.mark.parametrize("kind", ["no scenes", "no safetensors", "an unknown data set"])
def test_a_file_of_another_format_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "set.st"
    if kind == "no safetensors":
        path.write_bytes(b"x" * 100)
    else:
        about = '{"dataset": "kitti", "names": ["a"]}'
        metadata = {"scenes": about} if kind == "an unknown data set" else {}
        write_tensors(path, {"images": np.zeros(3, np.uint8)}, metadata)

    assert error_of(Scenes, path).where == str(path)


def test_decoding_keeps_the_ids_of_a_mask() -> None:
    mask = mask_of(0, 1, 20, 255)

    for encoded in (as_png(mask), gray_png(mask), palette_png(mask)):
        assert np.array_equal(np.asarray(decode(encoded, "")), mask)


@pytest.mark.parametrize("encoding", ["PNG", "JPEG"])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_an_image_that_is_cut_short_is_refused(encoding: str, share: float) -> None:
    whole = photo(40, 40, encoding=encoding)

    error = error_of(lambda: decode(whole[: int(share * len(whole))], "images.zip: a.png"))

    assert error.where == "images.zip: a.png"
    assert error.expected == "a complete image (PNG or JPEG)"


@pytest.mark.parametrize(
    ("image", "found"),
    [
        pytest.param(png_of_bits(16, 0), "PNG of mode I;16 with 16 bits", id="16-bit gray"),
        pytest.param(png_of_bits(16, 2), "PNG of mode RGB with 16 bits", id="16-bit RGB"),
        pytest.param(png_of_bits(4, 0), "PNG of mode L with 4 bits", id="4-bit gray"),
        pytest.param(photo_of_mode("1"), "PNG of mode 1 with 1 bits", id="1-bit"),
        pytest.param(photo_of_mode("P"), "PNG of mode P", id="palette"),
        pytest.param(photo_of_mode("LA"), "PNG of mode LA", id="gray and alpha"),
        pytest.param(photo_of_mode("RGBA"), "transparency", id="RGB and alpha"),
        pytest.param(photo_of_mode("RGB", transparency=(0, 0, 0)), "transparency", id="color key"),
        pytest.param(photo_of_mode("CMYK", "JPEG"), "JPEG of mode CMYK", id="inks"),
        pytest.param(photo_of_mode("RGB", "JPEG", exif=turned(6)), "EXIF", id="turned"),
        pytest.param(photo_of_mode("RGB", "JPEG", exif=turned(2)), "EXIF", id="mirrored"),
    ],
)
def test_a_photo_whose_pixels_are_not_plain_rgb_is_refused(image: bytes, found: str) -> None:
    # What convert("RGB") makes of it would be silently wrong, or a matter of taste.
    error = error_of(lambda: Scene("odd", image, mask_of(0)))

    assert found in error.found
    assert error.where == "odd"
    assert "RGB or gray with 8 bits" in error.expected


def test_a_gray_photo_has_three_equal_channels(tmp_path: Path) -> None:
    gray = photo_of_mode("L", "JPEG", exif=turned(1))
    save("voc", [Scene("gray", gray, mask_of(0))], tmp_path / "set.st")

    image = Scenes(tmp_path / "set.st").image(0)

    for channel in range(3):
        assert np.array_equal(image[..., channel], np.asarray(decode_photo(gray, "")))


@pytest.mark.parametrize("encoding", ["GIF", "TIFF", "BMP"])
def test_another_format_than_png_and_jpeg_is_refused(encoding: str) -> None:
    with pytest.raises(UserError, match="a complete image"):
        decode(photo(encoding=encoding), "a.png")


def test_an_image_that_would_fill_the_memory_is_refused() -> None:
    head = bytearray(photo())
    head[16:24] = (60_000).to_bytes(4, "big") * 2
    head[29:33] = zlib.crc32(head[12:29]).to_bytes(4, "big")

    with pytest.raises(UserError, match="decompression bomb"):
        decode(bytes(head), "a.png")
