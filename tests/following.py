"""Follow a page: take its blocks of code, and apply its edits."""

import re
from pathlib import Path

from triptych.scaffold.edits import edited


def blocks(guide: str, language: str) -> list[str]:
    """The code of one language in a page of Markdown."""
    return re.findall(rf"^```{language}\n(.*?)^```$", guide, re.MULTILINE | re.DOTALL)


def apply(change: str, project: Path) -> None:
    """Do what a block of edits says: the lines of a place must be in the file as shown."""
    for path, text in edited(change, lambda path: (project / path).read_text()).items():
        (project / path).write_text(text)
