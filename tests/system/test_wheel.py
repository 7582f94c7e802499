"""The built wheel: the command line works without the repository."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from support import ROOT

Program = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package, unpacked from its wheel."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True)
    (wheel,) = folder.glob("*.whl")
    with ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.fixture
def program(site: Path, tmp_path: Path) -> Program:
    """Run the command line of the wheel in an empty folder."""
    code = "import sys; from triptych.cli import run; sys.argv[0] = 'triptych'; run()"

    def run(*words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
        )

    return run


def test_help_and_audit_work_without_the_repository(program: Program, tmp_path: Path) -> None:
    assert "audit" in program("--help").stdout
    (tmp_path / "table.csv").write_text("method,mean,road,bus\nsingle,81.0,90.0,70.0\n")
    words = ("--check", "mean-of-classes", "--mean", "mean", "--of", "road,bus")
    answer = program("audit", "table.csv", *words)
    assert answer.returncode == 1, answer.stderr
    assert "expected 79.950 to 80.050; found 81.0" in answer.stdout


def test_the_wheel_has_every_file_of_the_package(site: Path) -> None:
    command = ["git", "ls-files", "-z", "src/triptych"]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = {name.removeprefix("src/") for name in filter(None, tracked.split("\0"))}
    packed = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert names <= packed
    assert not any("__pycache__" in name for name in packed)


@pytest.mark.parametrize(
    "words",
    [("fetch", "mnist"), ("report", "--scale", "smoke"), ("summary", "--scale", "smoke")],
    ids=" ".join,
)
def test_a_command_that_needs_the_project_says_so(program: Program, words: tuple[str, ...]) -> None:
    answer = program(*words)
    assert answer.returncode == 1
    assert "expected:   the project folder" in answer.stderr
    assert "Traceback" not in answer.stderr
