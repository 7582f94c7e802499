"""A paper that is added to a finished run: it runs, and no other panel's results are stale."""

import re
import shutil
from pathlib import Path

import pytest
from support import Run, dry_run

PANEL = {"make_my_paper_table1": 1, "judge_my_paper_claims": 1, "write_my_paper_findings": 1}
# What is made of all panels together.
TOGETHER = {"join_claims": 1, "write_page": 1, "write_crate": 1, "all": 1}


def planned_jobs(answer: str) -> dict[str, int]:
    """The number of jobs of each rule in the table that Snakemake prints."""
    rows = re.findall(r"^(\w+) +(\d+)$", answer, re.MULTILINE)
    return {rule: int(count) for rule, count in rows if rule != "total"}


@pytest.mark.dag
def test_a_new_paper_runs_and_no_other_panel_is_stale(
    finished: Path, tmp_path: Path, run: Run
) -> None:
    folder = tmp_path / "project"
    shutil.copytree(finished, folder, symlinks=True)

    run(folder, "triptych", "new-paper", "my_paper")

    assert planned_jobs(dry_run(run, folder)) == PANEL | TOGETHER
    run(folder, "snakemake", "my_paper", "--cores", "1", "--config", "scale=tiny")
    assert planned_jobs(dry_run(run, folder)) == TOGETHER
    table = (folder / "results/tiny/my_paper/table1.csv").read_text().splitlines()
    assert table[0] == "neighbors,accuracy,low,high,n,published"
    assert len(table) == 1 + 11
    claims = run(folder, "triptych", "claims", "--scale", "tiny", check=False).stdout
    assert re.search(r"^\| my_paper +\| table1 +\| 11 not_comparable", claims, re.MULTILINE)
