"""The command line: what it shows, what it refuses, and with which exit code."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import PROGRAM, parts_of, run_here

from triptych.commands import COMMANDS, claims, report

pytestmark = pytest.mark.usefixtures("own_folder")


# Commands and options


def test_help_lists_panels_and_commands_in_a_fresh_process() -> None:
    answer = subprocess.run(
        [*PROGRAM, "--help"],
        capture_output=True,
        text=True,
        env=os.environ | {"COLUMNS": "100"},
    )

    assert answer.returncode == 0
    assert answer.stderr == ""
    for word in ("adversarial", "data", "fetch", "claims", "verify", "adopt", "Panel 1"):
        assert word in answer.stdout


def test_help_is_quick_because_torch_is_not_loaded() -> None:
    code = "import sys, triptych.cli; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_panels_help_lists_its_steps(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert triptych("adversarial", "--help") == 0

    shown = capsys.readouterr().out
    for name in ("train", "calibrate", "attack", "score", "curves", "table2", "workflow-figure"):
        assert name in shown


def test_a_steps_help_explains_its_options(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert triptych("adversarial", "train", "--help") == 0

    shown = " ".join(capsys.readouterr().out.split())
    assert "--adversary.step-size" in shown
    assert "Channels relative to Madry's network" in shown
    assert "--device" not in shown
    assert "--workspace" not in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bogus"], "bogus"),
        (["claims", "--scale", "huge"], "huge"),
        (["claims", "--scale", "tiny", "--foo"], "--foo"),
        (["claims"], "--scale"),
        (["adversarial", "bogus"], "bogus"),
        (["data", "digits", "--train", "a", "--test", "b", "--test-images", "x", "--seed", "1"],
         "--test-images"),
        (["adversarial", "train", "--data", "a", "--network", "b", "--history", "c", "--recipe",
          "x", "--steps", "0", "--batch-size", "1", "--learning-rate", "0.1", "--schedule",
          "cosine", "--log-every", "1", "--checkpoint-every", "1", "--width", "1",
          "--validation-images", "0", "--seed", "1", "--threads", "1"], "steps"),
    ],
    ids=["command", "scale", "unknown option", "missing option", "step", "text for a number",
         "out of range"],
)  # fmt: skip
def test_a_wrong_command_is_explained_in_four_parts(
    triptych: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    said: str,
) -> None:
    assert triptych(*words) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    parts = parts_of(shown.err)
    assert said in parts["found"]
    assert parts["where"].startswith(f"triptych {words[0]}")
    assert "--help" in parts["what to do"]


def test_an_error_in_a_real_process_has_no_traceback() -> None:
    answer = subprocess.run([*PROGRAM, "fetch", "imagenet"], capture_output=True, text=True)

    assert answer.returncode == 1
    assert answer.stdout == ""
    assert parts_of(answer.stderr)["where"] == str(Path.cwd())


@pytest.mark.parametrize(
    "words",
    [
        ["claims", "--scale", "lab", "--reference"],
        ["claims", "--scale", "smoke"],
        ["verify", "--scale", "smoke"],
        ["adopt", "--scale", "lab", "--panel", "adversarial"],
        ["report", "--scale", "smoke"],
        ["doctor", "--scale", "smoke"],
        ["fetch", "mnist"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("there", [None, "Snakefile", "params.yaml"])
def test_a_command_that_needs_the_project_says_so_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    there: str | None,
) -> None:
    # Somebody else's workflow has a Snakefile, too.
    if there:
        Path(there).touch()
    before = set(Path.cwd().iterdir())

    assert run_here(monkeypatch, words) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    parts = parts_of(shown.err)
    assert parts["expected"] == "the folder of the project"
    assert parts["where"] == str(Path.cwd())
    assert "Snakefile and params.yaml" in parts["what to do"]
    assert set(Path.cwd().iterdir()) == before


def test_every_command_on_whole_results_is_refused_elsewhere_by_a_test() -> None:
    marks = test_a_command_that_needs_the_project_says_so_elsewhere.pytestmark
    refused = {words[0] for mark in marks for words in mark.args[1] if mark.args[0] == "words"}

    assert refused == {command.__name__ for command in (*COMMANDS, claims, report)}


# Errors of the system


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EACCES, "right to write"),
        (errno.EROFS, "right to write"),
        (errno.EIO, "fix the file or folder"),
    ],
)
def test_an_error_of_the_system_is_explained_in_four_parts(
    triptych: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    remedy: str,
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(number, os.strerror(number), "some/file")

    monkeypatch.setattr("triptych.data.images.save", fail)
    before = set(Path.cwd().iterdir())

    options = ["--train", "train.st", "--test", "test.st", "--test-images", "100", "--seed", "1"]
    assert triptych("data", "digits", *options) == 1

    parts = parts_of(capsys.readouterr().err)
    assert parts["found"] == os.strerror(number)
    assert parts["where"] == "some/file"
    assert remedy in parts["what to do"]
    assert set(Path.cwd().iterdir()) == before


def test_an_error_of_the_system_without_a_file_has_four_parts_too(
    triptych: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("nothing is known")

    monkeypatch.setattr("triptych.data.fetch.fetch", fail)

    assert triptych("fetch", "mnist") == 1
    assert parts_of(capsys.readouterr().err)["found"] == "nothing is known"


# fetch


def test_fetch_takes_the_mirror_from_the_parameter_file_and_refuses_an_altered_one(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    params = Path("params.yaml").read_text(encoding="utf-8")
    assert "mirror: null" in params
    Path("params.yaml").write_text(params.replace("mirror: null", "mirror: there"))
    altered = Path("there/mnist/train-images-idx3-ubyte.gz")
    altered.parent.mkdir(parents=True)
    altered.write_bytes(b"altered")

    assert triptych("fetch", "mnist") == 1

    assert parts_of(capsys.readouterr().err)["where"] == str(altered)
    assert not Path("data").exists()


def test_fetch_refuses_an_unknown_entry(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert triptych("fetch", "imagenet") == 1
    assert "mnist" in parts_of(capsys.readouterr().err)["expected"]


def test_fetch_of_several_entries_names_all_that_cannot_be_had_before_it_fetches_one(
    triptych: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRIPTYCH_MIRROR", str(Path.cwd()))
    available = Path("cityscapes/gtFine_trainvaltest.zip")
    available.parent.mkdir()
    available.touch()

    assert triptych("fetch", "cityscapes", "camvid") == 1

    parts = parts_of(capsys.readouterr().err)
    assert "leftImg8bit_trainvaltest.zip of cityscapes" in parts["found"]
    assert "camvid-480x360.tar of camvid" in parts["found"]
    assert available.name not in parts["found"]
    assert parts["where"] == "data/raw/cityscapes, data/raw/camvid"
    assert not Path("data").exists()


def test_fetch_puts_a_single_entry_only_into_a_chosen_folder(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert triptych("fetch", "mnist", "camvid", "--folder", "there") == 1

    assert parts_of(capsys.readouterr().err)["found"] == "mnist, camvid"
