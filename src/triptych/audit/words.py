"""Judgments for a reader, as text or JSON."""

import json
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import cast

import pandas as pd

from triptych.audit.judgments import Judgment, Verdict, failing
from triptych.audit.numbers import is_number, place
from triptych.audit.reading import FILE

_COUNTED: dict[Verdict, str] = {
    "passes": "passed",
    "fails": "failed",
    "note": "with a note",
    "no power": "with no power: no number with these decimals can fail",
}
# What is shown one by one, with a word before it.
_SHOWN: dict[Verdict, str] = {"fails": "fails", "note": "note "}


def as_text(check: str, table: pd.DataFrame, judgments: Sequence[Judgment]) -> str:
    """Return what fails, what has a note, and the number of each verdict."""
    lines = [
        f"{word}  {_place(judgment, table)}: expected {judgment.expected}; found {judgment.found}"
        for verdict, word in _SHOWN.items()
        for judgment in judgments
        if judgment.verdict == verdict
    ]
    counts = Counter(judgment.verdict for judgment in judgments)
    parts = [f"{counts[verdict]} {words}" for verdict, words in _COUNTED.items() if counts[verdict]]
    return "\n".join([*lines, f"{check}: {len(judgments)} checked, {', '.join(parts)}"])


def as_json(check: str, table: pd.DataFrame, judgments: Sequence[Judgment]) -> str:
    """Return every judgment as JSON, with the cells of its rows."""
    content = {
        "check": check,
        "passed": not failing(judgments),
        "judgments": [
            {
                "verdict": judgment.verdict,
                "column": judgment.column,
                "expected": judgment.expected,
                "found": judgment.found,
                "excess": judgment.excess,
                "rows": [
                    {"place": place(row), "cells": table.loc[row].dropna().to_dict()}
                    for row in judgment.rows
                ],
            }
            for judgment in judgments
        ],
    }
    return json.dumps(content, indent=1, ensure_ascii=False)


def _place(judgment: Judgment, table: pd.DataFrame) -> str:
    """Name the rows, a file only where it changes, and the column."""
    names: list[str] = []
    before = None
    for row in judgment.rows:
        file, number = cast(tuple[str, int], row)
        name = f"row {number}{_label(row, table)}"
        names.append(name if file == before else f"{file}, {name}")
        before = file
    return f"{' and '.join(names)}, {judgment.column}"


def _label(row: Hashable, table: pd.DataFrame) -> str:
    """Return the cells of a row that are no numbers, in brackets."""
    cells = table.loc[row].drop(FILE).dropna()
    named = [str(cell) for cell in cells if not is_number(cell)]
    return f" ({', '.join(named)})" if named else ""
