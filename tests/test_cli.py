"""The command line: what it shows, what it refuses, and with which exit code."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triptych import cli
from triptych.artifacts.claims import Tolerance, order_claim, text_claim, value_claim, write_claims
from triptych.artifacts.intervals import Estimate
from triptych.data.images import LabelledImages, save
from triptych.runtime import provenance

# Without words a program shows its help; cyclopts wonders about that in a test.
pytestmark = pytest.mark.filterwarnings("ignore:Cyclopts application invoked")

PARTS = ("expected:   ", "found:      ", "where:      ", "what to do: ")
RESULTS = Path("results/tiny/adversarial")
PREPARED = Path("data/prepared/tiny")
REFERENCE = Path("reference/tiny/adversarial")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRIPTYCH_MIRROR", raising=False)


def execute(patch: pytest.MonkeyPatch, words: list[str]) -> int:
    """Run a command in this process; anything but an exit code is an error of the test."""
    patch.setattr(sys, "argv", ["triptych", *words])
    try:
        cli.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def triptych(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Run a command of the program and give its exit code."""
    return lambda *words: execute(monkeypatch, list(words))


def parts_of(error: str) -> dict[str, str]:
    """The four parts of an error, which must be all that was printed."""
    lines = error.splitlines()
    assert [line[:12] for line in lines] == list(PARTS), error
    assert all(line[12:].strip() for line in lines), error
    return {line[:12].strip(" :"): line[12:] for line in lines}


# Commands and options


def test_help_lists_panels_and_commands_in_a_fresh_process() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", "from triptych.cli import main; main()", "--help"],
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
    answer = subprocess.run(
        [sys.executable, "-c", "from triptych.cli import main; main()", "verify", "--scale", "lab"],
        capture_output=True,
        text=True,
    )

    assert answer.returncode == 1
    assert answer.stdout == ""
    assert parts_of(answer.stderr)["where"] == "results/lab"


# Errors of the system


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "make room"),
        (errno.EACCES, "right to write"),
        (errno.EROFS, "right to write"),
        (errno.EIO, "mend the file or folder"),
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

    options = ["--train", "train.st", "--test", "test.st", "--test-images", "100", "--seed", "1"]
    assert triptych("data", "digits", *options) == 1

    parts = parts_of(capsys.readouterr().err)
    assert parts["found"] == os.strerror(number)
    assert parts["where"] == "some/file"
    assert remedy in parts["what to do"]
    assert list(Path.cwd().iterdir()) == []


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
    params = (Path(__file__).parents[1] / "params.yaml").read_text(encoding="utf-8")
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


# claims

ALLOWED = Tolerance(0.02, relative=False)


def value(found: float | None, obstacle: str | None = None, key: str = "0.1") -> Any:
    ours = None if found is None else Estimate(found, found - 0.01, found + 0.01)
    return value_claim("adversarial", "table2", key, 0.5, ours, ALLOWED, obstacle)


def plant(*claims: Any) -> None:
    write_claims(claims, RESULTS / "claims.csv")


def test_claims_without_results_says_how_to_make_them(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert triptych("claims", "--scale", "tiny") == 1

    parts = parts_of(capsys.readouterr().err)
    assert parts["where"] == "results/tiny"
    assert "snakemake" in parts["what to do"]
    assert "scale=tiny" in parts["what to do"]


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ([value(0.5)], 0),
        ([value(0.52)], 0),
        ([value(0.53)], 1),
        ([value(0.47)], 1),
        ([value(0.5), value(0.9, key="0.2")], 1),
        ([value(0.9, "another data set")], 0),
        ([value(None)], 0),
        # Sentences and comparisons may fail without failing the check of the numbers.
        ([text_claim("adversarial", "section5", "a", 0.0, 1.0, False, "b")], 0),
        ([order_claim("adversarial", "figure2", "a", 0.5, Estimate(0.1, 0.1, 0.1),
                      Estimate(0.9, 0.9, 0.9), None)], 0),
    ],
    ids=["agrees", "at the tolerance", "above", "below", "one of two", "not comparable",
         "missing", "sentence", "order"],
)  # fmt: skip
def test_claims_exits_with_1_when_a_comparable_number_differs(
    triptych: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    claims: list[Any],
    code: int,
) -> None:
    plant(*claims)

    assert triptych("claims", "--scale", "tiny") == code
    text = capsys.readouterr().out
    assert triptych("claims", "--scale", "tiny", "--json") == code
    rows = json.loads(capsys.readouterr().out)

    assert [row["verdict"] for row in rows] == [claim.verdict for claim in claims]
    for claim in claims:
        assert claim.verdict in text
    assert ("differs" in {claim.verdict for claim in claims}) == bool(code)


