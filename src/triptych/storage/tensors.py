"""Tensors on disk: safetensors files that are whole, readable by the group, and checked."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from triptych.errors import UserError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def write_tensors(
    path: Path, tensors: "Mapping[str, NDArray[Any]]", metadata: Mapping[str, str] | None = None
) -> None:
    """Write arrays by name, with a text beside them.

    Parameters
    ----------
    path
        The file to be made.
    tensors
        The arrays.
    metadata
        One text by its name, or none: the library writes several in random order.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written to.
    """
    # Here: every command loads this module, before the environment is settled.
    import numpy as np
    from safetensors.numpy import save

    if metadata and len(metadata) > 1:
        raise ValueError("several texts would not give equal bytes; put them into one")
    contiguous = {name: np.ascontiguousarray(value) for name, value in tensors.items()}
    # Through memory: the library's own writer hides a full disk behind an error of its own.
    path.write_bytes(save(contiguous, dict(metadata) if metadata else None))


def read_tensors(path: Path) -> "tuple[dict[str, NDArray[Any]], dict[str, str]]":
    """Read what :func:`write_tensors` wrote: arrays, which may be changed, and the text.

    Raises
    ------
    UserError
        The file is damaged or of another format.
    """
    try:
        with safe_open(path, framework="np") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
            return tensors, file.metadata() or {}
    except SafetensorError as error:
        raise UserError(
            expected="a whole safetensors file",
            found=str(error),
            where=str(path),
            remedy="delete it and run the workflow, which makes it again",
        ) from None


def read_named(path: Path, names: Collection[str]) -> "dict[str, NDArray[Any]]":
    """Read the arrays of these names, which the file must have.

    Raises
    ------
    UserError
        The file is damaged, or holds something else.
    """
    tensors, _ = read_tensors(path)
    if not tensors.keys() >= set(names):
        raise UserError(
            expected=f"a file with the tensors {', '.join(names)}",
            found="a file of another kind, with " + ", ".join(sorted(tensors)[:5]),
            where=str(path),
            remedy="name the right file, or delete it and run the workflow, which makes it again",
        )
    return {name: tensors[name] for name in names}
