"""One training on several hosts, started by a launcher such as torchrun (experimental).

Each process runs the step's own command, joins the training and ends: see
:mod:`triptych.member`. The step waits and continues with their checkpoint. Only the step
publishes files.
"""

import fcntl
import json
import os
import shlex
import subprocess
from contextvars import ContextVar
from pathlib import Path

from triptych.errors import UserError
from triptych.job.workspace import Workspace
from triptych.storage.files import write_text

LAUNCHER = "TRIPTYCH_LAUNCHER"
MEMBER = "TRIPTYCH_MEMBER"
_MISTAKE = "mistake.json"

# The command line of the running step.
running_command: ContextVar[str] = ContextVar("running_command")


def launcher() -> list[str]:
    """Return the user's command that starts processes on all hosts; empty if not set."""
    return shlex.split(os.environ.get(LAUNCHER, ""))


def joined_training() -> Path | None:
    """Return the workspace of the training that this process joins; None in a step."""
    folder = os.environ.get(MEMBER)
    return Path(folder) if folder else None


def launch(workspace: Workspace) -> None:
    """Start the members of a training with the launcher, and wait for their end.

    All hosts see the workspace under the same path.

    Raises
    ------
    UserError
        A member raised it, or the launcher is missing or failed.
    """
    step = shlex.split(running_command.get())[1:]
    command = [*launcher(), "-m", "triptych.member", str(workspace.folder), *step]
    with (workspace.folder / "launcher.lock").open("w") as lock:
        # The launcher of a killed step stays alive with the lock, so two never train at once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        mistake = workspace.folder / _MISTAKE
        mistake.unlink(missing_ok=True)
        try:
            # No time limit: the duration of a training is not known.
            ended = subprocess.run(command, pass_fds=[lock.fileno()], check=False)
        except OSError as error:
            raise _failed(error.strerror or str(error)) from error
    if ended.returncode and mistake.is_file():
        raise UserError(**json.loads(mistake.read_text(encoding="utf-8")))
    if ended.returncode:
        raise _failed(f"exit code {ended.returncode}")


def leave_mistake(workspace: Workspace, error: UserError) -> None:
    """Pass a member's UserError to the step: the launcher passes only an exit code."""
    write_text(workspace.folder / _MISTAKE, json.dumps(vars(error)))


def _failed(found: str) -> UserError:
    return UserError(
        expected="a launcher that starts all processes of the training and succeeds",
        found=found,
        where=f"{LAUNCHER}={os.environ[LAUNCHER]}",
        remedy="see its messages above and docs/several-gpus.md; the training so far is kept",
    )
