"""IDX files, the format of MNIST."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support import error_of

from triptych.data.images import LabeledImages, load, read_idx, save

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
BODY = bytes([0, 0, 8, 3]) + struct.pack(">3I", 5, 28, 28) + IMAGES.tobytes()
GOOD = gzip.compress(BODY, mtime=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "images-idx3-ubyte.gz"


def test_images_come_back_in_their_shape(path: Path) -> None:
    path.write_bytes(GOOD)

    found = read_idx(path)

    assert found.dtype == np.uint8
    assert np.array_equal(found, IMAGES)


def test_labels_have_one_dimension(path: Path) -> None:
    path.write_bytes(
        gzip.compress(bytes([0, 0, 8, 1]) + struct.pack(">I", 4) + bytes([3, 1, 4, 9]))
    )

    assert read_idx(path).tolist() == [3, 1, 4, 9]


def flipped(position: int) -> bytes:
    content = bytearray(GOOD)
    content[position] ^= 0xFF
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(BODY, id="not compressed"),
        pytest.param(b"<html>Not found</html>", id="a web page"),
        pytest.param(GOOD[:100], id="truncated"),
        pytest.param(GOOD[:-4], id="truncated in the last bytes"),
        pytest.param(flipped(500), id="altered in the middle"),
        pytest.param(flipped(12), id="altered in the structure of the compression"),
        pytest.param(flipped(-6), id="altered checksum"),
        pytest.param(gzip.compress(b""), id="nothing, compressed"),
        pytest.param(gzip.compress(BODY[:4]), id="no dimensions"),
        pytest.param(gzip.compress(BODY[:6]), id="half a dimension"),
        pytest.param(gzip.compress(BODY[:8]), id="one dimension of three"),
        pytest.param(gzip.compress(BODY[:16]), id="no images"),
        pytest.param(gzip.compress(BODY[:-1]), id="a byte too short"),
        pytest.param(gzip.compress(BODY + b"x"), id="a byte too long"),
        pytest.param(gzip.compress(bytes([0, 0, 13, 3]) + BODY[4:]), id="of floats"),
        pytest.param(gzip.compress(b"x" + BODY[1:]), id="another format"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    error = error_of(read_idx, path)

    assert error.expected == "a gzipped IDX file of unsigned bytes"
    assert error.where == str(path)
    assert error.found


def test_a_missing_file_is_named(path: Path) -> None:
    assert error_of(read_idx, path).where == str(path)


@pytest.fixture
def ten() -> LabeledImages:
    return LabeledImages(np.repeat(IMAGES, 2, axis=0), np.arange(10, dtype=np.int64))


def test_labeled_images_come_back_as_they_were_saved(tmp_path: Path, ten: LabeledImages) -> None:
    save(ten, tmp_path / "ten.safetensors")

    found = load(tmp_path / "ten.safetensors")

    assert np.array_equal(found.images, ten.images)
    assert np.array_equal(found.labels, ten.labels)
    assert (found.images.dtype, found.labels.dtype) == (np.uint8, np.int64)


@pytest.mark.parametrize(
    ("take", "labels"),
    [
        (lambda d: d.first(3), [0, 1, 2]),
        (lambda d: d.first(99), list(range(10))),
        (lambda d: d.last(2), [8, 9]),
        (lambda d: d.last(0), []),
        (lambda d: d.without_last(8), [0, 1]),
        (lambda d: d.without_last(0), list(range(10))),
    ],
)
def test_parts_are_the_images_that_they_say(
    ten: LabeledImages, take: Callable[[LabeledImages], LabeledImages], labels: list[int]
) -> None:
    part = take(ten)

    assert part.labels.tolist() == labels
    assert len(part) == len(part.images) == len(labels)
    assert np.array_equal(part.images, ten.images[labels])
