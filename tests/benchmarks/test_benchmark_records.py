"""One command runs the parts; their records and README.md are kept from five rounds on."""

import json
from pathlib import Path
from types import ModuleType

import pytest
import torch

from benchmarks import __main__ as command
from benchmarks import gpu, records
from triptych.errors import UserError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the test's benchmarks, whose parts measure nothing and print their names."""

    def part(name: str) -> ModuleType:
        module = ModuleType(name)
        module.TITLE = f"Title of {name.removeprefix('benchmarks.')}"
        module.measure = lambda rounds, **options: records.Measured(
            [{"what": "work"}], [{"rounds": rounds}], ["A note."]
        )
        return module

    monkeypatch.setattr(records, "FOLDER", tmp_path)
    monkeypatch.setattr(command, "import_module", part)
    return tmp_path


def headings(folder: Path) -> list[str]:
    lines = (folder / "README.md").read_text().splitlines()
    return [line.removeprefix("## Title of ") for line in lines if line.startswith("## ")]


def test_everything_runs_and_readme_follows_the_papers(folder: Path) -> None:
    command.app([], result_action="return_value")
    assert headings(folder) == ["adversarial", "segmentation", "personalization", "workflow"]
    record = json.loads((folder / "workflow.json").read_text())
    assert record["numbers"] == [{"rounds": 5}]
    assert {"machine", "commit", "date", "python", "torch", "rounds", "seconds"} <= {*record["run"]}


@pytest.mark.skipif(torch.cuda.is_available(), reason="for a machine without a GPU")
def test_the_gpu_is_measured_where_there_is_one() -> None:
    with pytest.raises(UserError, match="a GPU that torch can use"):
        gpu.measure(1)


def test_one_part_leaves_the_records_of_the_others(folder: Path) -> None:
    command.app(["workflow", "adversarial"], result_action="return_value")
    before = (folder / "workflow.json").read_bytes()
    command.app(["segmentation", "--rounds", "6"], result_action="return_value")
    assert headings(folder) == ["adversarial", "segmentation", "workflow"]
    assert (folder / "workflow.json").read_bytes() == before


def test_fewer_than_five_rounds_are_shown_and_not_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.app(["segmentation", "--rounds", "4"], result_action="return_value")
    assert "## Title of segmentation" in capsys.readouterr().out
    assert list(folder.iterdir()) == []


def test_it_says_first_how_long_each_part_took_the_last_time(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.app(["workflow"], result_action="return_value")
    record = json.loads((folder / "workflow.json").read_text())
    record["run"]["seconds"] = 3000.0
    (folder / "workflow.json").write_text(json.dumps(record))
    capsys.readouterr()
    command.app(["workflow", "adversarial"], result_action="return_value")
    told = capsys.readouterr().out.splitlines()[:2]
    assert told[0] == "adversarial, 5 rounds: its duration is not known yet"
    assert told[1] == "workflow, 5 rounds: 50.0 minutes the last time, with 5 rounds"
