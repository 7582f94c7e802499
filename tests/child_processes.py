"""Child processes and their folders: locks and leases only work between processes."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start Python on a piece of code in the test's folder; whatever is left is killed."""
    children: list[subprocess.Popen[str]] = []

    def started(code: str, *arguments: str, **variables: str | None) -> "subprocess.Popen[str]":
        environment = {k: v for k, v in (os.environ | variables).items() if v is not None}
        child = subprocess.Popen(
            [sys.executable, "-c", code, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env=environment,
        )
        children.append(child)
        return child

    yield started
    for child in children:
        child.kill()
        child.wait()
        assert child.stdout is not None
        child.stdout.close()


@pytest.fixture
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's folder as the current one: the pipeline's paths are relative."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for locks that no real job uses, and an environment that decides nothing."""
    folder = tmp_path / "locks"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    for name in ("TRIPTYCH_DEVICE", "TRIPTYCH_LAUNCHER", "SLURM_JOB_ID", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    return folder
