"""Snakemake's exported records, compared with the record of how each file was made."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_files import record

from triptych.engine.metadata import restore_records
from triptych.provenance.making import record_path
from triptych.storage.folders import MANIFEST

RESULTS, PREPARED = Path("results/tiny"), Path("data/prepared/tiny")
PANEL = RESULTS / "adversarial"
CLAIMS, THRESHOLDS = PANEL / "claims.csv", PANEL / "thresholds.csv"
DATA = PREPARED / "digits/train.safetensors"
EXPORTED = RESULTS / "records/adversarial.json"
CODE = "0123456789abcdef"


def command(images: int) -> str:
    return (
        f"triptych adversarial calibrate --data {DATA} --thresholds {THRESHOLDS}"
        f" --calibration-images {images}"
    )


def exported(images: int, code: str = CODE) -> dict[str, Any]:
    """Return Snakemake's record of the thresholds; the words of its command have another order."""
    words = command(images).split()
    moved = " ".join([*words[:3], *words[5:], *words[3:5]])
    return {"shellcmd": f"{moved} 2> a.log", "params": [f"'{code}'", str(images)]}


def export(records: dict[Path, Any]) -> None:
    EXPORTED.parent.mkdir(exist_ok=True)
    EXPORTED.write_text(json.dumps({str(path): record for path, record in records.items()}))


@pytest.fixture(autouse=True)
def _run(own_folder: Path) -> None:
    """A run with two files, and the thresholds' record of 500 images."""
    for path in (CLAIMS, THRESHOLDS):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a\n")
        record(path, code=CODE, command=command(500))


@pytest.fixture
def problems(
    triptych: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> Callable[[], list[str]]:
    """What `triptych verify` prints, without the count."""

    def verify() -> list[str]:
        triptych("verify", "--scale", "tiny")
        return capsys.readouterr().out.splitlines()[:-1]

    return verify


def test_a_file_that_was_made_as_snakemake_says_is_no_problem(
    problems: Callable[[], list[str]],
) -> None:
    export({THRESHOLDS: exported(500)})

    assert problems() == []


@pytest.mark.parametrize(
    ("record", "said"),
    [(exported(400), "other parameters"), (exported(500, "f" * 16), "other code")],
    ids=["parameters", "code"],
)
def test_a_file_that_was_only_touched_is_named(
    record: dict[str, Any], said: str, problems: Callable[[], list[str]]
) -> None:
    export({THRESHOLDS: record})

    (problem,) = problems()

    assert problem.startswith(f"{THRESHOLDS}: ")
    assert said in problem


def test_a_file_that_no_rule_makes_any_more_is_named_until_it_is_deleted(
    problems: Callable[[], list[str]],
) -> None:
    export({THRESHOLDS: None})

    (problem,) = problems()

    assert problem.startswith(f"{THRESHOLDS}: left over")
    for path in problem.partition("; delete ")[2].split(" and "):
        Path(path).unlink()
    assert problems() == []


def test_of_a_model_that_no_rule_makes_any_more_the_whole_folder_is_named(
    problems: Callable[[], list[str]],
) -> None:
    manifest = PANEL / "models/base" / MANIFEST
    manifest.parent.mkdir(parents=True)
    THRESHOLDS.rename(manifest)
    record_path(THRESHOLDS).unlink()
    record(manifest)
    export({manifest: None})

    assert any(f"delete {manifest.parent} and " in problem for problem in problems())


@pytest.mark.parametrize("record", [None, exported(400)], ids=["left over", "touched"])
def test_such_a_file_is_not_adopted(failing: Callable[..., dict[str, str]], record: Any) -> None:
    export({THRESHOLDS: record})

    assert str(THRESHOLDS) in failing("adopt", "--scale", "tiny", "--panel", "adversarial")["found"]

    assert not Path("reference").exists()


def test_a_file_of_another_panel_does_not_hinder_the_adoption(triptych: Callable[..., int]) -> None:
    export({RESULTS / "segmentation/claims.csv": None})
    (RESULTS / "segmentation").mkdir()
    (RESULTS / "segmentation/claims.csv").touch()

    assert triptych("adopt", "--scale", "tiny", "--panel", "adversarial") == 0


def test_a_file_that_no_rule_makes_any_more_gives_snakemake_no_record() -> None:
    export({THRESHOLDS: None})

    assert restore_records() == 0


@pytest.mark.parametrize("text", ["", "[]"])
def test_records_that_say_nothing_are_passed_over(
    text: str, problems: Callable[[], list[str]]
) -> None:
    EXPORTED.parent.mkdir()
    EXPORTED.write_text(text)

    assert all(problem.startswith(f"{EXPORTED}: ") for problem in problems())
