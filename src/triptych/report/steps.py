"""The steps that make the report of a scale; the command line exposes them."""

from pathlib import Path

from triptych.config import Scale
from triptych.runtime.step import Inputs, OptionalInputs, Output, step


@step
def write_page(
    *,
    scale: Scale,
    results: Path,
    published: Path,
    reference: Path,
    files: OptionalInputs = (),
    summary: OptionalInputs = (),
    page: Output,
) -> None:
    """Write the report: one page that needs no other file.

    Parameters
    ----------
    scale
        The scale that is reported.
    results, published, reference
        Folders: the results of the scale, the papers' numbers, our own finished runs.
    files
        The files of these folders that the page shows; hashed into its record.
    summary
        What Snakemake says of each result (``--detailed-summary``), where results may be
        missing or made with other parameters than the present ones; none in the workflow,
        which has made everything before.
    page
        The page to be made (HTML).
    """
    from triptych.report.page import write

    write(scale, results, published, reference, summary, page)


@step
def write_crate(
    *,
    scale: Scale,
    results: Path,
    prepared: Path,
    workflow: Inputs,
    files: OptionalInputs = (),
    crate: Output,
) -> None:
    """Describe results and how they were made as a Workflow Run RO-Crate.

    Parameters
    ----------
    scale
        The scale that is described.
    results, prepared
        Folders: the results of the scale and its prepared data, with their records.
    workflow
        The Snakefile, the parameters and the rules that were run.
    files
        Files of the results that the crate names; hashed into its record.
    crate
        The metadata to be made (JSON-LD).
    """
    from triptych.report.crate import write

    write(scale, results, prepared, workflow, files, crate)


STEPS = (write_page, write_crate)
