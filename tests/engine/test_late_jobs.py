"""Files of jobs that outlived their Snakemake process: recorded, or refused."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from command_line import parts_of
from made_files import record

from triptych.cli import app
from triptych.engine.late_jobs import record_finished
from triptych.provenance.making import record_path

DATA, THRESHOLDS = Path("train.safetensors"), Path("thresholds.csv")
CODE = "0123456789abcdef"
COMMAND = f"triptych adversarial calibrate --data {DATA} --thresholds {THRESHOLDS}"


@pytest.fixture(autouse=True)
def _finished(own_folder: Path) -> None:
    """A file that a job has made, and its input."""
    DATA.touch()
    THRESHOLDS.write_text("a\n")
    record(THRESHOLDS, [DATA], code=CODE, command=f"{COMMAND} --calibration-images 500")


def finish(*, code: str = CODE, images: int = 500, known: bool = False) -> list[Any]:
    """Return the jobs that Snakemake records of a workflow with one job."""
    recorded = []

    async def finished(job: Any) -> None:
        recorded.append(job)

    job = SimpleNamespace(
        output=[str(THRESHOLDS)],
        params=SimpleNamespace(code=code),
        shellcmd=f"{COMMAND} --calibration-images {images} 2> a.log",
    )
    dag = SimpleNamespace(jobs=[job], needrun=lambda job: False)
    persistence = SimpleNamespace(has_metadata=lambda job: known, finished=finished)
    record_finished(SimpleNamespace(dag=dag, persistence=persistence), app)
    return recorded


def test_a_file_that_would_be_made_the_same_is_recorded() -> None:
    assert len(finish()) == 1


def test_a_job_that_snakemake_has_recorded_is_passed_over() -> None:
    assert finish(known=True, images=400) == []


@pytest.mark.parametrize(
    "remove",
    [
        THRESHOLDS.unlink,
        lambda: record_path(THRESHOLDS).unlink(),
        lambda: record_path(THRESHOLDS).write_text("{"),
    ],
    ids=["gone", "no record", "damaged record"],
)
def test_a_file_of_which_nothing_is_known_is_passed_over(remove: Callable[[], object]) -> None:
    remove()

    assert finish() == []


@pytest.mark.parametrize(
    ("change", "present"),
    [
        (lambda: None, {"images": 400}),
        (lambda: None, {"code": "f" * 16}),
        (lambda: DATA.write_text("other"), {}),
        (lambda: THRESHOLDS.write_text("b\n"), {}),
    ],
    ids=["other parameters", "other code", "other input", "altered"],
)
def test_a_file_that_would_be_made_otherwise_is_refused(
    change: Callable[[], object], present: dict[str, Any]
) -> None:
    change()

    with pytest.raises(SystemExit) as refused:
        finish(**present)

    assert parts_of(str(refused.value).strip())["where"] == str(THRESHOLDS)
