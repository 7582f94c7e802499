"""What a refused parameter file is told, and the line at which it is told."""

import re
from pathlib import Path

import pytest

from triptych.config.load import read
from triptych.errors import UserError


def refusal(path: Path) -> UserError:
    """The error of reading a file."""
    with pytest.raises(UserError) as caught:
        read(path)
    return caught.value


def line_of(error: UserError, path: Path) -> str:
    """The text of the line that an error points at."""
    match = re.fullmatch(rf"{re.escape(str(path))}, line (\d+)", error.where)
    assert match, f"no file and line in {error.where!r}"
    return path.read_text(encoding="utf-8").splitlines()[int(match[1]) - 1].strip()


def assert_refused(path: Path, key: str, found: str, allowed: str, line: str) -> None:
    """A file is refused for one value: its key, what is allowed, and its line are told."""
    error = refusal(path)

    named, _, permitted = error.expected.partition(": ")
    assert named == key
    assert permitted.startswith(allowed)
    assert error.found == found
    assert line_of(error, path) == line
    assert key in error.remedy
