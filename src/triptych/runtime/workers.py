"""What the worker processes of a data loader need: short paths for sockets, and a watch."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from multiprocessing.util import get_temp_dir
from typing import TypeVar

from triptych.errors import UserError

# Seconds for one batch. A worker that lives but cannot deliver would be waited for without end.
LONGEST_WAIT = 600

# A socket's path has at most 103 bytes (macOS; 107 on Linux), 32 of them for names of Python's.
_LONGEST_FOLDER = 70
_SHORT_FOLDER = "/tmp"  # noqa: S108 # a folder of random name is made in it, for this user alone

T = TypeVar("T")


def keep_sockets_short() -> None:
    """Let worker processes, started later, deliver through sockets whose paths are not too long.

    Python makes them in the folder for temporary files. On clusters its path is often long.

    Raises
    ------
    UserError
        That path is too long, and nothing can be made in /tmp.
    """
    usual = tempfile.gettempdir()
    if len(os.fsencode(usual)) <= _LONGEST_FOLDER:
        return
    tempfile.tempdir = _SHORT_FOLDER
    try:
        # Made once, for this process and those that it forks.
        get_temp_dir()
    except OSError as error:
        raise UserError(
            expected=f"a folder for sockets, its path at most {_LONGEST_FOLDER} bytes long",
            found=f"{len(os.fsencode(usual))} bytes; and in {_SHORT_FOLDER}: {error.strerror}",
            where=f"TMPDIR={usual}",
            remedy="set TMPDIR to a folder with a shorter path",
        ) from None
    finally:
        tempfile.tempdir = usual


def watched(loader: Iterable[T]) -> Iterator[T]:
    """The batches of a data loader with workers.

    Parameters
    ----------
    loader
        A ``torch.utils.data.DataLoader``.

    Yields
    ------
    T
        Its batches.

    Raises
    ------
    UserError
        A worker died, or delivered nothing for too long.
    """
    try:
        yield from loader
    except RuntimeError as error:
        # torch has no class of its own for it.
        if not str(error).startswith("DataLoader "):
            raise
        raise UserError(
            expected="loader workers that deliver their batches",
            found=str(error),
            where="the worker processes of this training, see loader_workers in params.yaml",
            remedy="see above and in the system's log what ended them, often too little memory; "
            "lower loader_workers, and run again: what was trained is kept",
        ) from None
