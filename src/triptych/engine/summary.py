"""Read from Snakemake's ``--detailed-summary`` what it would make again, and why."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from triptych.config.section import Scale
from triptych.engine.asking import ask_snakemake
from triptych.errors import UserError

_COLUMNS = {"output_file", "input-file(s)", "status", "plan"}
_FINE, _UP_TO_DATE, _NONE = "ok", "no update", "-"
# The end of an error message: the sentence that matters, not the lines of code before it.
_LONGEST_MESSAGE = 600


@dataclass(frozen=True)
class Output:
    """A file that a rule makes: what Snakemake says of it.

    Attributes
    ----------
    status
        ``ok``, ``missing``, ``params changed``, ``updated input files``, ...
    pending
        Whether Snakemake would make it again, for its own sake or that of an input.
    inputs
        What it is made from.
    """

    status: str
    pending: bool
    inputs: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """All files that the present parameters ask for, by their paths."""

    outputs: Mapping[str, Output]

    def reasons(self, path: str) -> list[tuple[str, str]]:
        """Why a file would be made again: files and their status; none where it would not.

        The first cause is often another file, which this one was made from.
        """
        reasons: dict[str, str] = {}
        seen: set[str] = set()
        pending = [path]
        while pending:
            current = pending.pop()
            output = self.outputs.get(current)
            if output is None or not output.pending or current in seen:
                continue
            seen.add(current)
            if output.status != _FINE:
                reasons[current] = output.status
            pending += output.inputs
        return sorted(reasons.items())


def ask_summary(scale: Scale, configfiles: Sequence[Path]) -> str:
    """Return what ``snakemake --detailed-summary`` prints.

    Parameters
    ----------
    scale
        The scale.
    configfiles
        Parameters laid over params.yaml, as for Snakemake.

    Raises
    ------
    UserError
        Snakemake refuses: a parameter is not allowed, for example.
    """
    overlays = ["--configfile", *map(str, configfiles)] if configfiles else []
    options = ["--detailed-summary", "--config", f"scale={scale}", *overlays]
    answer = ask_snakemake(options)
    if answer.returncode:
        raise UserError(
            expected="Snakemake's summary of what is missing or out of date",
            found=" ".join(answer.stderr.split())[-_LONGEST_MESSAGE:],
            where=f"snakemake {' '.join(options)}",
            remedy="fix the problem that it names, in the folder of the Snakefile",
        )
    return answer.stdout


def read_plan(path: Path) -> Plan:
    """Read what ``snakemake --detailed-summary`` has printed.

    Raises
    ------
    UserError
        It is something else.
    """
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        rows, names = list(reader), list(reader.fieldnames or ())
    if _COLUMNS - set(names):
        raise UserError(
            expected="Snakemake's summary: output_file, input-file(s), status, plan, ...",
            found=f"columns: {', '.join(names) or 'none'}"[:300],
            where=str(path),
            remedy="make it with: snakemake --detailed-summary, or leave it out",
        )
    return Plan({row["output_file"]: _output(row) for row in rows})


def _output(row: Mapping[str, str]) -> Output:
    inputs = row["input-file(s)"]
    return Output(
        status=row["status"],
        pending=row["plan"] != _UP_TO_DATE,
        inputs=() if inputs == _NONE else tuple(inputs.split(",")),
    )
