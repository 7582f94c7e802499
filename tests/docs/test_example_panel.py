"""The example of docs/add-a-paper.md, written by its command into a copy of the project."""

from pathlib import Path

import pytest
from support import IDENTITY, ROOT, Run, copy_project, execute

NAME = "nearest_neighbors"


@pytest.fixture(scope="module")
def with_the_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project after `triptych new-paper` with the example's own name, in a commit."""
    folder = tmp_path_factory.mktemp("example") / "project"
    copy_project(folder)
    execute(folder, "triptych", "new-paper", NAME)
    execute(folder, "git", "add", "-A")
    execute(folder, "git", *IDENTITY, "commit", "-qm", "a fourth paper")
    return folder


def test_a_fourth_paper_edits_three_existing_files(with_the_example: Path, run: Run) -> None:
    shown = run(with_the_example, "git", "show", "--format=", "--name-status").stdout
    status = {name: letter for letter, name in map(str.split, shown.splitlines())}

    edited = [name for name, letter in status.items() if letter == "M"]
    assert edited == ["dvc.yaml", "params.yaml", "src/triptych/config/models.py"]
    new = [name for name in status if name not in edited]
    assert len(new) == 11
    for name in new:
        example = ROOT / "docs/example" / name
        assert (with_the_example / name).read_bytes() == example.read_bytes()


def test_the_workflow_plans_the_new_panel(with_the_example: Path, run: Run) -> None:
    wanted = ("results/smoke/claims.csv", f"results/smoke/{NAME}/findings.md")
    plan = run(with_the_example, "snakemake", "-n", *wanted).stdout

    for rule in (f"make_{NAME}_table1", f"judge_{NAME}_claims", f"write_{NAME}_findings"):
        assert rule in plan


def test_the_tests_of_the_example_pass(with_the_example: Path, run: Run) -> None:
    answer = run(with_the_example, "pytest", "-q", f"tests/{NAME}")
    assert "3 passed" in answer.stdout
    # Its code keeps the rules for imports and paths.
    run(with_the_example, "pytest", "-q", "tests/test_imports.py")


def test_the_generated_pages_follow(with_the_example: Path, run: Run) -> None:
    run(with_the_example, "python", "docs/generate.py")

    for page, words in (
        ("docs/parameters.md", f"`{NAME}`"),
        ("docs/deviations.md", "## Nearest neighbors"),
        ("docs/architecture.svg", f">{NAME}<"),
        ("lab/dvc.yaml", f"src/triptych/{NAME}"),
    ):
        assert words in (with_the_example / page).read_text(encoding="utf-8"), page
