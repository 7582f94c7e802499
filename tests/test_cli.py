"""The command line: its help, its errors and exit codes; tests/bad_inputs has wrong commands."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import PROGRAM, parts_of, run_here

from triptych import claim_commands, run_commands
from triptych.commands import COMMANDS, claims, report

pytestmark = pytest.mark.usefixtures("own_folder")

Failing = Callable[..., dict[str, str]]


def test_help_lists_panels_and_commands_in_a_fresh_process() -> None:
    answer = subprocess.run(
        [*PROGRAM, "--help"], capture_output=True, text=True, env=os.environ | {"COLUMNS": "100"}
    )

    assert (answer.returncode, answer.stderr) == (0, "")
    for word in ("adversarial", "data", "fetch", "claims", "verify", "adopt", "Panel 1"):
        assert word in answer.stdout


def test_help_is_quick_because_torch_is_not_loaded() -> None:
    code = "import sys, triptych.cli; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize(
    ("command", "shown", "hidden"),
    [
        (
            ("adversarial",),
            ("train", "calibrate", "attack", "score", "curves", "table2", "workflow-figure"),
            (),
        ),
        (
            ("adversarial", "train"),
            ("--adversary.step-size", "Channels relative to Madry's network"),
            ("--device", "--workspace"),
        ),
    ],
    ids=["a panel's steps", "a step's options"],
)
def test_help_of_a_panel_and_of_a_step(
    triptych: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    shown: tuple[str, ...],
    hidden: tuple[str, ...],
) -> None:
    assert triptych(*command, "--help") == 0

    page = " ".join(capsys.readouterr().out.split())
    assert [text for text in shown if text not in page] == []
    assert [text for text in hidden if text in page] == []


def test_an_error_in_a_real_process_has_no_traceback() -> None:
    answer = subprocess.run([*PROGRAM, "fetch", "imagenet"], capture_output=True, text=True)

    assert (answer.returncode, answer.stdout) == (1, "")
    assert parts_of(answer.stderr)["where"] == str(Path.cwd())


@pytest.mark.parametrize(
    "words",
    [
        ["claims", "--scale", "lab", "--reference"],
        ["claims", "--scale", "smoke"],
        ["verify", "--scale", "smoke"],
        ["adopt", "--scale", "lab", "--panel", "adversarial"],
        ["pack", "--scale", "smoke"],
        ["report", "--scale", "smoke"],
        ["doctor", "--scale", "smoke"],
        ["summary", "--scale", "smoke"],
        ["new-paper", "my_paper"],
        ["explain", "table2/a", "--scale", "smoke"],
        ["replay", "table2/a", "--scale", "smoke"],
        ["compare", "results/smoke", "reference/lab"],
        ["fetch", "mnist"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("existing", [None, "Snakefile", "params.yaml"])
def test_a_command_that_needs_the_project_is_refused_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    existing: str | None,
) -> None:
    # Another workflow may have a Snakefile, too.
    if existing:
        Path(existing).touch()
    before = set(Path.cwd().iterdir())

    assert run_here(monkeypatch, words) == 1

    printed = capsys.readouterr()
    assert printed.out == ""
    parts = parts_of(printed.err)
    assert parts["expected"] == "the project folder"
    assert parts["where"] == str(Path.cwd())
    assert "Snakefile and params.yaml" in parts["what to do"]
    assert set(Path.cwd().iterdir()) == before


def test_every_command_on_whole_results_is_refused_elsewhere_by_a_test() -> None:
    marks = test_a_command_that_needs_the_project_is_refused_elsewhere.pytestmark
    refused = {words[0] for mark in marks for words in mark.args[1] if mark.args[0] == "words"}

    assert refused == {
        command.__name__.replace("_", "-")
        for command in (*COMMANDS, claims, report, *run_commands.COMMANDS, *claim_commands.COMMANDS)
    }


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "free space"),
        (errno.EACCES, "get permission"),
        (errno.EROFS, "get permission"),
        (errno.EIO, "fix the file or folder"),
    ],
)
def test_an_error_of_the_system_has_four_parts(
    failing: Failing, monkeypatch: pytest.MonkeyPatch, number: int, remedy: str
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(number, os.strerror(number), "some/file")

    monkeypatch.setattr("triptych.data.images.save", fail)
    before = set(Path.cwd().iterdir())

    options = ["--train", "train.st", "--test", "test.st", "--test-images", "100", "--seed", "1"]
    parts = failing("data", "digits", *options)

    assert (parts["found"], parts["where"]) == (os.strerror(number), "some/file")
    assert remedy in parts["what to do"]
    assert set(Path.cwd().iterdir()) == before


def test_an_error_of_the_system_without_a_file_has_four_parts(
    failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("an unknown fault")

    monkeypatch.setattr("triptych.data.fetch.fetch", fail)

    assert failing("fetch", "mnist")["found"] == "an unknown fault"


def test_fetch_of_several_entries_names_all_unavailable_files_before_it_fetches_one(
    failing: Failing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIPTYCH_MIRROR", str(Path.cwd()))
    available = Path("cityscapes/gtFine_trainvaltest.zip")
    available.parent.mkdir()
    available.touch()

    parts = failing("fetch", "cityscapes", "camvid_jpeg")

    assert "leftImg8bit_trainvaltest.zip of cityscapes" in parts["found"]
    assert "camvid-480x360.tar of camvid_jpeg" in parts["found"]
    assert available.name not in parts["found"]
    assert parts["where"] == "data/raw/cityscapes, data/raw/camvid_jpeg"
    assert not Path("data").exists()
