"""Run a bad input in its own folder, and record its output and the changed files."""

import os
import re
import shlex
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest
from command_line import run_here
from snakemake.settings.types import ConfigSettings

from bad_inputs.case import BadInput
from bad_inputs.making import project
from triptych.engine.metadata import restore_records
from triptych.engine.start import load_parameters
from triptych.errors import UserError
from triptych.system import environment

# Replaces the temporary folder in an error.
FOLDER = "/path/to/project"


@dataclass(frozen=True)
class Outcome:
    """The result of a bad input: exit code, output, and files that were written or removed.

    Standard error is equal on every machine.
    """

    code: int
    printed: str
    error: str
    changed: tuple[str, ...]


@cache
def outcome(case: BadInput) -> Outcome:
    """Run a bad input, once in each process."""
    printed, error = StringIO(), StringIO()
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        folder = Path(name).resolve()
        patch.chdir(folder)
        for variable in [one for one in os.environ if one.startswith("TRIPTYCH_")]:
            patch.delenv(variable)
        # Messages about variables that other tests have set do not belong to this case.
        environment.settle()
        for step in case.prepare if case.outside else (project(), *case.prepare):
            step()
        before = _contents(folder)
        with redirect_stdout(printed), redirect_stderr(error):
            code = _run(case, patch)
        after = _contents(folder)
    names = sorted(before.keys() | after.keys())
    changed = tuple(name for name in names if before.get(name) != after.get(name))
    text = error.getvalue().replace(str(folder), FOLDER).strip("\n")
    return Outcome(code, printed.getvalue(), re.sub(r"\b(line|column) \d+", r"\1 N", text), changed)


def _contents(folder: Path) -> dict[str, bytes]:
    """Every file except the locks of workspaces and of Snakemake."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


def _run(case: BadInput, patch: pytest.MonkeyPatch) -> int:
    words = shlex.split(case.command.replace("...", case.rest))
    while "=" in words[0] and case.call is None:
        patch.setenv(*words.pop(0).split("=", 1))
    try:
        if case.call:
            case.call()
        elif words[0] == "triptych":
            return run_here(patch, words[1:])
        else:
            _begin_workflow(words)
    except (UserError, SystemExit) as end:
        print(end, file=sys.stderr)
        return 1
    return 0


def _begin_workflow(words: list[str]) -> None:
    """Do what the Snakefile does before its first job; tests/workflow run it by Snakemake."""
    assert words[0] == "snakemake", words
    given = words[words.index("--config") + 1 :] if "--config" in words else []
    pairs = (pair.split("=") for pair in given)
    config = {key: int(value) if value.lstrip("-").isdigit() else value for key, value in pairs}
    main = SimpleNamespace(is_main_snakefile=lambda: True)
    begun = SimpleNamespace(config_settings=ConfigSettings(config=config), modifier=main)
    load_parameters(begun, {})
    restore_records()
