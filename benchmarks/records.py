"""What the benchmarks leave: ``PART.json`` for each part, and README.md made from all of them."""

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
# The order of README.md. A GPU is not everywhere; the waiting is timed by hand, as its record says.
SECTIONS = (*PARTS, "gpu", "waiting")

_HEAD = """# Benchmarks

Written by the benchmarks themselves; edit nothing here, run `make bench` instead.

Each pair runs in one process, in turn (ours, peer, ours, peer, ...), after a warm-up of both.
Time is the CPU time of the process (`time.process_time`). The ratio is our throughput over the
peer's, taken in each round: above 1, ours is faster. The columns of throughput show medians.
The workflow is measured by the clock; its section says how.
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
        """Summarise the rounds, to five digits."""
        rounded = [float(f"{value:.5g}") for value in values]
        middle = float(f"{median(values):.5g}")
        return cls(middle, min(rounded), max(rounded), rounded)

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.minimum:.2f} to {self.maximum:.2f})"


@dataclass(frozen=True)
class Measured:
    """What a part has to tell.

    Attributes
    ----------
    rows
        One of each pair: what README.md shows, by column.
    numbers
        The same rows with every round and version, ready for JSON.
    notes
        What a reader must know to judge them, a sentence or more each.
    """

    rows: list[dict[str, str]]
    numbers: list[dict[str, Any]]
    notes: list[str]


def describe_circumstances() -> dict[str, Any]:
    """Where and when the benchmarks run; to be called before timing."""
    return {
        "machine": devices.describe("cpu"),
        "cores": psutil.cpu_count(),
        # How busy others kept the machine: CPU time leaves waiting out, but not shared caches.
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
    """Put the record of a part together, ready for JSON.

    Parameters
    ----------
    title
        Heading of its section.
    circumstances
        From :func:`describe_circumstances`.
    rounds
        How often everything was timed.
    seconds
        How long that took, by the clock.
    measured
        What came out.
    """
    run = {**circumstances, "rounds": rounds, "seconds": seconds}
    return {"title": title, "run": run, **asdict(measured)}


def tell_last_duration(part: str) -> str:
    """How long a part took when it was last recorded, in words."""
    run = _read(part).get("run", {})
    if "seconds" not in run:
        return "its duration is not known yet"
    return f"{run['seconds'] / 60:.1f} minutes the last time, with {run['rounds']} rounds"


def write(part: str, record: dict[str, Any]) -> None:
    """Write the record of a part, and README.md anew.

    Parameters
    ----------
    part
        One of :data:`SECTIONS`.
    record
        From :func:`assemble`.
    """
    write_text(FOLDER / f"{part}.json", json.dumps(record, indent=2) + "\n")
    sections = [section(found) for found in map(_read, SECTIONS) if found]
    write_text(FOLDER / "README.md", "\n".join([_HEAD, *sections]))


def section(record: dict[str, Any]) -> str:
    """The section of README.md that shows a record, from :func:`assemble`."""
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
