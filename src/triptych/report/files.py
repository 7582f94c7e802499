"""The files that the report and the crate of a scale are made from."""

from pathlib import Path

from triptych.config.models import Parameters
from triptych.layout import PROVENANCE, REFERENCE, RESULTS, SNAKEFILE
from triptych.panels import panel_files


def panel_artifacts(parameters: Parameters, scale: str) -> list[str]:
    """List tables, figures, claims and findings of all panels, without models and raw results."""
    results = RESULTS / scale
    return [path for path in panel_files(parameters, scale) if Path(path).parent.parent == results]


def histories(parameters: Parameters, scale: str) -> list[str]:
    """List the histories of all trainings: the page draws curves of them."""
    return [path for path in panel_files(parameters, scale) if path.endswith("history.csv")]


def reference_artifacts() -> list[str]:
    """List the adopted runs, as git has them, with the histories of their trainings."""
    return [*_files(REFERENCE, "*/*/*"), *_files(REFERENCE, "*/*/models/**/*history.csv")]


def reference_records() -> list[str]:
    """List the records of the adopted runs: the page says how these were made."""
    return _files(REFERENCE, f"*/*/**/{PROVENANCE}/*.json")


def page_templates() -> list[str]:
    """List what the page is made of beside code: a hash of the code does not see it."""
    return _files(Path("src/triptych/report/page/templates"), "**/*")


def published_files(published: str) -> list[str]:
    """List the papers' numbers and descriptions."""
    return _files(Path(published), "*/*.*")


def paper_descriptions(published: str) -> list[str]:
    """List the descriptions of the papers."""
    return _files(Path(published), "*/paper.yaml")


def headline_sentences(published: str) -> list[str]:
    """List the headline sentences of the papers."""
    return _files(Path(published), "*/conclusions.yaml")


def workflow_files() -> list[str]:
    """List what the workflow needs beside its parameters: the crate has a copy that can run."""
    return [
        SNAKEFILE.as_posix(),
        *_files(Path("workflow"), "[!_.]*/[!_.]*"),
        "environment.yml",
        "profiles/default/config.yaml",
        "src/triptych/data/registry.yaml",
        "LICENSE",
    ]


def _files(folder: Path, pattern: str) -> list[str]:
    return sorted(path.as_posix() for path in folder.glob(pattern) if path.is_file())
