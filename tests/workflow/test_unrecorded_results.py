"""Results that Snakemake has no record of, as a job leaves them that outlived its Snakemake."""

import shutil
from pathlib import Path

import pytest
from command_line import parts_of
from support import Run, edit

DATA = "data/prepared/tiny/digits/test.safetensors"
THRESHOLDS = "results/tiny/adversarial/thresholds.csv"
RECORDS = "results/tiny/records/data.json"
OPTIONS = ("--cores", "1", "--config", "scale=tiny")


@pytest.fixture
def unrecorded(project: Path, run: Run) -> Path:
    """A project with prepared digits, without Snakemake's records."""
    run(project, "snakemake", DATA, *OPTIONS)
    shutil.rmtree(project / ".snakemake/metadata")
    (project / RECORDS).rename(project / "kept.json")
    return project


def test_what_would_be_made_so_is_recorded_and_not_made_again(unrecorded: Path, run: Run) -> None:
    before = (unrecorded / DATA).stat().st_mtime_ns
    run(unrecorded, "snakemake", THRESHOLDS, *OPTIONS)
    assert (unrecorded / DATA).stat().st_mtime_ns == before
    assert (unrecorded / RECORDS).read_bytes() == (unrecorded / "kept.json").read_bytes()

    edit(unrecorded / "params.yaml", "seed: 2018", "seed: 2019")

    assert "digits" in run(unrecorded, "snakemake", "-n", DATA, *OPTIONS).stdout


@pytest.mark.parametrize("change", ["parameters", "bytes"])
def test_what_would_be_made_otherwise_is_refused(unrecorded: Path, run: Run, change: str) -> None:
    if change == "parameters":
        edit(unrecorded / "params.yaml", "seed: 2018", "seed: 2019")
    else:
        (unrecorded / DATA).write_bytes((unrecorded / DATA).read_bytes() + b" ")

    answer = run(unrecorded, "snakemake", THRESHOLDS, *OPTIONS, check=False)

    assert answer.returncode == 1
    parts = parts_of("\n".join(answer.stderr.splitlines()[-4:]))
    assert parts["where"].startswith("data/prepared/tiny/digits/")
    assert "Traceback" not in answer.stderr
    assert not (unrecorded / THRESHOLDS).exists()
