"""The worked example of docs/add-a-detector.md is attacked and judged as the paper's detector."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from following import apply, blocks
from support import Run, dry_run

PAGE = "docs/add-a-detector.md"


@pytest.mark.dag
def test_the_detector_of_the_page_is_judged_and_nothing_else_is_made_again(
    finished: Path, tmp_path: Path, run: Run
) -> None:
    project = tmp_path / "project"
    shutil.copytree(finished, project, symlinks=True)
    guide = (project / PAGE).read_text(encoding="utf-8")
    shutil.copytree(
        project / "docs/example-detector/workflow", project / "workflow", dirs_exist_ok=True
    )
    for change in blocks(guide, "diff"):
        apply(change, project)
    (command,) = [line for line in blocks(guide, "sh")[0].splitlines() if "snakemake" in line]

    said = run(project, *command.split()).stderr

    assert said.count("rule judge_detector") + said.count(": Judge the detector") == 4
    for made_before in ("train_network", "attack_network", "adapt_attack"):
        assert f"(Rule: {made_before})" not in said
    results = project / "results/tiny/adversarial"
    for name in ("curves", "adaptive", "auc"):
        own, papers = (pd.read_csv(results / f"{part}{name}.csv") for part in ("further_", ""))
        assert list(own.columns) == list(papers.columns)
        assert set(own["reading"]) == {"total_variation", "median_residual"}
        assert len(own) == len(papers)
        assert set(own["model"]) == {"natural", "secret"}
    assert "Nothing to be done" in dry_run(run, project)
