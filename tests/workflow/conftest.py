"""Finished and unfinished workflows for the tests of whole DAGs, at scale tiny."""

from pathlib import Path

import pytest
from support import choose_tiny, copy_project, execute


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which `dvc repro` has made scale tiny, undisturbed; not to be changed."""
    folder = tmp_path_factory.mktemp("finished") / "project"
    copy_project(folder)
    choose_tiny(folder)
    execute(folder, "dvc", "repro")
    return folder


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which a plain `snakemake --cores 8` has run; not to be changed."""
    folder = tmp_path_factory.mktemp("smoke") / "project"
    copy_project(folder)
    execute(folder, "snakemake", "--cores", "8", "--resources", "gpu=2")
    return folder
