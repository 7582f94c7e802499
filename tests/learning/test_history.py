"""The history of a training as a table."""

from pathlib import Path

import pandas as pd

from triptych.learning.history import HistoryRow, write_history


def test_history_is_a_table(tmp_path: Path) -> None:
    rows = [HistoryRow(2, 0.5, 1.23456789e-7, None), HistoryRow(4, 1 / 3, 0.002, 0.25)]
    write_history(rows, tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_bytes().decode().split("\n") == [
        "step,loss,learning_rate,validation",
        "2,0.500000,1.23457e-07,",
        "4,0.333333,0.002,0.250000",
        "",
    ]
    assert pd.read_csv(tmp_path / "history.csv")["validation"].isna().tolist() == [True, False]
