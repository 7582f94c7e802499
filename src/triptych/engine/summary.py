"""Ask Snakemake which files it would make, and which of them again: ``--detailed-summary``."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from triptych.config.section import Scale
from triptych.engine.asking import ask_snakemake, overlay_options
from triptych.errors import UserError

_COLUMNS = {"output_file", "plan"}
_UP_TO_DATE = "no update"
# The end of an error message: the sentence that matters, not the lines of code before it.
_LONGEST_MESSAGE = 600


@dataclass(frozen=True)
class Plan:
    """All files that the present parameters ask for, and those that would be made again."""

    outputs: frozenset[Path]
    pending: frozenset[Path]


def ask_plan(scale: Scale, configfiles: Sequence[Path]) -> Plan:
    """Ask Snakemake which files are missing or out of date.

    Raises
    ------
    UserError
        Snakemake refuses: a parameter is not allowed, for example.
    """
    options = ["--detailed-summary", "--config", f"scale={scale}", *overlay_options(configfiles)]
    answer = ask_snakemake(options)
    where = f"snakemake {' '.join(options)}"
    if answer.returncode:
        raise UserError(
            expected="Snakemake's summary of the files that are missing or out of date",
            found=" ".join(answer.stderr.split())[-_LONGEST_MESSAGE:],
            where=where,
            remedy="fix the problem that it names, in the folder of the Snakefile",
        )
    return read_plan(answer.stdout, where)


def read_plan(summary: str, where: str) -> Plan:
    """Read what the command ``where`` printed: ``snakemake --detailed-summary``.

    Raises
    ------
    UserError
        The text is no such summary.
    """
    reader = csv.DictReader(summary.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    rows, names = list(reader), list(reader.fieldnames or ())
    if _COLUMNS - set(names):
        raise UserError(
            expected="Snakemake's summary with the columns output_file and plan",
            found=f"columns: {', '.join(names) or 'none'}"[:300],
            where=where,
            remedy="install the locked version of Snakemake: make env",
        )
    return Plan(
        outputs=frozenset(Path(row["output_file"]) for row in rows),
        pending=frozenset(Path(row["output_file"]) for row in rows if row["plan"] != _UP_TO_DATE),
    )
