"""Functions for tests of the command line: run a command here, take an error apart."""

import sys
import warnings

import pytest

from triptych import cli

# The program in its own process.
PROGRAM = [sys.executable, "-c", "from triptych.cli import main; main()"]
PARTS = ("expected:   ", "found:      ", "where:      ", "what to do: ")


def run_here(patch: pytest.MonkeyPatch, words: list[str]) -> int:
    """Run a command in this process; anything but an exit code is an error of the test."""
    patch.setattr(sys, "argv", ["triptych", *words])
    with warnings.catch_warnings():
        # A program reads its arguments from sys.argv; cyclopts warns about it in a test.
        warnings.filterwarnings("ignore", "Cyclopts application invoked")
        try:
            cli.main()
        except SystemExit as end:
            return int(end.code or 0)
    return 0


def parts_of(error: str) -> dict[str, str]:
    """The four parts of an error, which must be all that was printed."""
    lines = error.splitlines()
    assert [line[:12] for line in lines] == list(PARTS), error
    assert all(line[12:].strip() for line in lines), error
    return {line[:12].strip(" :"): line[12:] for line in lines}
