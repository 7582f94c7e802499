"""Run other programs; none of them is waited for without end."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from triptych.errors import UserError

_LONGEST_COMMAND = 300


def ask(
    command: Sequence[str],
    *,
    patience: float,
    remedy: str,
    folder: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end and return what it printed.

    Parameters
    ----------
    command
        The program and its arguments.
    patience
        Seconds after which it is killed.
    remedy
        What a user can do about a program that does not end.
    folder
        Where it runs; the current folder by default.
    variables
        Its environment; this process's by default.

    Raises
    ------
    UserError
        It did not end in time.
    OSError
        It cannot be started.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    try:
        said, complained = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        # Not waited for: a process that waits for a broken driver does not even die when killed.
        process.kill()
        raise UserError(
            expected=f"an answer within {patience:g} s",
            found="none; the program was killed",
            where=shlex.join(command)[:_LONGEST_COMMAND],
            remedy=remedy,
        ) from None
    except BaseException:
        process.kill()
        raise
    return subprocess.CompletedProcess(command, process.returncode, said, complained)
