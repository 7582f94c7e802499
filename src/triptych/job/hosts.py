"""One training on several hosts: a launcher of the user's, such as torchrun, starts its processes.

Each of them runs the step's own command again, up to the training, joins in, and ends: see
:mod:`triptych.member`. The step itself waits and goes on with the checkpoint that they leave;
only the step publishes anything.
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

# The command line of the step that this process runs.
running_command: ContextVar[str] = ContextVar("running_command")


def launcher() -> list[str]:
    """The user's command that starts processes on all hosts; empty where there is none."""
    return shlex.split(os.environ.get(LAUNCHER, ""))


def joined_training() -> Path | None:
    """The workspace of the training that this process was started to join; None of a step."""
    folder = os.environ.get(MEMBER)
    return Path(folder) if folder else None


def launch(workspace: Workspace) -> None:
    """Let the launcher start the members of a training, and wait for their end.

    Parameters
    ----------
    workspace
        Of the training; seen by all hosts under the same path.

    Raises
    ------
    UserError
        A member raised it; or the launcher is not there, or it failed.
    """
    step = shlex.split(running_command.get())[1:]
    command = [*launcher(), "-m", "triptych.member", str(workspace.folder), *step]
    with (workspace.folder / "launcher.lock").open("w") as lock:
        # The launcher of a killed step lives on and has the lock with it: two never train at once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        mistake = workspace.folder / _MISTAKE
        mistake.unlink(missing_ok=True)
        try:
            # Without a time limit: a training takes as long as it takes.
            ended = subprocess.run(command, pass_fds=[lock.fileno()], check=False)
        except OSError as error:
            raise _failed(error.strerror or str(error)) from error
    if ended.returncode and mistake.is_file():
        raise UserError(**json.loads(mistake.read_text(encoding="utf-8")))
    if ended.returncode:
        raise _failed(f"exit code {ended.returncode}")


def leave_mistake(workspace: Workspace, error: UserError) -> None:
    """Tell the step of a user's mistake that a member met: the launcher tells an exit code."""
    write_text(workspace.folder / _MISTAKE, json.dumps(vars(error)))


def _failed(found: str) -> UserError:
    return UserError(
        expected="a launcher that starts all processes of the training and ends well",
        found=found,
        where=f"{LAUNCHER}={os.environ[LAUNCHER]}",
        remedy="see its messages above and docs/several-gpus.md; what was trained is kept",
    )
