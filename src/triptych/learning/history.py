"""The course of a training as a table, without pandas: a training needs it for nothing else."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from triptych.storage.files import write_text


def write_history(rows: Sequence[Any], path: Path) -> None:
    """Write the course of a training as CSV; missing values blank.

    Parameters
    ----------
    rows
        At least one instance of a dataclass that has a field ``learning_rate``; each field is
        a column.
    path
        The file to be made.
    """
    text = io.StringIO()
    names = [field.name for field in fields(rows[0])]
    table = csv.DictWriter(text, names, lineterminator="\n")
    table.writeheader()
    table.writerows(
        {name: _shown(name, value) for name, value in asdict(row).items()} for row in rows
    )
    write_text(path, text.getvalue())


def _shown(name: str, value: Any) -> Any:
    # Six decimals, as for the other columns, would leave little of a small rate.
    if name == "learning_rate":
        return f"{value:.6g}"
    return f"{value:.6f}" if isinstance(value, float) else value
