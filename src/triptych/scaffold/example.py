"""The files of the example in docs/example, under another name."""

import re
from itertools import groupby
from pathlib import Path

from triptych.layout import EXAMPLE

# Where new files belong: the folders of the example, as in the project.
_FOLDERS = ("data", "src", "workflow", "tests")
_EDITS = EXAMPLE / "edits.diff"
_IMPORT = re.compile(r"\s*from (triptych\.\S+) import [^(]+")


def new_files(name: str, number: int) -> dict[Path, str]:
    """Return the text of each file of the example by its place in the project.

    Parameters
    ----------
    name
        The name of the panel, in snake case.
    number
        The number of the panel.
    """
    return {
        Path(renamed(path.relative_to(EXAMPLE).as_posix(), name, number)): sorted_imports(
            renamed(path.read_text(encoding="utf-8"), name, number)
        )
        for folder in _FOLDERS
        for path in sorted((EXAMPLE / folder).rglob("*"))
        if path.is_file() and path.parent.name != "__pycache__"
    }


def new_edits(name: str, number: int) -> str:
    """Return the edits of existing files that register the panel."""
    return renamed(_EDITS.read_text(encoding="utf-8"), name, number)


def renamed(text: str, name: str, number: int) -> str:
    """Write a text of the example for a panel of another name and number."""
    words = name.split("_")
    names = {
        "nearest_neighbors": name,
        "NearestNeighbors": "".join(map(str.capitalize, words)),
        "Nearest neighbors": " ".join(words).capitalize(),
        "anel 4": f"anel {number}",
    }
    return re.sub("|".join(names), lambda match: names[match[0]], text)


def sorted_imports(text: str) -> str:
    """Sort imports of the package that follow each other: their order depends on the name."""

    def module(line: str) -> list[str | int]:
        match = _IMPORT.fullmatch(line)
        assert match
        return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", match[1])]

    lines: list[str] = []
    for imports, group in groupby(text.splitlines(), lambda line: bool(_IMPORT.fullmatch(line))):
        block = list(group)
        lines += sorted(block, key=module) if imports else block
    return "".join(f"{line}\n" for line in lines)
