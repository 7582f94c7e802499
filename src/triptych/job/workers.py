"""Worker processes of a data loader: short socket paths, and an explained end."""

import os
import tempfile
from multiprocessing.util import get_temp_dir

from triptych.errors import UserError

# Seconds for one batch; without a limit, a worker that hangs would stop the training forever.
LONGEST_WAIT = 600

# A socket's path has at most 103 bytes (macOS; 107 on Linux); Python's own names take 32.
_LONGEST_FOLDER = 70
_SHORT_FOLDER = "/tmp"  # noqa: S108 # Python creates a private folder with a random name in it


def keep_sockets_short() -> None:
    """Give worker processes that start later sockets with short paths.

    Python creates the sockets in the folder for temporary files. On clusters its path is often
    too long.

    Raises
    ------
    UserError
        The path is too long, and /tmp is not writable.
    """
    usual = tempfile.gettempdir()
    if len(os.fsencode(usual)) <= _LONGEST_FOLDER:
        return
    tempfile.tempdir = _SHORT_FOLDER
    try:
        # Created once, for this process and its forks.
        get_temp_dir()
    except OSError as error:
        raise UserError(
            expected=f"a folder for sockets with a path of at most {_LONGEST_FOLDER} bytes",
            found=f"{len(os.fsencode(usual))} bytes; and in {_SHORT_FOLDER}: {error.strerror}",
            where=f"TMPDIR={usual}",
            remedy="set TMPDIR to a folder with a shorter path",
        ) from None
    finally:
        tempfile.tempdir = usual


def explain(error: RuntimeError) -> UserError | None:
    """Explain an error that means that a worker died or timed out; return None for others.

    torch raises a plain RuntimeError anywhere, because a signal reports the death.
    """
    if not str(error).startswith(("DataLoader worker", "DataLoader timed out")):
        return None
    return UserError(
        expected="loader workers that deliver their batches",
        found=str(error),
        where="the worker processes of this training, see loader_workers in params.yaml",
        remedy="find the cause in the messages above and the system log, often too little memory; "
        "lower loader_workers and run again; the training so far is kept",
    )
