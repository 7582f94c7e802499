"""Functions for tests that run commands in copies of the project."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from triptych.errors import UserError

ROOT = Path(__file__).parents[1]
IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@example.org")
# Files that must have equal bytes: tables and vector figures.
COMPARED = (".csv", ".md", ".tex", ".svg")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def error_of(call: Callable[..., Any], *arguments: Any, **options: Any) -> UserError:
    """Call a function that must raise a UserError, and return the error."""
    with pytest.raises(UserError) as caught:
        call(*arguments, **options)
    return caught.value


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
    for command in (["init", "-q"], ["add", "-A"], [*IDENTITY, "commit", "-qm", "copy"]):
        subprocess.run(["git", *command], cwd=target, check=True)


def command_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a command that uses a folder's own copy of the package."""
    return {**os.environ, "PYTHONPATH": str(folder / "src"), "TRIPTYCH_DEVICE": "cpu"}


def execute(
    folder: Path, *command: str, check: bool = True, **environment: str
) -> "subprocess.CompletedProcess[str]":
    """Run a command in a folder with that folder's own package, and return its output."""
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


def draw_in_processes(folder: Path, code: str, *arguments: object) -> list[list[bytes]]:
    """Draw a figure in processes with different hash seeds, and return the bytes of each.

    The code writes a.svg and a.png into the folder that is its first argument.
    """
    drawn = []
    for seed in ("1", "2", "3"):
        target = folder / seed
        target.mkdir()
        subprocess.run(
            [sys.executable, "-c", code, str(target), *map(str, arguments)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
        drawn.append([(target / name).read_bytes() for name in ("a.svg", "a.png")])
    return drawn


def tree(folder: Path) -> dict[str, bytes]:
    """Return the bytes of each file below a folder, by its path from there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def choose_tiny(folder: Path) -> None:
    """Set scale tiny in the DVC stages of a project copy."""
    scale = folder / "scale.yaml"
    scale.write_text(scale.read_text().replace("smoke", "tiny"))
    subprocess.run(["git", *IDENTITY, "commit", "-qam", "tiny"], cwd=folder, check=True)


def edit(path: Path, old: str, new: str) -> None:
    """Replace a part of a file, which must contain it."""
    text = path.read_text()
    assert old in text, f"{path} lacks {old!r}"
    path.write_text(text.replace(old, new, 1))


def results(folder: Path, suffixes: tuple[str, ...] = COMPARED) -> dict[str, bytes]:
    """Return the bytes of a project's result files at scale tiny, by path."""
    files = tree(folder / "results/tiny")
    return {name: content for name, content in files.items() if name.endswith(suffixes)}


def made(folder: Path, panel: str = "") -> dict[str, bytes]:
    """Return the bytes of all files of a run at scale tiny, of one panel or of all, by path.

    Records, crate and report contain times and are left out.
    """
    base = folder / "results/tiny"
    return {
        path.relative_to(base).as_posix(): path.read_bytes()
        for path in sorted((base / panel).rglob("*"))
        if path.is_file()
        and not {"provenance", "report"} & set(path.relative_to(base).parts)
        and path.name not in ("ro-crate-metadata.json", "report.json")
    }


def dry_run(run: Run, folder: Path) -> str:
    """Return the output of a plain `snakemake -n` at scale tiny."""
    answer = run(folder, "snakemake", "-n", "--config", "scale=tiny")
    return answer.stdout + answer.stderr
