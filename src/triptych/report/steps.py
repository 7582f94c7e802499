"""The steps that write the report of a scale."""

from pathlib import Path
from typing import Annotated

from triptych.config.section import Scale
from triptych.job.step import MAY_BE_EMPTY, Inputs, OptionalInputs, Output, ShownFiles, step


@step
def write_page(
    *,
    scale: Scale,
    results: Path,
    published: Path,
    reference: Path,
    configfile: Annotated[tuple[Path, ...], MAY_BE_EMPTY] = (),
    files: ShownFiles = (),
    page: Output,
) -> None:
    """Write the report: one page that needs no other file.

    `triptych report` writes the same page of an unfinished run.

    Parameters
    ----------
    scale
        The scale.
    results
        The folder of its results.
    published
        The folder of the papers' numbers and descriptions.
    reference
        The folder of the adopted runs.
    configfile
        Parameters laid over params.yaml, as for Snakemake.
    files
        The files of these folders that the page shows, and its templates; hashed into its
        record. A table or figure that is not among them is not part of the run. Without
        files, the page names every table and figure that does not exist as missing.
    page
        The page (HTML, output).
    """
    from triptych.report.page.collected import Places
    from triptych.report.page.document import write

    write(scale, Places(results, published, reference), page, files=files, configfiles=configfile)


@step
def write_crate(
    *,
    scale: Scale,
    results: Path,
    prepared: Path,
    papers: Inputs,
    workflow: list[Path],
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
        The Snakefile, the rules and what belongs to them. The crate contains their copies; so
        they are no inputs, and a changed message of a rule makes no crate stale.
    configuration
        The files of parameters that were used.
    files
        Files of the results that the crate must name, with all that they were made from; hashed
        into its record. Everything that has a record, where none are given.
    source
        The manifest of the copy of workflow and configuration that the crate contains.
    crate
        The metadata to be made (JSON-LD).
    """
    from triptych.report.crate.document import write

    write(scale, results, prepared, papers, workflow, configuration, files, source, crate)


STEPS = (write_page, write_crate)
