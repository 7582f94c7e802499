"""The report of whatever is there now: Snakemake is asked what is missing or out of date."""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from triptych.config.section import Scale
from triptych.errors import UserError
from triptych.report.page.collected import Places
from triptych.report.page.document import write
from triptych.system.programs import ask_snakemake

# The end of what Snakemake says: the sentence that matters, not the lines of code before it.
_LONGEST_ANSWER = 600


def write_preview(scale: Scale, configfiles: Sequence[Path], places: Places, page: Path) -> None:
    """Write the report of a scale in any state, finished or not.

    Parameters
    ----------
    scale
        The scale to report.
    configfiles
        Parameters laid over params.yaml, as for Snakemake.
    places
        The folders of its results, of the published numbers and of our finished runs.
    page
        The page to be written (HTML).

    Raises
    ------
    UserError
        Snakemake cannot say what is there: a parameter is not allowed, for example.
    """
    with TemporaryDirectory() as folder:
        summary = Path(folder) / "summary.tsv"
        summary.write_text(_ask_snakemake(scale, configfiles), encoding="utf-8")
        write(scale, places, page, summary=summary, configfiles=configfiles)


def _ask_snakemake(scale: Scale, configfiles: Sequence[Path]) -> str:
    given = ["--configfile", *map(str, configfiles)] if configfiles else []
    command = ["-m", "snakemake", "--detailed-summary", "--config", f"scale={scale}", *given]
    answer = ask_snakemake([sys.executable, *command])
    if answer.returncode:
        raise UserError(
            expected="Snakemake's summary of what is missing or out of date",
            found=" ".join(answer.stderr.split())[-_LONGEST_ANSWER:],
            where=f"python {' '.join(command)}",
            remedy="fix what it says, in the folder of the Snakefile",
        )
    return answer.stdout
