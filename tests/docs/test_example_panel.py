"""The worked example of docs/add-a-paper.md becomes a panel of a copy of the project."""

import re
import shutil
from pathlib import Path

import pytest
from following import apply, blocks
from ruamel.yaml import YAML
from support import ROOT, Run

NEW_FILES = ("data", "src", "workflow", "tests")


@pytest.fixture
def with_the_example(project: Path) -> Path:
    """The project after every step of the guide."""
    guide = (project / "docs/add-a-paper.md").read_text(encoding="utf-8")
    for folder in NEW_FILES:
        shutil.copytree(project / "docs/example" / folder, project / folder, dirs_exist_ok=True)
    for change in blocks(guide, "diff"):
        apply(change, project)
    yaml = YAML()
    values = yaml.load(project / "params.yaml")
    paper, smoke = blocks(guide, "yaml")
    empty = "neighbors: {}"
    sections = {"paper": paper, "lab": empty, "smoke": smoke, "tiny": empty}
    for scale, section in sections.items():
        values["scales"][scale].update(YAML().load(section))
    yaml.dump(values, project / "params.yaml")
    return project


def test_the_workflow_plans_the_new_panel(with_the_example: Path, run: Run) -> None:
    wanted = ("results/smoke/claims.csv", "results/smoke/neighbors/findings.md")
    plan = run(with_the_example, "snakemake", "-n", *wanted).stdout

    for rule in ("make_neighbors_table1", "judge_neighbors_claims", "write_neighbors_findings"):
        assert rule in plan


def test_a_fourth_paper_edits_four_existing_files() -> None:
    guide = (ROOT / "docs/add-a-paper.md").read_text(encoding="utf-8")
    edited = set(re.findall(r"^--- (\S+)", "".join(blocks(guide, "diff")), re.MULTILINE))
    assert edited | {"params.yaml", "dvc.yaml"} == {
        "data/published/tolerances.csv",
        "src/triptych/config/models.py",
        "params.yaml",
        "dvc.yaml",
    }


def test_the_tests_of_the_example_pass(with_the_example: Path, run: Run) -> None:
    answer = run(with_the_example, "pytest", "-q", "tests/neighbors")
    assert "3 passed" in answer.stdout
