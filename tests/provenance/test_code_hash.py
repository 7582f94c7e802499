"""The hash of a step's code: what changes a number changes it, and nothing else does."""

import ast
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import triptych
from triptych.provenance.codehash import code_hash

SOURCE = Path(triptych.__file__).parent

ASK = """
import json, sys
import triptych
from triptych.provenance.codehash import code_hash

print(json.dumps([triptych.__file__, *(code_hash(step) for step in sys.argv[1:])]))
"""

Edit = Callable[[Path], None]


def appended(module: str, text: str) -> Edit:
    def edit(package: Path) -> None:
        path = package / module
        path.write_text(f"{path.read_text(encoding='utf-8')}\n{text}\n", encoding="utf-8")

    return edit


def in_function(module: str, name: str, text: str) -> Edit:
    """Put a line before the last statement of a function."""

    def edit(package: Path) -> None:
        path = package / module
        source = path.read_text(encoding="utf-8")
        (function,) = (
            node
            for node in ast.parse(source).body
            if isinstance(node, ast.FunctionDef) and node.name == name
        )
        lines = source.splitlines(keepends=True)
        lines.insert(function.body[-1].lineno - 1, f"    {text}\n")
        path.write_text("".join(lines), encoding="utf-8")

    return edit


def in_docstrings(package: Path) -> None:
    """Change the first line of every docstring of the steps and of a module."""
    for path in (package / COMPUTING, package / "adversarial/train.py"):
        source = path.read_text(encoding="utf-8")
        changed = source.replace('"""', '"""Another word. ')
        # Closing quotes were changed as well: only one-line and opening ones must be.
        changed = changed.replace('"""Another word. \n', '"""\n')
        ast.parse(changed)
        assert changed != source
        path.write_text(f"# a comment\n\n{changed}", encoding="utf-8")


@pytest.fixture
def hashes(tmp_path: Path) -> Callable[..., list[str]]:
    """Hashes of steps in a copy of the package after an edit."""

    def asked(edit: Edit, *steps: str) -> list[str]:
        package = tmp_path / "triptych"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(SOURCE, package, ignore=ignored, dirs_exist_ok=True)
        edit(package)
        answer = subprocess.run(
            [sys.executable, "-c", ASK, *steps],
            env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        origin, *found = json.loads(answer.stdout)
        assert Path(origin).is_relative_to(tmp_path)
        return found

    return asked


COMPUTING = "adversarial/steps/computing.py"
CODE = "ADDED = 1"


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(in_docstrings, id="docstrings, comments and layout"),
        pytest.param(
            lambda package: [
                appended(module, CODE)(package)
                for module in (
                    "cli.py",
                    "errors.py",
                    "config/models.py",
                    "data/fetch.py",
                    "job/progress.py",
                    "job/devices.py",
                    "job/workspace.py",
                    "job/step.py",
                )
            ],
            id="how a job runs",
        ),
        pytest.param(
            in_function(COMPUTING, "attack", CODE), id="code of another step in the same file"
        ),
        pytest.param(appended("data/digits.py", CODE), id="a module that it does not import"),
    ],
)
def test_what_changes_no_number_leaves_the_hash(
    hashes: Callable[..., list[str]], edit: Edit
) -> None:
    assert hashes(edit, "adversarial.train") == [code_hash("adversarial.train")]


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(in_function(COMPUTING, "train", CODE), id="the step"),
        pytest.param(appended("adversarial/train.py", CODE), id="a module that it imports"),
        pytest.param(appended("adversarial/pgd.py", CODE), id="a module that that one imports"),
        pytest.param(appended("job/seeds.py", CODE), id="the seeds"),
    ],
)
def test_what_may_change_a_number_changes_the_hash(
    hashes: Callable[..., list[str]], edit: Edit
) -> None:
    assert hashes(edit, "adversarial.train") != [code_hash("adversarial.train")]


def test_a_module_changes_the_steps_that_reach_it_and_no_others(
    hashes: Callable[..., list[str]],
) -> None:
    steps = ("data.digits", "data.mnist", "adversarial.calibrate", "adversarial.attack")
    found = hashes(appended("adversarial/detector.py", CODE), *steps)
    changed = [s for s, new in zip(steps, found, strict=True) if new != code_hash(s)]

    assert "adversarial.calibrate" in changed
    assert "data.digits" not in changed
    assert "data.mnist" not in changed


def test_a_panel_whose_name_begins_like_another_room_counts(
    hashes: Callable[..., list[str]],
) -> None:
    def panel(code: str) -> Edit:
        def edit(package: Path) -> None:
            (package / "clip").mkdir(exist_ok=True)
            step = "def table():\n    from triptych.clip import evaluate\n"
            (package / "clip/steps.py").write_text(step)
            (package / "clip/evaluate.py").write_text(code)

        return edit

    # Room cli does not count.
    assert hashes(panel("A = 1\n"), "clip.table") != hashes(panel("A = 2\n"), "clip.table")


def test_steps_differ_from_each_other() -> None:
    steps = ("data.digits", "data.mnist", "adversarial.train", "adversarial.attack")

    assert len({code_hash(step) for step in steps}) == len(steps)


def test_a_step_that_does_not_exist_has_no_hash() -> None:
    with pytest.raises(KeyError, match="nonsense"):
        code_hash("adversarial.nonsense")
