"""Finished and unfinished workflows for the tests of whole DAGs, at scale tiny."""

import subprocess
from pathlib import Path

import pytest
from support import choose_tiny, command_environment, copy_project


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which `dvc repro` has made scale tiny, undisturbed; not to be changed."""
    folder = tmp_path_factory.mktemp("finished") / "project"
    copy_project(folder)
    choose_tiny(folder)
    result = subprocess.run(
        ["dvc", "repro"],
        cwd=folder,
        env=command_environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return folder
