"""Finished runs: they are verified file by file, and adopted only when they are whole."""

import shutil
from collections.abc import Callable
from lzma import compress
from pathlib import Path

import numpy as np
import pytest
from command_line import run_here
from made_files import record
from support import tree

from triptych.claims.claims import text_claim, write_claims
from triptych.data.images import LabeledImages, save
from triptych.storage.files import replacing
from triptych.storage.folders import MANIFEST, publish_folder

RESULTS = Path("results/tiny/adversarial")
PREPARED = Path("data/prepared/tiny")
REFERENCE = Path("reference/tiny/adversarial")
ADOPT = ("adopt", "--scale", "tiny", "--panel", "adversarial")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small finished run, made by real steps through the command line."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("GIT_CEILING_DIRECTORIES", str(folder.parent))
        claim = text_claim("adversarial", "section5", "key", 0.5, 0.5, True, "a reason")
        write_claims([claim], Path("planted.csv"))
        for command in (
            f"data digits --train {PREPARED}/train.safetensors --test {PREPARED}/test.safetensors"
            " --test-images 100 --seed 1",
            f"adversarial calibrate --data {PREPARED}/train.safetensors"
            f" --thresholds {RESULTS}/thresholds.csv --calibration-images 50",
            f"claims join --panels planted.csv --claims {RESULTS}/claims.csv --conclusions end.csv",
        ):
            assert run_here(patch, command.split()) == 0, command
    return folder


@pytest.fixture(autouse=True)
def _finished_run(finished: Path, own_folder: Path) -> None:
    """The finished run, in the current folder."""
    shutil.copytree(finished, own_folder, dirs_exist_ok=True)


def test_verify_finds_nothing_wrong_with_a_finished_run(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert triptych("verify", "--scale", "tiny") == 0
    assert capsys.readouterr().out == "4 files checked, 0 problems\n"


def flip_last_byte(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def test_verify_names_an_altered_file_and_what_was_made_from_it(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    flip_last_byte(PREPARED / "train.safetensors")

    assert triptych("verify", "--scale", "tiny") == 1

    shown = capsys.readouterr()
    altered, other, count = shown.out.splitlines()
    assert altered.startswith(f"{PREPARED}/train.safetensors: altered")
    assert other.startswith(f"{RESULTS}/thresholds.csv: made from another {PREPARED}/train")
    assert count == "4 files checked, 2 problems"
    assert shown.err == ""


def test_verify_says_how_to_make_a_deleted_file_again(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    path = RESULTS / "thresholds.csv"
    path.unlink()
    triptych("verify", "--scale", "tiny")
    problem = capsys.readouterr().out.splitlines()[0]

    assert triptych(*problem.partition("made by: triptych ")[2].split()) == 0

    assert triptych("verify", "--scale", "tiny") == 0


def test_adopt_copies_tables_and_records_leaves_models_and_removes_an_earlier_run(
    triptych: Callable[..., int],
) -> None:
    data = LabeledImages(np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.int64))
    save(data, RESULTS / "model.safetensors")
    record(RESULTS / "model.safetensors")
    base = RESULTS / "models/base" / MANIFEST
    with replacing(base) as manifest:
        publish_folder(manifest, lambda folder: (folder / "index.json").write_text("{}"))
    record(base)
    (RESULTS / "counts.csv.xz").write_bytes(compress(b"image,counts\n"))
    record(RESULTS / "counts.csv.xz")
    REFERENCE.mkdir(parents=True)
    (REFERENCE / "old.csv").write_text("old")

    assert triptych(*ADOPT) == 0

    models = {"model.safetensors", f"models/base/{MANIFEST}", "models/base/index.json"}
    expected = {name: content for name, content in tree(RESULTS).items() if name not in models}
    assert tree(REFERENCE) == expected
    records = {"provenance/thresholds.csv.json", f"models/base/provenance/{MANIFEST}.json"}
    assert {"claims.csv", "counts.csv.xz", "thresholds.csv", *records} <= expected.keys()
    # The folder in which the copy was made is gone.
    assert [path.name for path in REFERENCE.parent.iterdir()] == ["adversarial"]


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
def test_adopt_refuses_a_run_that_is_not_whole_and_keeps_the_earlier_reference(
    failing: Callable[..., dict[str, str]], spoil: Callable[[], None], said: str
) -> None:
    REFERENCE.mkdir(parents=True)
    (REFERENCE / "old.csv").write_text("old")
    spoil()

    parts = failing(*ADOPT)

    assert said in parts["found"]
    assert parts["where"] == str(RESULTS)
    assert tree(REFERENCE.parent) == {"adversarial/old.csv": b"old"}
