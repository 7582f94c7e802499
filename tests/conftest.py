"""Fixtures of all tests: one thread, the mirror of real data, copies of the project, commands."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from child_processes import in_folder, locks, start  # noqa: F401
from command_line import parts_of, run_here
from support import ROOT, Run, copy_project, execute


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "mirror: needs real data from TRIPTYCH_MIRROR")
    config.addinivalue_line("markers", "dag: runs a whole workflow")
    config.addinivalue_line("markers", "long: takes many minutes; run by make test-long alone")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Run all whole workflows in one test process, because they share finished projects."""
    from xdist.scheduler import LoadScopeScheduling

    class WorkflowsTogether(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "workflows" if nodeid.startswith("tests/workflow/") else nodeid

    return WorkflowsTogether(config, log)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Set one thread: equal bytes need an equal number, and tests share the machine."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium, see :func:`browsing.chromium`."""
    # Not at module level: most tests need no browser.
    from browsing import chromium

    with chromium() as opened:
        yield opened


@pytest.fixture
def mirror() -> Path:
    """The mirror of real data.

    Skipped if not set; an error if TRIPTYCH_REQUIRE_MIRROR is set.
    """
    folder = os.environ.get("TRIPTYCH_MIRROR")
    if folder and Path(folder).is_dir():
        return Path(folder)
    if os.environ.get("TRIPTYCH_REQUIRE_MIRROR"):
        pytest.fail("TRIPTYCH_REQUIRE_MIRROR is set, but TRIPTYCH_MIRROR names no folder")
    pytest.skip("needs real data: set TRIPTYCH_MIRROR")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project without results, with its own git history."""
    copy_project(tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def run() -> Run:
    """Run a command in a folder and return its output.

    The package is that of the folder: a test may change its code.
    """

    return execute


@pytest.fixture
def in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    """The project folder as the current folder."""
    monkeypatch.chdir(ROOT)


@pytest.fixture
def failing_driver(tmp_path: Path) -> Path:
    """A folder for PATH in which NVIDIA's driver is broken."""
    script = tmp_path / "driver/nvidia-smi"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\nexit 18\n")
    script.chmod(0o755)
    return script.parent


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, without a mirror."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRIPTYCH_MIRROR", raising=False)
    return tmp_path


@pytest.fixture
def triptych(own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run a command of the program in its own project folder and return its exit code.

    The folder has the project's parameters, and a Snakefile without rules.
    """
    (own_folder / "Snakefile").touch()
    shutil.copy(ROOT / "params.yaml", own_folder)
    return lambda *words: run_here(monkeypatch, list(words))


@pytest.fixture
def failing(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> Callable[..., dict[str, str]]:
    """Run a command that must fail and print only an error, and return the error's four parts."""

    def run(*words: str) -> dict[str, str]:
        assert triptych(*words) == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        return parts_of(printed.err)

    return run