def test_claims_prints_a_row_for_each_and_counts_the_verdicts(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    plant(value(0.5), value(0.51, key="0.2"), value(0.9, "another data set", key="0.3"))

    triptych("claims", "--scale", "tiny")

    *_, counts = capsys.readouterr().out.strip().splitlines()
    assert counts == "2 agrees, 1 not_comparable"


def test_claims_of_all_panels_are_joined(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    plant(value(0.5))
    write_claims([value(0.9)], Path("results/tiny/another/claims.csv"))

    assert triptych("claims", "--scale", "tiny", "--json") == 1
    assert len(json.loads(capsys.readouterr().out)) == 2


def test_claims_as_json_keep_their_texts_and_have_null_where_there_is_no_number(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    # Texts that a reader of CSV may take for numbers, or for nothing.
    plant(value(0.5, key="0.10"), value(None, key="0.20"))

    triptych("claims", "--scale", "tiny", "--json")

    rows = json.loads(capsys.readouterr().out)
    assert [row["reproduced"] for row in rows] == [0.5, None]
    assert [row["key"] for row in rows] == ["0.10", "0.20"]


# verify and adopt


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small finished run, made by real steps through the command line."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
        write_claims([value(0.5)], Path("planted.csv"))
        for command in (
            f"data digits --train {PREPARED}/train.safetensors --test {PREPARED}/test.safetensors"
            " --test-images 100 --seed 1",
            f"adversarial calibrate --data {PREPARED}/train.safetensors"
            f" --thresholds {RESULTS}/thresholds.csv --calibration-images 50",
            f"artifacts join-claims --panels planted.csv --claims {RESULTS}/claims.csv",
        ):
            assert execute(patch, command.split()) == 0, command
    return folder


@pytest.fixture
def finished_run(finished: Path) -> None:
    """The finished run, in the current folder."""
    shutil.copytree(finished, Path.cwd(), dirs_exist_ok=True)


@pytest.mark.usefixtures("finished_run")
def test_verify_finds_nothing_wrong_with_a_finished_run(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert triptych("verify", "--scale", "tiny") == 0
    assert capsys.readouterr().out == "4 files checked, 0 problems\n"


def flip_last_byte(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


@pytest.mark.parametrize(
    ("spoil", "path", "said"),
    [
        (flip_last_byte, RESULTS / "thresholds.csv", "altered"),
        (flip_last_byte, PREPARED / "test.safetensors", "altered"),
        (lambda path: path.write_bytes(b""), RESULTS / "claims.csv", "altered"),
        (Path.unlink, RESULTS / "thresholds.csv", "gone"),
        (Path.unlink, PREPARED / "train.safetensors", "gone"),
        (Path.touch, RESULTS / "planted.csv", "no record"),
        (lambda path: provenance.record_path(path).unlink(), RESULTS / "thresholds.csv",
         "no record"),
        (lambda path: provenance.record_path(path).write_text("{"), RESULTS / "thresholds.csv",
         "record"),
    ],
    ids=["tampered result", "tampered data", "emptied", "deleted result", "deleted data",
         "planted", "deleted record", "tampered record"],
)  # fmt: skip
@pytest.mark.usefixtures("finished_run")
def test_verify_names_the_file_that_is_not_what_was_made(
    triptych: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], Any],
    path: Path,
    said: str,
) -> None:
    spoil(path)

    assert triptych("verify", "--scale", "tiny") == 1

    shown = capsys.readouterr()
    (problem,) = [line for line in shown.out.splitlines() if line.startswith(f"{path}: ")]
    assert said in problem
    assert shown.err == ""


@pytest.mark.usefixtures("finished_run")
def test_verify_names_what_was_made_from_a_tampered_file(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    flip_last_byte(PREPARED / "train.safetensors")

    assert triptych("verify", "--scale", "tiny") == 1

    lines = capsys.readouterr().out.splitlines()
    assert any(
        line.startswith(f"{RESULTS}/thresholds.csv: made from another {PREPARED}/train")
        for line in lines
    )
    assert lines[-1] == "4 files checked, 2 problems"


@pytest.mark.usefixtures("finished_run")
def test_verify_says_how_to_make_a_deleted_file_again(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    path = RESULTS / "thresholds.csv"
    path.unlink()
    triptych("verify", "--scale", "tiny")
    problem = capsys.readouterr().out.splitlines()[0]

    assert triptych(*problem.partition("made by: triptych ")[2].split()) == 0

    assert triptych("verify", "--scale", "tiny") == 0


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


ADOPT = ("adopt", "--scale", "tiny", "--panel", "adversarial")


@pytest.mark.usefixtures("finished_run")
def test_adopt_copies_tables_and_records_and_leaves_models(triptych: Callable[..., int]) -> None:
    data = LabelledImages(np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.int64))
    save(data, RESULTS / "model.safetensors")
    provenance.write(RESULTS / "model.safetensors", {"inputs": {}, "command": "triptych"})

    assert triptych(*ADOPT) == 0

    expected = tree(RESULTS)
    del expected["model.safetensors"]
    assert tree(REFERENCE) == expected
    assert {"claims.csv", "thresholds.csv", "provenance/thresholds.csv.json"} <= expected.keys()
    # The folder in which the copy was made is gone.
    assert [path.name for path in REFERENCE.parent.iterdir()] == ["adversarial"]


@pytest.mark.usefixtures("finished_run")
def test_adopt_removes_what_an_earlier_run_left(triptych: Callable[..., int]) -> None:
    REFERENCE.mkdir(parents=True)
    (REFERENCE / "old.csv").write_text("old")

    assert triptych(*ADOPT) == 0

    assert "old.csv" not in tree(REFERENCE)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda: flip_last_byte(RESULTS / "thresholds.csv"), "thresholds.csv: altered"),
        (lambda: flip_last_byte(PREPARED / "train.safetensors"), "train.safetensors"),
        (lambda: flip_last_byte(PREPARED / "test.safetensors"), "test.safetensors: altered"),
        (lambda: (RESULTS / "thresholds.csv").unlink(), "thresholds.csv: gone"),
        (lambda: (RESULTS / "claims.csv").unlink(), "claims.csv"),
    ],
    ids=["altered result", "altered input", "altered data", "deleted result", "no claims"],
)  # fmt: skip
@pytest.mark.usefixtures("finished_run")
def test_adopt_refuses_a_run_that_is_not_whole_and_keeps_the_earlier_reference(
    triptych: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[], None],
    said: str,
) -> None:
    REFERENCE.mkdir(parents=True)
    (REFERENCE / "old.csv").write_text("old")
    spoil()

    assert triptych(*ADOPT) == 1

    parts = parts_of(capsys.readouterr().err)
    assert said in parts["found"]
    assert parts["where"] == str(RESULTS)
    assert tree(REFERENCE.parent) == {"adversarial/old.csv": b"old"}


def test_adopt_without_a_run_says_how_to_make_it(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert triptych(*ADOPT) == 1

    assert "snakemake" in parts_of(capsys.readouterr().err)["what to do"]
    assert not Path("reference").exists()
