"""The report of whatever is there now: Snakemake is asked what is missing or out of date."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from triptych.config.section import Scale
from triptych.engine.summary import ask_summary
from triptych.report.page.collected import Places
from triptych.report.page.document import write


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
        summary.write_text(ask_summary(scale, configfiles), encoding="utf-8")
        write(scale, places, page, summary=summary, configfiles=configfiles)
