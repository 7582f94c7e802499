"""The worker processes of a data loader: short paths for their sockets, and words for their end."""

import os
import tempfile
from multiprocessing.util import get_temp_dir

from triptych.errors import UserError

# Seconds for one batch. A worker that lives but cannot deliver would be waited for without end.
LONGEST_WAIT = 600

# A socket's path has at most 103 bytes (macOS; 107 on Linux), 32 of them for names of Python's.
_LONGEST_FOLDER = 70
_SHORT_FOLDER = "/tmp"  # noqa: S108 # a folder of random name is made in it, for this user alone


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


def explain(error: RuntimeError) -> UserError | None:
    """Say in words that a worker died, or delivered nothing for too long.

    torch has no class of its own for it, and raises it anywhere: a signal tells it of the death.

    Parameters
    ----------
    error
        What ended a step; None is returned where it is something else.
    """
    if not str(error).startswith(("DataLoader worker", "DataLoader timed out")):
        return None
    return UserError(
        expected="loader workers that deliver their batches",
        found=str(error),
        where="the worker processes of this training, see loader_workers in params.yaml",
        remedy="see above and in the system's log what ended them, often too little memory; "
        "lower loader_workers, and run again: what was trained is kept",
    )
