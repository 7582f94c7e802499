"""Overhead of the workflow: wall time of the whole DAG, and CPU time of its jobs."""

import os
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.records import Measured, Spread
from triptych.config.section import Scale
from triptych.errors import UserError

TITLE = "Workflow: the whole DAG"
CORES = 2
COMMAND = ("snakemake", "--cores", str(CORES))

_ROOT = Path(__file__).resolve().parents[1]
# Bash reads this before a job's command. `times` is exact. Snakemake's own benchmark only samples
# a job, at last every 30 seconds, and misses what follows the last sample. A bash inside a job
# must not write its time again.
_TELL_CPU_TIME = "unset BASH_ENV\ntrap 'times > \"$JOBS_CPU_TIME/$$\"' EXIT\n"

_NOTE = (
    f"Each round: a fresh clone of the commit, `{' '.join(COMMAND)}` from nothing, on the CPU. The "
    "ratio divides the wall time by the sum of the CPU times of the run's jobs. It is "
    f"{1 / CORES} if {CORES} cores are always busy with jobs. The rest is the start of Snakemake, "
    "its work between the jobs, and a core that waits for the other core's result. A job's CPU "
    "time includes its shell and all its children, from bash's `times`, with Python's start and "
    "imports."
)


@dataclass(frozen=True)
class Run:
    """One run of a workflow.

    Attributes
    ----------
    jobs
        Number of shells that it started.
    wall_seconds
        Wall time from the command to its end.
    jobs_cpu_seconds
        CPU time of all jobs, user and system.
    own_cpu_seconds
        CPU time of Snakemake itself.
    """

    jobs: int
    wall_seconds: float
    jobs_cpu_seconds: float
    own_cpu_seconds: float

    @property
    def ratio(self) -> float:
        """Wall time divided by the jobs' CPU time; at best one over the number of cores."""
        return self.wall_seconds / self.jobs_cpu_seconds


def measure(rounds: int, scale: Scale = "smoke") -> Measured:
    """Run the DAG of a scale from nothing, once a round.

    Raises
    ------
    UserError
        The project is not a git repository.
    """
    runs = []
    for number in range(1, rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            clone = Path(folder) / "clone"
            _clone(clone)
            runs.append(run_workflow(clone, (*COMMAND, "--config", f"scale={scale}")))
        print(f"workflow, round {number} of {rounds}: {runs[-1]}", flush=True)
    return summarize(runs, scale)


def run_workflow(folder: Path, command: Sequence[str]) -> Run:
    """Run Snakemake with the package of a folder, and measure its time and that of its jobs.

    Raises
    ------
    RuntimeError
        The workflow fails, or a job wrote no time.
    """
    with tempfile.TemporaryDirectory() as told:
        hook = Path(told) / "hook"
        hook.write_text(_TELL_CPU_TIME, encoding="utf-8")
        times = Path(told) / "times"
        times.mkdir()
        environment = {
            **os.environ,
            "BASH_ENV": str(hook),
            "JOBS_CPU_TIME": str(times),
            "PYTHONPATH": str(folder / "src"),
            "TRIPTYCH_DEVICE": "cpu",
        }
        cpu_before, began = _cpu_of_children(), time.monotonic()
        answer = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        wall, cpu = time.monotonic() - began, _cpu_of_children() - cpu_before
        jobs = [read_times(path.read_text("utf-8")) for path in times.iterdir()]
    if answer.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{answer.stderr[-3000:]}")
    benchmarks = len(list((folder / "logs").rglob("*.benchmark.tsv")))
    if not 0 < len(jobs) == benchmarks:
        raise RuntimeError(f"{benchmarks} jobs ran, but CPU times are known for {len(jobs)}")
    return Run(len(jobs), wall, sum(jobs), cpu - sum(jobs))


def read_times(text: str) -> float:
    """Add the times in seconds that bash's ``times`` prints: user and system, shell and children.

    The text is for example ``0m0.003s 0m0.001s`` and a second line of the same form.
    """
    times = re.findall(r"(\d+)m([\d.]+)s", text)
    if len(times) != 4:
        raise ValueError(f"expected the four times that bash's `times` prints, found {text!r}")
    return sum(60 * int(minutes) + float(seconds) for minutes, seconds in times)


def summarize(runs: Sequence[Run], scale: Scale) -> Measured:
    """Summarize the runs of one workflow; each run has its own ratio."""
    ratio = Spread.of([run.ratio for run in runs])
    spreads = {
        name: Spread.of([getattr(run, name) for run in runs])
        for name in ("wall_seconds", "jobs_cpu_seconds", "own_cpu_seconds")
    }
    release = version("snakemake")
    row = {
        "what": f"{scale}, {runs[0].jobs} jobs on {CORES} cores",
        "by": f"snakemake {release}",
        "wall time, s": f"{spreads['wall_seconds'].median:,.0f}",
        "CPU time of the jobs, s": f"{spreads['jobs_cpu_seconds'].median:,.0f}",
        "of Snakemake, s": f"{spreads['own_cpu_seconds'].median:,.0f}",
        "wall time / jobs' CPU time (median, min to max)": str(ratio),
    }
    numbers: dict[str, Any] = {
        "what": row["what"],
        "snakemake": release,
        **{name: asdict(spread) for name, spread in spreads.items()},
        "ratio": asdict(ratio),
    }
    return Measured([row], [numbers], [_NOTE])


def _clone(target: Path) -> None:
    if not (_ROOT / ".git").exists():
        raise UserError(
            expected="a git repository, which each round clones",
            found="no folder .git",
            where=str(_ROOT),
            remedy="run the benchmark in a clone of the repository",
        )
    subprocess.run(["git", "clone", "--quiet", str(_ROOT), str(target)], check=True)
    # Uncommitted changes are measured, too; the measurements say that there are changes.
    changes = subprocess.run(
        ["git", "diff", "--binary", "HEAD"], cwd=_ROOT, capture_output=True, check=True
    ).stdout
    if changes:
        subprocess.run(["git", "apply"], cwd=target, input=changes, check=True)


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
