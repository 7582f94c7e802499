"""The RO-Crate of the default run: valid, and its workflow can be read by Snakemake."""

import shutil
from pathlib import Path

import pytest
from ro_crate_validation import complaints
from support import Run

RESULTS = Path("results/smoke")


@pytest.mark.dag
def test_the_crate_conforms_to_its_profiles(smoke: Path) -> None:
    assert complaints(smoke / RESULTS) == []


@pytest.mark.dag
def test_snakemake_reads_the_copy_of_the_workflow(smoke: Path, tmp_path: Path, run: Run) -> None:
    # Elsewhere: Snakemake leaves a folder of its own.
    shutil.copytree(smoke / RESULTS / "report" / "source", tmp_path / "source")

    answer = run(tmp_path / "source", "snakemake", "--list-rules")

    assert "write_crate" in answer.stdout + answer.stderr
