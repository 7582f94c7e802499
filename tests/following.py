"""Follow a page: take its blocks of code, and apply its edits."""

import re
from pathlib import Path

from support import edit


def blocks(guide: str, language: str) -> list[str]:
    """The code of one language in a page of Markdown."""
    return re.findall(rf"^```{language}\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)


def apply(change: str, project: Path) -> None:
    """Do what a block of edits says: the lines of a place must be in the file as shown."""
    for file in re.split(r"^--- ", change, flags=re.MULTILINE)[1:]:
        name, _, places = file.partition("\n")
        for place in places.split("@@\n"):
            lines = place.splitlines(keepends=True)
            old = "".join(line[1:] for line in lines if line[0] != "+")
            new = "".join(line[1:] for line in lines if line[0] != "-")
            edit(project / name, old, new)
