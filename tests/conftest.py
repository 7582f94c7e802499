"""What all tests share: one thread, the mirror of real data, copies of the project."""

import os
from pathlib import Path

import pytest
from support import Run, copy_project, execute


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "mirror: needs real data from TRIPTYCH_MIRROR")
    config.addinivalue_line("markers", "dag: runs a whole workflow")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Equal bytes need an equal number of threads; tests also share the machine."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture
def mirror() -> Path:
    """The mirror of real data.

    Skipped where none is set; an error where TRIPTYCH_REQUIRE_MIRROR says there must be one.
    """
    folder = os.environ.get("TRIPTYCH_MIRROR")
    if folder and Path(folder).is_dir():
        return Path(folder)
    if os.environ.get("TRIPTYCH_REQUIRE_MIRROR"):
        pytest.fail("TRIPTYCH_REQUIRE_MIRROR is set, but TRIPTYCH_MIRROR names no folder")
    pytest.skip("needs real data: set TRIPTYCH_MIRROR")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project without results, as git would check it out, with its own history."""
    copy_project(tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def run() -> Run:
    """Run a command in a folder and give back what it said.

    The package is that of the folder: a test may change its code.
    """

    return execute
