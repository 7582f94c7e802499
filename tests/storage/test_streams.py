"""Large arrays that are written from files, without all of their bytes in memory."""

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from triptych.data.encoded import Packed, Packing, write_packed
from triptych.storage.tensors import write_streams, write_tensors


@pytest.mark.parametrize("text", ["", "short", '{"names": ["a\\"b", "Käse", "tab\\t"]}\n'])
@pytest.mark.parametrize("sizes", [{"images": 0, "masks": 5}, {"masks": 1023, "images": 8}])
def test_the_bytes_are_those_of_the_library(
    tmp_path: Path, sizes: dict[str, int], text: str
) -> None:
    ends = {f"{name}_ends": np.arange(size % 7) for name, size in sizes.items()}
    contents = {name: np.arange(size, dtype=np.uint8) for name, size in sizes.items()}
    streams = {name: io.BytesIO(content.tobytes()) for name, content in contents.items()}

    write_tensors(tmp_path / "expected", {**contents, **ends}, {"about": text})
    write_streams(tmp_path / "streamed", ends, streams, {"about": text})

    assert (tmp_path / "streamed").read_bytes() == (tmp_path / "expected").read_bytes()


def test_packed_images_need_a_fraction_of_their_size_in_memory(tmp_path: Path) -> None:
    tracemalloc.start()
    packing = Packing(tmp_path / "set")
    for number in range(40):
        packing.add(bytes([number]) * 1_000_000)
    write_packed(tmp_path / "set", "scenes", {}, {"images": packing})
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 5_000_000
    assert (tmp_path / "set").stat().st_size > 40_000_000
    assert Packed(tmp_path / "set", "scenes", "images").about == {}
    assert [path.name for path in tmp_path.iterdir()] == ["set"]
