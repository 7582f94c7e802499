"""Other programs, run with a time limit."""

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
    """Run a program to its end, in at most ``patience`` seconds, and return what it printed.

    Parameters
    ----------
    remedy
        What a user can do if the program does not end.
    folder, variables
        Its working folder and its environment; those of this process by default.

    Raises
    ------
    UserError
        The program did not end in time and was killed.
    OSError
        The program cannot be started.
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
        output, messages = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        # Do not wait: a process that waits for a broken driver survives even SIGKILL.
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
    return subprocess.CompletedProcess(command, process.returncode, output, messages)
