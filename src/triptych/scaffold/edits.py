"""Edits of existing files, written like a diff without line numbers.

``--- FILE`` begins the edits of a file, and ``@@`` another place of it. A line with ``+`` is new,
one with ``-`` is removed, any other shows the place.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from triptych.errors import UserError


def edited(edits: str, read: Callable[[Path], str]) -> dict[Path, str]:
    """Return the text of each file after the edits.

    Parameters
    ----------
    edits
        The edits, in the form that the module describes.
    read
        Returns the text of a file.

    Raises
    ------
    UserError
        A place is not in its file, or is there more than once.
    """
    texts: dict[Path, str] = {}
    for part in re.split(r"^--- ", edits, flags=re.MULTILINE)[1:]:
        name, _, places = part.partition("\n")
        text = read(Path(name))
        for old, new in map(_before_and_after, re.split(r"^@@\n", places, flags=re.MULTILINE)):
            # A place is whole lines.
            starts = [m.start() for m in re.finditer(rf"^(?={re.escape(old)})", text, re.MULTILINE)]
            if len(starts) != 1:
                raise UserError(
                    expected=f"these lines once: {old.rstrip()!r}",
                    found=f"{len(starts)} times",
                    where=name,
                    remedy="restore the file from git, or add the lines of docs/add-a-paper.md",
                )
            text = text[: starts[0]] + new + text[starts[0] + len(old) :]
        texts[Path(name)] = text
    return texts


def _before_and_after(place: str) -> tuple[str, str]:
    """Return the lines of a place before and after its edit."""

    def lines(without: str) -> Iterator[str]:
        for line in place.splitlines(keepends=True):
            if line[0] != without:
                # An editor may have removed the space of an empty line.
                yield line[1:] or line

    return "".join(lines("+")), "".join(lines("-"))
