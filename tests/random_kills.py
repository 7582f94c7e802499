"""Kills at random moments, drawn from a seed: of one job, of Snakemake, or of both.

They accumulate in one folder: a killed run is restarted, gets further, and is killed again.
After a complete run the folder is emptied and the next run starts.
"""

import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import psutil
from killing import SECONDS, kill_jobs, start
from support import execute

Victim = Literal["job", "snakemake", "both"]
VICTIMS: tuple[Victim, ...] = ("job", "snakemake", "both")
_LONGEST_DELAY = 3.0
_MADE = ("results", "work", "logs", "data/prepared", ".snakemake")


@dataclass(frozen=True)
class Kill:
    """One kill, some seconds after so many jobs have begun.

    Attributes
    ----------
    victim
        What is killed; ``both`` is the whole process group, as by a closed session.
    place
        Which of the jobs that are at work then, from 0 to 1.
    """

    victim: Victim
    jobs: int
    delay: float
    place: float


@dataclass
class Course:
    """What was killed, in sentences and by kind, and how many runs came to their end."""

    lines: list[str] = field(default_factory=list)
    victims: Counter[str] = field(default_factory=Counter)
    runs: int = 0

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {victim}" for victim, count in sorted(self.victims.items()))
        return "\n".join(
            [*self.lines, f"{len(self.lines)} kills ({kinds}), {self.runs} whole runs"]
        )


def draw(seed: int, count: int, most_jobs: int) -> list[Kill]:
    """Draw kills, equally many of each kind, in random order, each after ``most_jobs`` at most."""
    rng = random.Random(seed)
    victims = [VICTIMS[place % len(VICTIMS)] for place in range(count)]
    rng.shuffle(victims)
    return [
        Kill(victim, rng.randint(1, most_jobs), rng.uniform(0, _LONGEST_DELAY), rng.random())
        for victim in victims
    ]


def disturb(
    folder: Path, command: tuple[str, ...], kills: list[Kill], check: Callable[[], None]
) -> Course:
    """Run a workflow to its end and kill it several times, once a run.

    ``check`` is called after each complete run.
    """
    course = Course()
    for kill in kills:
        while (killed := _carry_out(folder, command, kill)) is None:
            # The run ended before the kill was due.
            course.runs += 1
            check()
            empty(folder)
        course.victims[kill.victim] += 1
        course.lines.append(
            f"{kill.victim}: {kill.delay:.1f} s after job {kill.jobs} of its run began; {killed}"
        )
    execute(folder, *command)
    course.runs += 1
    check()
    return course


def empty(folder: Path) -> None:
    """End the running jobs and remove all files of a run."""
    kill_jobs(folder, "triptych")
    for name in _MADE:
        shutil.rmtree(folder / name, ignore_errors=True)


def _carry_out(folder: Path, command: tuple[str, ...], kill: Kill) -> str | None:
    """Start the workflow and kill; return the running jobs, or None if the run ended before."""
    workflow = start(folder, *command)
    process = psutil.Process(workflow.pid)
    begun: set[int] = set()
    deadline = time.monotonic() + SECONDS
    moment = None
    while workflow.poll() is None:
        assert time.monotonic() < deadline, f"nothing to be killed: {kill}"
        jobs = _jobs(process)
        begun |= {job.pid for job in jobs}
        if moment is None and len(begun) >= kill.jobs:
            moment = time.monotonic() + kill.delay
        # Between two jobs only Snakemake can be killed.
        if moment and time.monotonic() >= moment and (jobs or kill.victim != "job"):
            steps = ", ".join(filter(None, map(_step, jobs))) or "no job"
            if kill.victim != "job":
                _kill(workflow, whole=kill.victim == "both")
                return f"at work: {steps}"
            job = jobs[int(kill.place * len(jobs))]
            step = _step(job)
            try:
                job.kill()
            except psutil.NoSuchProcess:
                continue
            if workflow.wait(SECONDS):
                return f"at work: {steps}; killed: {step}"
            # The job had finished before the kill, and so had the run.
        time.sleep(0.02)
    assert workflow.returncode == 0, f"failed undisturbed: see {folder / '.snakemake/log'}"
    return None


def _kill(workflow: "subprocess.Popen[bytes]", *, whole: bool) -> None:
    if whole:
        os.killpg(workflow.pid, signal.SIGKILL)
    else:
        workflow.kill()
    workflow.wait(SECONDS)


def _jobs(workflow: psutil.Process) -> list[psutil.Process]:
    """The running jobs of a workflow, in the order of their start."""
    try:
        found = workflow.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return sorted((process for process in found if _step(process)), key=lambda one: one.pid)


def _step(process: psutil.Process) -> str:
    """The step of a process, such as ``adversarial train``; empty if it is not a job."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return ""
    return " ".join(words[2:4]) if len(words) > 3 and Path(words[1]).name == "triptych" else ""
