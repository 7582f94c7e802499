"""Changes the cells of a table."""

from typing import Any

import numpy as np
import pandas as pd


def set_cells(table: pd.DataFrame, columns: str | list[str], value: Any, **where: Any) -> None:
    """Set cells of the rows with these values in other columns."""
    rows = np.logical_and.reduce([table[key] == wanted for key, wanted in where.items()])
    assert rows.any()
    table.loc[rows, columns] = value
