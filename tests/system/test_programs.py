"""Programs that are asked something are not waited for without end."""

import ast
import sys
import time
from pathlib import Path

import pytest
from support import ROOT, error_of

from triptych.errors import UserError
from triptych.system.programs import ask


def test_an_answer_has_what_was_said_and_how_it_ended(tmp_path: Path) -> None:
    code = (
        "import os, sys; print(os.getcwd(), os.environ['A']); print('b', file=sys.stderr); exit(3)"
    )
    answer = ask(
        [sys.executable, "-c", code],
        patience=60,
        remedy="none",
        folder=tmp_path,
        variables={"A": "a"},
    )
    assert (answer.stdout, answer.stderr) == (f"{tmp_path} a\n", "b\n")
    assert answer.returncode == 3


def test_a_program_that_does_not_end_is_named() -> None:
    start = time.monotonic()
    error = error_of(ask, ["sleep", "60"], patience=0.2, remedy="wake it")
    assert time.monotonic() - start < 10
    assert error.expected == "an answer within 0.2 s"
    assert error.where == "sleep 60"
    assert error.remedy == "wake it"


def test_what_holds_its_output_open_is_not_waited_for() -> None:
    start = time.monotonic()
    with pytest.raises(UserError):
        ask(["sh", "-c", "sleep 20; true"], patience=0.2, remedy="none")
    assert time.monotonic() - start < 10


def test_no_other_module_waits_for_a_program_without_a_limit() -> None:
    waiting = {
        path.relative_to(ROOT / "src/triptych").as_posix()
        for path in (ROOT / "src").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).startswith(("subprocess.", "os.system", "os.popen"))
        and ast.unparse(node.func) != "subprocess.CompletedProcess"
        and "timeout" not in [keyword.arg for keyword in node.keywords]
    }
    # Where all are asked; a training that a launcher starts; and a job that is run again. A job
    # takes as long as it takes.
    assert waiting == {"system/programs.py", "job/hosts.py", "provenance/replaying.py"}
