"""Files of measurements: ``PART.json`` for each part, and README.md made from all of them."""

import json
import platform
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd
import psutil
import torch

from triptych.job import devices
from triptych.provenance.recording import commit
from triptych.storage.files import write_text

FOLDER = Path(__file__).resolve().parent
MINIMUM_ROUNDS = 5
# What is measured where no part is named.
PARTS = ("adversarial", "segmentation", "personalization", "workflow")
# The order of README.md. Not every machine has a GPU; the waiting is timed by hand.
SECTIONS = (*PARTS, "gpu", "waiting")

_HEAD = """# Benchmarks

The benchmarks write this page; do not edit it. `make bench` measures the first four parts again,
`python -m benchmarks gpu` the GPU. The last part was timed by hand.

Each pair runs in one process, in turn (ours, peer, ours, peer, ...), after a warm-up of both.
Time is the CPU time of the process (`time.process_time`). The ratio divides our throughput by the
peer's in each round: above 1, this project is faster. The columns of throughput show medians. The
workflow is measured in wall time; its section says how.
"""


@dataclass(frozen=True)
class Spread:
    """A number that was measured once a round.

    Attributes
    ----------
    median, minimum, maximum
        Of all rounds.
    each
        In the order of the rounds.
    """

    median: float
    minimum: float
    maximum: float
    each: list[float]

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        """Summarize the rounds, to five digits."""
        rounded = [float(f"{value:.5g}") for value in values]
        middle = float(f"{median(values):.5g}")
        return cls(middle, min(rounded), max(rounded), rounded)

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.minimum:.2f} to {self.maximum:.2f})"


@dataclass(frozen=True)
class Measured:
    """Results of one part.

    Attributes
    ----------
    rows
        One row for each pair, as README.md shows it, by column.
    numbers
        The same rows with every round and version, for JSON.
    notes
        What a reader needs to know, a sentence or more each.
    """

    rows: list[dict[str, str]]
    numbers: list[dict[str, Any]]
    notes: list[str]


def describe_circumstances() -> dict[str, Any]:
    """Return where and when the benchmarks run; call it before timing."""
    return {
        "machine": devices.describe("cpu"),
        "cores": psutil.cpu_count(),
        # CPU time excludes waiting for other processes, but not the effect of shared caches.
        "load_average_before": psutil.getloadavg()[0],
        "python": platform.python_version(),
        "torch": version("torch"),
        "threads": torch.get_num_threads(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit().model_dump(),
        "command": " ".join(["python -m benchmarks", *sys.argv[1:]]),
    }


def assemble(
    title: str, circumstances: dict[str, Any], rounds: int, seconds: float, measured: Measured
) -> dict[str, Any]:
    """Return the measurements of a part, for JSON; ``seconds`` is the wall time of all rounds."""
    run = {**circumstances, "rounds": rounds, "seconds": seconds}
    return {"title": title, "run": run, **asdict(measured)}


def tell_last_duration(part: str) -> str:
    """Return the last measured duration of a part, in words."""
    run = _read(part).get("run", {})
    if "seconds" not in run:
        return "its duration is not known yet"
    return f"{run['seconds'] / 60:.1f} minutes the last time, with {run['rounds']} rounds"


def write(part: str, record: dict[str, Any]) -> None:
    """Write the measurements of one of :data:`SECTIONS`, then README.md from all parts."""
    write_text(FOLDER / f"{part}.json", json.dumps(record, indent=2) + "\n")
    sections = [section(entry) for entry in map(_read, SECTIONS) if entry]
    write_text(FOLDER / "README.md", "\n".join([_HEAD, *sections]))


def section(record: dict[str, Any]) -> str:
    """Return the section of README.md that shows the measurements of a part."""
    run = record["run"]
    commit = run["commit"]["id"] or "none yet"
    changed = ", with changes" if run["commit"]["modified"] else ""
    load = run["load_average_before"]
    busy = "load average not taken" if load is None else f"load average {load:.1f} before the run"
    lines = [
        f"## {record['title']}",
        "",
        f"- Machine: {run['machine']}, {run['cores']} cores, {busy}",
        f"- Python {run['python']}, torch {run['torch']}, threads: {run['threads']}",
        f"- Date: {run['date']}; {run['rounds']} round{'s' * (run['rounds'] > 1)} "
        f"in {run['seconds'] / 60:.1f} minutes",
        f"- Commit: {commit}{changed}",
        f"- Command: `{run['command']}`",
        "",
        pd.DataFrame(record["rows"]).to_markdown(index=False, disable_numparse=True),
        "",
    ]
    return "\n".join([*lines, *(f"- {note}" for note in record["notes"]), ""])


def _read(part: str) -> dict[str, Any]:
    path = FOLDER / f"{part}.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else {}
