"""The plan of a run: Snakemake's list of jobs."""

import csv
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triptych.config.models import Panel
from triptych.config.section import Scale
from triptych.engine import listing
from triptych.engine.asking import ask_snakemake, overlay_options
from triptych.errors import UserError
from triptych.layout import LOGS

_BENCHMARK = re.compile(rf"{LOGS}/(.*)\.benchmark\.tsv")
_PARTS = ("expected:", "found:", "where:", "what to do:")


@dataclass(frozen=True)
class Job:
    """One job of the workflow.

    Attributes
    ----------
    step
        The step that it runs, such as ``adversarial.train``.
    name
        The path of its benchmark below logs, such as
        ``lab/adversarial/train_network/natural``.
    threads, gpus, memory_mb
        The resources that the rule requests.
    """

    rule: str
    step: str
    name: str
    wildcards: dict[str, str]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    threads: int
    gpus: int
    memory_mb: int

    @property
    def part(self) -> str:
        """The job's panel, or ``data``, or ``report``."""
        places = self.name.split("/")
        if places[0] == "data":
            return "data"
        return places[1] if len(places) > 2 else "report"


def list_jobs(
    scale: Scale,
    overlays: Sequence[Path] = (),
    panel: Panel | None = None,
    *,
    finished: bool = False,
) -> list[Job]:
    """Ask Snakemake which jobs a run would start, in an order that respects their inputs.

    Without a panel the run is of everything; ``finished`` lists finished jobs, too.

    Raises
    ------
    UserError
        Snakemake refuses; the four parts are those of its error where it has them.
    """
    options = [panel or "all", "--config", f"scale={scale}"]
    options += ["--forceall"] if finished else []
    options += overlay_options(overlays)
    with tempfile.TemporaryDirectory(prefix="triptych-doctor-") as folder:
        target = Path(folder) / "jobs.json"
        answer = ask_snakemake([str(target), *options], module=listing.__name__)
        if answer.returncode or not target.is_file():
            raise _refusal(answer.stdout + answer.stderr, options)
        listed = json.loads(target.read_text(encoding="utf-8"))
    return [_job(entry) for entry in listed]


def read_benchmark(path: Path) -> dict[str, float]:
    """Return seconds, CPU time and memory (MB) of a job's benchmark, by Snakemake's names.

    A number that was not measured is left out.
    """
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file, delimiter="\t"), {})
    names = ("s", "cpu_time", "max_rss")
    return {name: float(row[name]) for name in names if row.get(name, "-") not in ("-", "NA")}


def _job(entry: dict[str, Any]) -> Job:
    match = _BENCHMARK.fullmatch(entry.pop("benchmark"))
    assert match, entry
    inputs, outputs = tuple(entry.pop("inputs")), tuple(entry.pop("outputs"))
    return Job(name=match[1], inputs=inputs, outputs=outputs, **entry)


def _refusal(said: str, options: list[str]) -> UserError:
    """Return Snakemake's refusal in four parts: those that it printed, else its last lines."""
    lines = said.splitlines()
    parts = [next((ln for ln in lines if ln.startswith(part)), None) for part in _PARTS]
    if all(parts):
        expected, found, where, remedy = (
            str(line).removeprefix(part).strip() for line, part in zip(parts, _PARTS, strict=True)
        )
        return UserError(expected=expected, found=found, where=where, remedy=remedy)
    return UserError(
        expected="a workflow that Snakemake can plan",
        found=" ".join(" ".join(lines[-6:]).split()) or "no message from Snakemake",
        where=f"snakemake --dry-run {' '.join(options)}",
        remedy="fix the problem that it names; the same command prints the whole message",
    )
