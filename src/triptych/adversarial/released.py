"""The released networks of Madry's MNIST challenge: TensorFlow 1 checkpoints in zip archives."""

import os
import tempfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from triptych.adversarial import tensorflow_reader
from triptych.adversarial.networks import MadryNetwork
from triptych.errors import UserError
from triptych.system.programs import ask

_PYTHON_VARIABLE = "TRIPTYCH_TENSORFLOW_PYTHON"
_USUAL_PYTHON = Path(".venv-tensorflow/bin/python")
_FETCH_AGAIN = "delete the archive and fetch it again"
_MAKE_ENVIRONMENT = "run: make env-tensorflow"
# Seconds for TensorFlow, whose import takes a minute from a slow network disk.
_PATIENCE = 1800

# The released graph does not name its variables, so TensorFlow numbers them.
_VARIABLES: dict[str, tuple[str, tuple[int, ...]]] = {
    "conv1.weight": ("Variable", (5, 5, 1, 32)),
    "conv1.bias": ("Variable_1", (32,)),
    "conv2.weight": ("Variable_2", (5, 5, 32, 64)),
    "conv2.bias": ("Variable_3", (64,)),
    "fc1.weight": ("Variable_4", (3136, 1024)),
    "fc1.bias": ("Variable_5", (1024,)),
    "fc2.weight": ("Variable_6", (1024, 10)),
    "fc2.bias": ("Variable_7", (10,)),
}


def convert_archive(archive: Path) -> MadryNetwork:
    """Build a network with the weights of a released archive.

    Parameters
    ----------
    archive
        A zip file with one checkpoint, ``checkpoint-NNNN.index`` and its data, in any of its
        folders. Other variables than the network's are ignored.

    Returns
    -------
    MadryNetwork
        Of width 1, with the released weights: kernels of convolutions in the order
        output, input, height, width; those of dense layers (outputs, inputs).

    Raises
    ------
    UserError
        The archive is damaged or unsafe, or has not exactly one checkpoint of this network;
        or no working TensorFlow is installed.
    """
    with tempfile.TemporaryDirectory(prefix="triptych-released-") as name:
        folder = Path(name)
        _unpack(archive, folder / "archive")
        prefix = _checkpoint(folder / "archive", archive)
        variables = _read(prefix, folder / "variables.npz", archive)
    _check(variables, archive)
    network = MadryNetwork(1.0)
    network.load_state_dict(
        {name: _as_torch(variables[released]) for name, (released, _) in _VARIABLES.items()}
    )
    return network


def tensorflow_python() -> Path:
    """Return the interpreter that has TensorFlow.

    It is the value of ``TRIPTYCH_TENSORFLOW_PYTHON``, else the interpreter of
    ``.venv-tensorflow`` in the current folder.

    Raises
    ------
    UserError
        The file does not exist.
    """
    setting = os.environ.get(_PYTHON_VARIABLE)
    # Not resolved: an environment's interpreter is a link and finds its packages by the link.
    python = Path(setting).expanduser() if setting else _USUAL_PYTHON
    if python.is_file():
        return python
    raise _not_working(
        f"{python} ({_PYTHON_VARIABLE} is {'set' if setting else 'not set'})",
        "no such file",
        f"{_MAKE_ENVIRONMENT}{f' and unset {_PYTHON_VARIABLE}' if setting else ''}",
    )


def _unpack(archive: Path, folder: Path) -> None:
    try:
        with zipfile.ZipFile(archive) as opened:
            for member in opened.namelist():
                _refuse_outside(member, folder, archive)
            opened.extractall(folder)
    # RuntimeError: encrypted, or compressed by a method that zipfile does not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise UserError(
            expected="a complete zip archive",
            found=str(error) or type(error).__name__,
            where=str(archive),
            remedy=_FETCH_AGAIN,
        ) from None


def _refuse_outside(member: str, folder: Path, archive: Path) -> None:
    if not (folder / member).resolve().is_relative_to(folder.resolve()):
        raise UserError(
            expected="an archive whose members are all inside its folder",
            found=f"a member named {member!r}",
            where=str(archive),
            remedy=f"do not trust this file; {_FETCH_AGAIN} from its publisher",
        )


def _checkpoint(folder: Path, archive: Path) -> Path:
    """Return the path of the only checkpoint without its suffix, as TensorFlow needs it."""
    checkpoints = sorted(folder.rglob("checkpoint-*.index"))
    if len(checkpoints) != 1:
        names = [path.relative_to(folder).as_posix() for path in checkpoints]
        raise UserError(
            expected="one checkpoint in the archive: checkpoint-NNNN.index and its data",
            found=", ".join(names) or "no file with such a name",
            where=str(archive),
            remedy=_FETCH_AGAIN,
        )
    return checkpoints[0].with_suffix("")


def _read(prefix: Path, output: Path, archive: Path) -> dict[str, NDArray[np.generic]]:
    """Read all variables of a checkpoint by name with TensorFlow in its own environment."""
    python = tensorflow_python()
    # Isolated (-I): the reader's folder must not shadow modules that TensorFlow imports.
    command = [str(python), "-I", tensorflow_reader.__file__, str(prefix), str(output)]
    # This job has not leased a GPU, so TensorFlow must not use one.
    environment = os.environ | {"CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        done = ask(command, patience=_PATIENCE, remedy=_MAKE_ENVIRONMENT, variables=environment)
    except OSError as error:
        raise _not_working(str(python), str(error)) from None
    if done.returncode == tensorflow_reader.UNREADABLE:
        raise UserError(
            expected="a checkpoint that TensorFlow can read",
            found=_last_line(done.stderr),
            where=f"{prefix.name} in {archive}",
            remedy=_FETCH_AGAIN,
        )
    if done.returncode != 0:
        found = _last_line(done.stderr) or f"exit code {done.returncode}"
        raise _not_working(str(python), found)
    with np.load(output, allow_pickle=False) as variables:
        return dict(variables)


def _not_working(where: str, found: str, remedy: str = _MAKE_ENVIRONMENT) -> UserError:
    return UserError(
        expected="a Python interpreter with TensorFlow, which reads the released checkpoints",
        found=found,
        where=where,
        remedy=remedy,
    )


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""


def _check(variables: dict[str, NDArray[np.generic]], archive: Path) -> None:
    for name, shape in _VARIABLES.values():
        if name not in variables or variables[name].shape != shape:
            raise UserError(
                expected=f"a checkpoint with the variable {name} of shape {shape}",
                found=", ".join(f"{key} {variables[key].shape}" for key in sorted(variables))
                or "no variables",
                where=str(archive),
                remedy="give the released archive of Madry's MNIST challenge, or fetch it again",
            )


def _as_torch(value: NDArray[np.generic]) -> Tensor:
    """Put a TensorFlow variable in torch's order: HWIO to OIHW, dense kernels transposed."""
    ordered = value.transpose(3, 2, 0, 1) if value.ndim == 4 else value.T
    return torch.from_numpy(np.ascontiguousarray(ordered))
