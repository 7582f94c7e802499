"""Safetensors files, checked when they are read."""

import json
import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from triptych.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# The data of a safetensors file begin at a multiple of this; the header is filled up to it.
_ALIGNMENT = 8
_CHUNK_BYTES = 1 << 20


def write_tensors(
    path: Path, tensors: "Mapping[str, NDArray[Any]]", metadata: Mapping[str, str] | None = None
) -> None:
    """Write named arrays and at most one text: the library writes several in random order.

    Raises
    ------
    OSError
        The disk is full, or the folder is not writable.
    """
    # Not at module level: every command loads this module before it changes the environment.
    import numpy as np
    from safetensors.numpy import save

    if metadata and len(metadata) > 1:
        raise ValueError("several texts have no fixed order in the file; join them into one")
    contiguous = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    # Through memory: the library's own writer hides a full disk behind another error.
    path.write_bytes(save(contiguous, dict(metadata) if metadata else None))


def write_streams(
    path: Path,
    arrays: "Mapping[str, NDArray[np.int64]]",
    streams: "Mapping[str, IO[bytes]]",
    metadata: Mapping[str, str],
) -> None:
    """Write what :func:`write_tensors` would, without the bytes of all in memory.

    Parameters
    ----------
    arrays
        int64, which come first.
    streams
        Files whose bytes become arrays, uint8 (n,).

    Raises
    ------
    OSError
        The disk is full, or the folder is not writable.
    """
    sizes = {name: stream.seek(0, os.SEEK_END) for name, stream in streams.items()}
    header, end = dict[str, Any]({"__metadata__": dict(metadata)}), 0
    for name in sorted(arrays):
        header[name] = _described("I64", arrays[name].shape, end, end := end + arrays[name].nbytes)
    for name in sorted(sizes):
        header[name] = _described("U8", (sizes[name],), end, end := end + sizes[name])
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name in sorted(arrays):
            file.write(arrays[name].astype("<i8").tobytes())
        for name in sorted(streams):
            streams[name].seek(0)
            shutil.copyfileobj(streams[name], file, _CHUNK_BYTES)


def _described(dtype: str, shape: tuple[int, ...], start: int, end: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


def read_tensors(path: Path) -> "tuple[dict[str, NDArray[Any]], dict[str, str]]":
    """Read the arrays, which may be modified, and the text of :func:`write_tensors`.

    Raises
    ------
    UserError
        The file is damaged or has another format.
    """
    try:
        with safe_open(path, framework="np") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            return tensors, file.metadata() or {}
    except SafetensorError as error:
        raise UserError(
            expected="a complete safetensors file",
            found=str(error),
            where=str(path),
            remedy="delete it and run the workflow to make it again",
        ) from None


def read_named(path: Path, names: Collection[str]) -> "dict[str, NDArray[Any]]":
    """Read the arrays with these names.

    Raises
    ------
    UserError
        The file is damaged or lacks one of the names.
    """
    tensors, _ = read_tensors(path)
    if not tensors.keys() >= set(names):
        raise UserError(
            expected=f"a file with the tensors {', '.join(names)}",
            found="another kind of file, with " + ", ".join(sorted(tensors)[:5]),
            where=str(path),
            remedy="give the correct file, or delete it and run the workflow to make it again",
        )
    return {name: tensors[name] for name in names}
