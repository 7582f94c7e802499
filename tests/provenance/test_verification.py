"""`triptych verify`: whatever of a finished run is not as it was made is found and named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from made_files import record

from triptych.layout import PROVENANCE
from triptych.provenance.making import record_path
from triptych.provenance.verification import verify_scale
from triptych.storage.files import replacing
from triptych.storage.folders import MANIFEST, publish_folder

RESULTS, PREPARED = Path("results/tiny"), Path("data/prepared/tiny")
RAW = Path("data/raw/digits/MANIFEST.sha256")
DATA = PREPARED / "digits/train.safetensors"
SCORES = RESULTS / "adversarial/scores/natural.safetensors"
TABLE = RESULTS / "adversarial/table2.csv"
MODEL = RESULTS / "personalization/models/base"
WEIGHTS = MODEL / "unet/weights.safetensors"
EXPORTED = RESULTS / "records/adversarial.json"
MADE = {
    "data": DATA,
    "raw scores": SCORES,
    "table": TABLE,
    "figure": RESULTS / "adversarial/fig2_tpr.svg",
    "claims of a panel": RESULTS / "adversarial/claims.csv",
    "claims of all": RESULTS / "claims.csv",
    "report": RESULTS / "report/index.html",
    "crate": RESULTS / "ro-crate-metadata.json",
    "manifest": MODEL / MANIFEST,
    "file of a model": WEIGHTS,
}


def save(folder: Path) -> None:
    (folder / "unet").mkdir()
    (folder / WEIGHTS.relative_to(MODEL)).write_bytes(b"weights")


@pytest.fixture(autouse=True)
def _run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finished run with a file of each kind: data, scores from it, all else from the scores."""
    monkeypatch.chdir(tmp_path)
    with replacing(MODEL / MANIFEST) as manifest:
        publish_folder(manifest, save)
    for path in (RAW, *MADE.values()):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{path}\n")
    record(DATA, [RAW])
    record(SCORES, [DATA])
    for path in set(MADE.values()) - {DATA, SCORES, WEIGHTS}:
        record(path, [SCORES], parameters={"steps": 40})
    EXPORTED.parent.mkdir()
    EXPORTED.write_text("{}")


def problems_of(path: Path) -> list[str]:
    _, problems = verify_scale(RESULTS, PREPARED)
    return [problem for problem in problems if problem.startswith(f"{path}: ")]


def test_an_untouched_run_has_no_problem() -> None:
    assert verify_scale(RESULTS, PREPARED) == (len(MADE), [])


@pytest.mark.parametrize("path", MADE.values(), ids=MADE)
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "altered"),
        (lambda path: path.write_bytes(b""), "altered"),
        (Path.unlink, "gone"),
    ],
    ids=["cut short", "emptied", "deleted"],
)
def test_a_file_that_is_not_what_was_made_is_named(
    spoil: Callable[[Path], Any], said: str, path: Path
) -> None:
    spoil(path)

    assert any(said in problem for problem in problems_of(path))


@pytest.mark.parametrize("folder", sorted({path.parent for path in MADE.values()}), ids=str)
def test_a_file_that_nobody_made_is_named(folder: Path) -> None:
    planted = folder / "planted.csv"
    planted.touch()

    (problem,) = problems_of(planted)

    assert "no record" in problem


def test_a_file_that_is_hidden_among_records_is_named() -> None:
    planted = TABLE.parent / PROVENANCE / "planted.csv"
    planted.touch()

    assert problems_of(planted)


def rewrite(path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    written = json.loads(path.read_text())
    change(written)
    path.write_text(json.dumps(written))


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record.update(sha256="0" * 64),
        lambda record: record.update(step="adversarial.another"),
        lambda record: record["parameters"].update(steps=41),
        lambda record: record["inputs"].update({str(SCORES): "0" * 64}),
        lambda record: record["inputs"].clear(),
        lambda record: record.update(code="fedcba9876543210"),
        lambda record: record.update(key="0" * 64),
        lambda record: record.pop("key"),
        lambda record: record.pop("inputs"),
    ],
    ids=["sha256", "step", "parameters", "inputs", "no inputs", "code", "key", "without key",
         "without inputs"],
)  # fmt: skip
def test_an_altered_record_is_found(change: Callable[[dict[str, Any]], Any]) -> None:
    rewrite(record_path(TABLE), change)

    assert any("record" in problem for problem in problems_of(TABLE))


@pytest.mark.parametrize("text", ["", '{"sha256": "', "[]", "\0"])
def test_a_damaged_record_is_found(text: str) -> None:
    record_path(TABLE).write_text(text)

    (problem,) = problems_of(TABLE)

    assert "no JSON" in problem


def test_a_damaged_record_of_snakemakes_is_found() -> None:
    EXPORTED.write_text('{"results/tiny')

    (problem,) = problems_of(EXPORTED)

    assert "no JSON" in problem


@pytest.mark.parametrize(
    "spoil",
    [
        lambda: (MODEL / MANIFEST).write_text("no manifest\n"),
        lambda: (MODEL / MANIFEST).unlink(),
        lambda: record_path(MODEL / MANIFEST).unlink(),
    ],
    ids=["altered", "deleted", "without a record"],
)
def test_without_a_sound_manifest_nothing_speaks_for_the_files_of_a_model(
    spoil: Callable[[], Any],
) -> None:
    spoil()

    (problem,) = problems_of(WEIGHTS)

    assert "no record" in problem


def test_what_was_made_from_a_tampered_file_is_named() -> None:
    SCORES.write_text("tampered\n")

    (problem,) = problems_of(TABLE)

    assert f"made from another {SCORES}" in problem


def test_a_source_that_is_gone_with_its_record_is_named() -> None:
    SCORES.unlink()
    record_path(SCORES).unlink()

    (problem,) = problems_of(TABLE)

    assert f"made from {SCORES}, which is gone" in problem


def test_raw_data_may_be_absent_but_not_altered() -> None:
    RAW.write_text("another release\n")
    assert any(f"made from another {RAW}" in problem for problem in problems_of(DATA))

    RAW.unlink()
    assert not problems_of(DATA)


def test_what_a_killed_job_left_is_no_problem() -> None:
    unfinished = MODEL / ".filling-host-1/weights.safetensors"
    unfinished.parent.mkdir()
    unfinished.touch()
    (TABLE.parent / ".writing-host-1-table2.csv").touch()

    assert verify_scale(RESULTS, PREPARED) == (len(MADE), [])
