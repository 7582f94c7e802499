"""Captions of photos on disk, from which the base model learns and generates (Section 4)."""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from triptych.drawing.tables import write_csv
from triptych.errors import UserError

_COLUMNS = ["photo", "caption"]
_MIRRORED = {"left": "right", "right": "left"}
_SIDES = re.compile(r"\b(left|right)\b")


def write(path: Path, names: Sequence[str], captions: Sequence[str]) -> None:
    """Write a caption for each photo (CSV: photo, caption)."""
    write_csv(pd.DataFrame(dict(zip(_COLUMNS, (names, captions), strict=True))), path)


def read(path: Path, names: Sequence[str]) -> list[str]:
    """Read the captions of photos, in their order.

    Raises
    ------
    UserError
        The file has other columns, or a photo has no line, two lines or an empty caption.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except ValueError as error:
        raise _not_as_expected(path, "a CSV file in UTF-8", " ".join(str(error).split())) from None
    if list(table.columns) != _COLUMNS:
        raise _not_as_expected(path, f"the columns {', '.join(_COLUMNS)}", ", ".join(table.columns))
    twice = table["photo"].duplicated()
    if twice.any():
        name = table["photo"][twice].iloc[0]
        raise _not_as_expected(path, f"one line for {name}", "two")
    captions = dict(zip(table["photo"], table["caption"], strict=True))
    for name in names:
        if not captions.get(name, "").strip():
            found = "an empty caption" if name in captions else "no line"
            raise _not_as_expected(path, f"a caption for {name}", found)
    return [captions[name] for name in names]


def mirrored(caption: str) -> str:
    """Return the caption of a photo that is mirrored from left to right."""
    return _SIDES.sub(lambda side: _MIRRORED[side[0]], caption)


def _not_as_expected(path: Path, expected: str, found: str) -> UserError:
    return UserError(
        expected=expected,
        found=found,
        where=str(path),
        remedy="delete it and run the workflow, which creates it again",
    )
