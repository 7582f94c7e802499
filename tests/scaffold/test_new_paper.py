"""`triptych new-paper`: the example's files under another name, all or none."""

import ast
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from support import ROOT, edit, error_of, tree

from triptych.errors import UserError
from triptych.scaffold.edits import edited
from triptych.scaffold.paper import add_paper

COMMANDS = ("adopt", "fetch", "new-paper")
EDITED = ("src/triptych/config/models.py", "params.yaml", "dvc.yaml")
LONGEST = "a_paper_of_twenty_ch"
# The folder of the tests has too little of the package for ruff to recognize it.
FIRST_PARTY = ("--config", "lint.isort.known-first-party=['triptych']")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The parts of the project that a new paper needs, as the current folder."""
    for part in ("docs/example", "workflow/rules"):
        shutil.copytree(ROOT / part, tmp_path / part)
    for name in (*EDITED, "Snakefile", "pyproject.toml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "tests/workflow").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def yaml(path: str) -> Any:
    return YAML(typ="safe").load(Path(path))


def test_every_file_of_the_example_has_the_new_name(folder: Path) -> None:
    new, changed = add_paper("our_first_paper2", COMMANDS)

    assert sorted(map(str, changed)) == sorted(EDITED)
    example = [
        path
        for part in ("data", "src", "workflow", "tests")
        for path in (folder / "docs/example" / part).rglob("*.*")
        if path.suffix != ".pyc"
    ]
    assert len(new) == len(example)
    for path in new:
        text = f"{path}\n{path.read_text()}"
        assert "our_first_paper2" in text
        assert "nearest_neighbors" not in text
        assert "NearestNeighbors" not in text
    parameters = (folder / "src/triptych/config/our_first_paper2.py").read_text()
    assert "class OurFirstPaper2Parameters(Section):" in parameters
    paper = yaml("data/published/our_first_paper2/paper.yaml")
    assert paper["name"] == "Our first paper2"
    # The content stays that of the example.
    assert "nearest neighbors" in paper["methods"]


def test_the_register_has_the_panel_and_all_else_as_before(folder: Path) -> None:
    before = {name: yaml(name) for name in ("params.yaml", "dvc.yaml")}

    add_paper("my_paper", COMMANDS)

    values, stages = yaml("params.yaml"), yaml("dvc.yaml")
    sections = {scale: section.pop("my_paper") for scale, section in values["scales"].items()}
    assert sections == {
        "paper": {"dataset": "mnist", "neighbors": [*range(1, 12)]},
        "lab": {},
        "smoke": {"dataset": "digits"},
        "tiny": {},
    }
    stage = stages["stages"].pop("my_paper")
    assert stage["cmd"] == "snakemake my_paper --config scale=${scale_name}"
    stages["stages"]["report"]["deps"].remove("results/${scale_name}/my_paper")
    stages["metrics"].remove("${root}/results/${scale_name}/my_paper/metrics.json")
    assert {"params.yaml": values, "dvc.yaml": stages} == before

    models = ast.parse((folder / EDITED[0]).read_text())
    panel = next(node for node in models.body if isinstance(node, ast.Assign))
    names = [node.value for node in ast.walk(panel) if isinstance(node, ast.Constant)]
    assert names[-2:] == ["personalization", "my_paper"]


def test_a_second_new_paper_is_added_after_the_first(folder: Path) -> None:
    add_paper("one", COMMANDS)
    add_paper("two", COMMANDS)

    text = (folder / EDITED[0]).read_text()
    assert text.index('"one"') < text.index('"two"')
    assert list(yaml("dvc.yaml")["stages"])[-3:] == ["one", "two", "report"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("My_paper", "'My_paper'"),
        ("my-paper", "'my-paper'"),
        ("2papers", "'2papers'"),
        ("my__paper", "'my__paper'"),
        ("my_paper_", "'my_paper_'"),
        ("", "''"),
        ("papers/mine", "'papers/mine'"),
        (f"{LONGEST}a", f"'{LONGEST}a'"),
        ("class", "a keyword"),
        ("adversarial", "a panel"),
        ("adopt", "a command"),
        ("new_paper", "a command"),
        ("tiny", "a scale"),
        ("inherits", "a key of every scale"),
        ("all", "a rule"),
        ("count_iou", "a rule"),
        ("workflow", "a file or folder"),
        ("models", "a file or folder"),
        ("smoke", "a scale"),
        ("true", "True in YAML"),
        ("null", "None in YAML"),
        ("no", "False in YAML"),
        ("model_dump", "an attribute of every section"),
        ("list", "a built-in object of Python"),
    ],
)
def test_a_name_that_cannot_be_a_panels_is_refused(folder: Path, name: str, found: str) -> None:
    before = tree(folder)

    error = error_of(add_paper, name, COMMANDS)

    assert found in error.found
    assert tree(folder) == before


def test_a_name_of_a_module_of_tests_is_refused(folder: Path) -> None:
    (folder / "tests/workflow/test_resume.py").touch()

    error = error_of(add_paper, "resume", COMMANDS)

    assert error.where == "tests/workflow/test_resume.py"


def test_the_name_of_a_paper_that_was_added_is_refused(folder: Path) -> None:
    add_paper("my_paper", COMMANDS)
    before = tree(folder)

    error = error_of(add_paper, "my_paper", COMMANDS)

    assert "'my_paper'" in error.found
    assert tree(folder) == before


def _occupy(folder: Path) -> None:
    path = folder / "data/published/my_paper/table1.csv"
    path.parent.mkdir(parents=True)
    path.write_text("the numbers of a paper")


def _change_a_place(folder: Path) -> None:
    edit(folder / "params.yaml", "    inherits: smoke\n", "    inherits: lab\n")


@pytest.mark.parametrize(
    ("prepare", "where"),
    [(_occupy, "data/published/my_paper/table1.csv"), (_change_a_place, "params.yaml")],
)
def test_nothing_is_written_where_a_file_exists_or_cannot_be_edited(
    folder: Path, prepare: Callable[[Path], None], where: str
) -> None:
    prepare(folder)
    before = tree(folder)

    error = error_of(add_paper, "my_paper", COMMANDS)

    assert error.where == where
    assert tree(folder) == before


# The first file gets its name; some have theirs; the last, which is an edited one, does not.
@pytest.mark.parametrize("fails_at", [1, 6, 14])
def test_everything_is_as_before_if_the_disk_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    from triptych.storage import files

    before, folders = tree(folder), sorted(path for path in folder.rglob("*") if path.is_dir())
    replace, calls = files.os.replace, []

    def failing(source: Path, target: Path) -> None:
        calls.append(target)
        if len(calls) == fails_at:
            raise OSError(28, "No space left on device", str(target))
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", failing)
    with pytest.raises(OSError, match="No space"):
        add_paper("my_paper", COMMANDS)

    assert len(calls) == fails_at
    assert tree(folder) == before
    assert sorted(path for path in folder.rglob("*") if path.is_dir()) == folders


@pytest.mark.parametrize("name", ["a", "segmentation2", LONGEST])
def test_style_is_right_whatever_the_length_of_the_name(folder: Path, name: str) -> None:
    new, changed = add_paper(name, COMMANDS)

    python = [str(path) for path in (*new, *changed) if path.suffix == ".py"]
    rules = [str(path) for path in new if path.suffix == ".smk"]
    for command in (
        ["ruff", "check", "--no-cache", *FIRST_PARTY, *python],
        ["ruff", "format", "--no-cache", "--check", *python],
        ["snakefmt", "--check", *rules],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_place_of_an_edit_is_whole_lines_and_is_there_once() -> None:
    edits = "--- file\n two\n+three\n@@\n-five\n+six\n"

    (text,) = edited(edits, lambda path: "one\ntwo\nfive\n").values()

    assert text == "one\ntwo\nthree\nsix\n"
    for wrong in ("twenty two\nfive\n", "two\ntwo\nfive\n", "two\n"):
        with pytest.raises(UserError, match="file"):
            edited(edits, lambda path, wrong=wrong: wrong)
