"""Functions for tests that kill what runs in a copy of the project.

What :func:`start` has started rests after each checkpoint: long enough to be killed in the
middle, at no cost and without another result.
"""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
from support import command_environment

SECONDS = 600
_STARTED: "list[subprocess.Popen[bytes]]" = []
_RESTING = """
_save = Workspace.save

def _save_and_rest(*given):
    import os, time
    _save(*given)
    time.sleep(float(os.environ.get("REST", 0)))

Workspace.save = _save_and_rest
"""


def make_killable(folder: Path) -> None:
    """Let the jobs of a project copy rest where they are asked to."""
    with (folder / "src/triptych/job/workspace.py").open("a") as module:
        module.write(_RESTING)


def start(folder: Path, *command: str) -> "subprocess.Popen[bytes]":
    """Start a command in a project that was made killable, in a process group of its own."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=command_environment(folder) | {"REST": "4"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # What was started in the background of a shell lets interruptions pass.
        preexec_fn=_listen_to_interruptions,
    )
    _STARTED.append(process)
    return process


def kill_what_is_left() -> None:
    """Kill whatever :func:`start` has started, with all jobs."""
    while _STARTED:
        with suppress(ProcessLookupError):
            os.killpg(_STARTED.pop().pid, signal.SIGKILL)


def _listen_to_interruptions() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(folder: Path, pattern: str, root: str = "work") -> None:
    """Wait until there are more files of a pattern than at the start."""
    deadline = time.monotonic() + SECONDS
    before = len(list((folder / root).glob(pattern)))
    while time.monotonic() < deadline:
        if len(list((folder / root).glob(pattern))) > before:
            return
        time.sleep(0.02)
    raise AssertionError(f"no further {pattern} appeared below {folder / root}")


def kill_jobs(folder: Path, words: str) -> int:
    """Kill the jobs of a step that run in a folder; returns how many there were."""
    killed = 0
    for process in psutil.process_iter():
        try:
            here = Path(process.cwd()) == folder
            if here and words in " ".join(process.cmdline()) and process.name() != "bash":
                process.kill()
                killed += 1
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return killed
