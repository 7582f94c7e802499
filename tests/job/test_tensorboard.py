"""TensorBoard's event files: written where they are asked for, beside the work."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from triptych.job.tensorboard import VARIABLE, open_events
from triptych.job.workspace import Workspace


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what a stand-in for the optional package is told to write."""
    calls: list[Any] = []

    def open_writer(folder: str, purge_step: int) -> SimpleNamespace:
        calls.append((folder, purge_step))
        return SimpleNamespace(add_scalar=lambda *scalar: calls.append(scalar), flush=lambda: None)

    module = SimpleNamespace(SummaryWriter=open_writer)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    return calls


def test_events_are_written_where_the_environment_asks_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: list[Any]
) -> None:
    monkeypatch.setenv(VARIABLE, "1")
    events = open_events(Workspace(tmp_path / "work/job"), 4)
    events(6, {"loss": 0.5, "validation": None})
    assert written == [(str(tmp_path / "work/tensorboard/job"), 5), ("loss", 0.5, 6)]


@pytest.mark.parametrize("value", ["", "0"])
def test_nothing_is_written_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: list[Any], value: str
) -> None:
    monkeypatch.setenv(VARIABLE, value)
    open_events(Workspace(tmp_path), 0)(1, {"loss": 0.5})
    monkeypatch.setenv(VARIABLE, "1")
    open_events(None, 0)(1, {"loss": 0.5})
    assert written == []


def test_without_the_package_a_note_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "1")
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    open_events(Workspace(tmp_path), 0)(1, {"loss": 0.5})
    assert "tensorboard is not installed" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
