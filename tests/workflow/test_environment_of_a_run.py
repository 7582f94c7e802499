"""The environment of a run: a read-only HOME, and a driver that fails."""

import os
from pathlib import Path

import pytest
from support import Run

DATA = "data/prepared/tiny/digits/train.safetensors"
NETWORK = "results/tiny/adversarial/models/natural.safetensors"


def test_a_home_that_cannot_be_written_is_not_needed(
    project: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    command = ("snakemake", DATA, "--cores", "1", "--config", "scale=tiny")
    # No user can create anything inside a file.
    run(project, *command, HOME=f"{os.devnull}/home")
    assert (project / DATA).is_file()


def test_a_driver_that_fails_is_named_where_the_run_is_started(
    project: Path, run: Run, failing_driver: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    answer = run(
        project,
        *("snakemake", NETWORK, "--cores", "1", "--config", "scale=tiny"),
        PATH=f"{failing_driver}:{os.environ['PATH']}",
        TRIPTYCH_DEVICE="",
    )
    assert "found:      exit code 18: no output" in answer.stderr
    assert "The CPU is used instead." in answer.stderr
    assert (project / NETWORK).is_file()
