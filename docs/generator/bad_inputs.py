"""docs/bad-inputs.md: mistakes of users and their errors, as the tests run them."""

import re
import sys
from pathlib import Path

from .markdown import page as whole_page
from .markdown import table

_INTRODUCTION = (
    "{count} mistakes with their errors: what was expected, what was found, where, and what to do."
    " Each ends with exit code 1, without a traceback, and writes nothing; `make test` runs all of"
    " them. In a command, `...` replaces options that are not part of the mistake."
    " `/path/to/project` is the folder of the project, N the number of a line or column. A line"
    " without a program's name is a call from Python."
)
_COLUMNS = ("mistake", "what is run", "expected", "found", "where", "what to do")
_PARTS = re.compile(r"expected: *(.*)\nfound: *(.*)\nwhere: *(.*)\nwhat to do: *(.*)")


def page(root: Path) -> str:
    """Return the page: every mistake of the tests' list with its error, by group."""
    # The list belongs to the tests, which check every case.
    sys.path.append(str(root / "tests"))
    from bad_inputs import GROUPS
    from bad_inputs.case import BadInput
    from bad_inputs.running import outcome

    def row(case: BadInput) -> list[str]:
        said = outcome(case).error
        parts = _PARTS.fullmatch(said)
        assert parts, f"{case.title}: no error of four parts: {said}"
        return [case.title, *map(_verbatim, (case.command, *parts.groups()))]

    tables = {name: table(_COLUMNS, map(row, cases)) for name, cases in GROUPS.items()}
    sections = [f"## {name}\n\n{rows}" for name, rows in tables.items()]
    count = sum(map(len, GROUPS.values()))
    return whole_page("Bad inputs", _INTRODUCTION.format(count=count), *sections)


def _verbatim(text: str) -> str:
    """Return the text as code, even if it contains backticks."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"
