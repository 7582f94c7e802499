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
