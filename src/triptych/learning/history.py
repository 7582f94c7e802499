"""The history of a training: the same columns for every network of every panel."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from triptych.storage.files import write_text


@dataclass(frozen=True)
class HistoryRow:
    """One row of ``history.csv``.

    Attributes
    ----------
    step, loss
        Steps done, this one included; the loss of the step's own batch.
    validation
        Panel 1: accuracy. Panel 2: mean IoU in [0, 1]. Panel 3: loss on held-out photos. None
        where nothing was validated at this step.
    """

    step: int
    loss: float
    learning_rate: float
    validation: float | None


def write_history(rows: Sequence[HistoryRow], path: Path) -> None:
    """Write rows, in the order of their steps, as CSV; missing values stay blank."""
    # Without pandas: a training needs it for nothing else.
    text = io.StringIO()
    names = [field.name for field in fields(HistoryRow)]
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
