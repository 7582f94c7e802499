"""The course of a training as a table."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from triptych.learning.history import write_history


@dataclass(frozen=True)
class _Row:
    step: int
    loss: float
    learning_rate: float
    validation: float | None


def test_history_is_a_table(tmp_path: Path) -> None:
    rows = [_Row(2, 0.5, 1.23456789e-7, None), _Row(4, 1 / 3, 0.002, 0.25)]
    write_history(rows, tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_bytes().decode().split("\n") == [
        "step,loss,learning_rate,validation",
        "2,0.500000,1.23457e-07,",
        "4,0.333333,0.002,0.250000",
        "",
    ]
    assert pd.read_csv(tmp_path / "history.csv")["validation"].isna().tolist() == [True, False]
