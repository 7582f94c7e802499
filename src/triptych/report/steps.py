"""The steps that make the report of a scale; the command line exposes them."""

from pathlib import Path

from triptych.config import Scale
from triptych.runtime.step import Inputs, OptionalInputs, Output, ShownFiles, step


@step
def write_page(
    *,
    scale: Scale,
    results: Path,
    published: Path,
    reference: Path,
    files: ShownFiles = (),
    summary: OptionalInputs = (),
    configfiles: OptionalInputs = (),
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
        The files of these folders that the page shows, and its templates; hashed into its
        record. A table or figure that should be there and is not among them is not part of
        the run.
    summary
        What Snakemake says of each result (``--detailed-summary``), where results may be
        missing or made with other parameters than the present ones; none in the workflow,
        which has made everything before.
    configfiles
        Further parameters that Snakemake is given, for the commands on the page.
    page
        The page to be made (HTML).
    """
    from triptych.report.collected import Places
    from triptych.report.page import write

    places = Places(results, published, reference)
    write(scale, places, files, summary, configfiles, page)


@step
def write_crate(
    *,
    scale: Scale,
    results: Path,
    prepared: Path,
    papers: Inputs,
    workflow: Inputs,
    configuration: Inputs,
    files: OptionalInputs = (),
    source: Output,
    crate: Output,
) -> None:
    """Describe results and how they were made as a Workflow Run RO-Crate.

    Parameters
    ----------
    scale
        The scale that is described.
    results, prepared
        Folders: the results of the scale and its prepared data, with their records.
    papers
        The descriptions of the papers, data/published/PANEL/paper.yaml.
    workflow
        The Snakefile, the rules and what belongs to them.
    configuration
        The files of parameters that were used.
    files
        Files of the results that the crate must name; hashed into its record.
    source
        The manifest of the copy of workflow and configuration that the crate contains.
    crate
        The metadata to be made (JSON-LD).
    """
    from triptych.report.crate import write

    write(scale, results, prepared, papers, workflow, configuration, files, source, crate)


STEPS = (write_page, write_crate)
