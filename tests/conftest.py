"""What all tests share: one thread, the mirror of real data, copies of the project, commands."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import run_here
from support import Run, copy_project, execute


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "mirror: needs real data from TRIPTYCH_MIRROR")
    config.addinivalue_line("markers", "dag: runs a whole workflow")
    config.addinivalue_line("markers", "xdist_group(name): in one process with its like")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where several processes test, what needs one finished workflow is left to one of them."""
    for item in items:
        for fixture in ("smoke", "finished"):
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(fixture))


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


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, without a mirror."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRIPTYCH_MIRROR", raising=False)
    return tmp_path


@pytest.fixture
def triptych(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run a command of the program in a folder of its own and give its exit code."""
    return lambda *words: run_here(monkeypatch, list(words))
