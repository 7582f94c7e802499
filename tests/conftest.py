"""What all tests share: one thread, the mirror of real data, copies of the project."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "mirror: needs real data from TRIPTYCH_MIRROR")
    config.addinivalue_line("markers", "dag: runs a whole workflow")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Equal bytes need an equal number of threads; tests also share the machine."""
    import torch

    torch.set_num_threads(1)
    yield


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


def copy_project(target: Path) -> None:
    """Copy the files that git tracks, with their changes, and commit them there."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listing.stdout.split("\0")):
        source = ROOT / name
        if source.is_symlink() or source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name, follow_symlinks=False)
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    for command in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-qm", "copy"]):
        subprocess.run(["git", *command], cwd=target, check=True)


@pytest.fixture
def run() -> Run:
    """Run a command in a folder and give back what it said.

    The package is that of the folder: a test may change its code.
    """

    def execute(
        folder: Path, *command: str, check: bool = True, **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        result = subprocess.run(
            command,
            cwd=folder,
            env=command_environment(folder) | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and result.returncode:
            raise AssertionError(f"{command}\n{result.stdout[-3000:]}\n{result.stderr[-6000:]}")
        return result

    return execute


def command_environment(folder: Path) -> dict[str, str]:
    """The environment of a command that is to use a folder's own copy of the package."""
    return {**os.environ, "PYTHONPATH": str(folder / "src"), "TRIPTYCH_DEVICE": "cpu"}
