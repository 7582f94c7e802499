"""Functions for tests that kill what runs in a copy of the project."""

import signal
import subprocess
import time
from pathlib import Path

import psutil
from support import command_environment

SECONDS = 120


def start(folder: Path, *command: str) -> "subprocess.Popen[bytes]":
    """Start a command in a folder, in a process group of its own."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=command_environment(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # What was started in the background of a shell lets interruptions pass.
        preexec_fn=_listen_to_interruptions,
    )


def _listen_to_interruptions() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_for(folder: Path, *patterns: str, root: str = "work") -> None:
    """Wait until a file of one of these patterns is there."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if any(list((folder / root).glob(pattern)) for pattern in patterns):
            return
        time.sleep(0.02)
    raise AssertionError(f"none of {patterns} appeared below {folder / root}")


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
