"""What the claims and the report of a scale are made from."""

from types import SimpleNamespace

import os
import shlex

from triptych.adversarial.files import all_files
from triptych.segmentation.files import all_files as all_segmentation_files

PANEL_FILES = (
    adversarial.call(all_files),
    segmentation.call(all_segmentation_files),
    personalization_files,
)


def panel_artefacts(wildcards):
    """The tables, figures, claims and findings of all panels, without models and raw results."""
    return [
        path
        for files in PANEL_FILES
        for path in files(wildcards)
        if Path(path).parent.parent == Path("results") / wildcards.scale
    ]


def reference_artefacts(wildcards):
    """Our own finished runs, as git has them."""
    return sorted(
        str(path) for path in Path("reference").glob("*/*/*") if path.is_file()
    )


def reference_records(wildcards):
    """How our own finished runs were made: the page tells it."""
    return sorted(
        str(path) for path in Path("reference").glob("*/*/**/provenance/*.json")
    )


def page_templates(wildcards):
    """What the page is made of beside code: a hash of the code does not see them."""
    folder = Path("src/triptych/report/page/templates")
    return sorted(str(path) for path in folder.rglob("*") if path.is_file())


def published_files(wildcards):
    return sorted(str(path) for path in Path("data/published").glob("*/*.*"))


def paper_descriptions(wildcards):
    return sorted(str(path) for path in Path("data/published").glob("*/paper.yaml"))


def workflow_files(wildcards):
    """What the workflow needs beside its parameters, so that the crate's copy of it can be run."""
    return [
        "Snakefile",
        *sorted(str(path) for path in Path("workflow").glob("[!_.]*/[!_.]*")),
        "environment.yml",
        "profiles/default/config.yaml",
        "src/triptych/data/registry.yaml",
        "LICENSE",
    ]


def configuration_files(wildcards):
    """The files of parameters that Snakemake merged: params.yaml, and those of --configfile."""
    return sorted({os.path.relpath(path) for path in workflow.configfiles})


def overlays(wildcards):
    """The option with the files that are laid over params.yaml, in their order."""
    files = [os.path.relpath(path) for path in workflow.overwrite_configfiles]
    return shlex.join(["--configfile", *files]) if files else ""
