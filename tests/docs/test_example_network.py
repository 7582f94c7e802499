"""The worked example of docs/add-a-network.md takes part in the cooperation."""

import shutil
from pathlib import Path

import pandas as pd
from following import apply, blocks
from support import ROOT, Run

PAGE = "docs/add-a-network.md"


def test_the_network_of_the_page_is_trained_alone_and_in_a_pair(project: Path, run: Run) -> None:
    guide = (project / PAGE).read_text(encoding="utf-8")
    for folder in ("src", "workflow"):
        shutil.copytree(
            project / "docs/example-network" / folder, project / folder, dirs_exist_ok=True
        )
    for change in blocks(guide, "diff"):
        apply(change, project)
    (command,) = [line for line in blocks(guide, "sh")[0].splitlines() if "snakemake" in line]
    run(project, *command.split())
    scores = pd.read_csv(project / "results/tiny/segmentation/scores_drawn_streets.csv")
    assert set(scores["network"]) == {"strip"}
    assert set(scores["method"]) == {"single", "same_layer"}
    assert scores.loc[scores["class"] == "miou", "value"].between(0, 100).all()


def test_the_network_has_thirty_lines() -> None:
    path = ROOT / "docs/example-network/src/triptych/segmentation/networks/strip.py"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 32
