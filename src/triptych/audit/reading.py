"""Read tables as text: 77.40 has two decimals."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import pandas as pd

from triptych.errors import UserError

# The column with a row's file, unless the tables have it.
FILE = "file"
# "None" is no blank: it often names the row without a defense.
_BLANK = ("", "-", "\N{EN DASH}", "\N{EM DASH}", "NA", "N/A", "NaN", "nan")


def read_tables(paths: Sequence[Path]) -> pd.DataFrame:
    """Read tables (CSV) as text, one below the other.

    Returns
    -------
    pandas.DataFrame
        The index has the file and the number of the row below the heading, from 1. Blank cells
        are missing values.

    Raises
    ------
    UserError
        A file cannot be read, is no table, or has no row below the heading.
    """
    for path, again in combinations(paths, 2):
        if path.resolve() == again.resolve():
            raise UserError(
                expected="each table once",
                found="the same file twice",
                where=f"{path} and {again}",
                remedy="name it once",
            )
    return pd.concat([_read(path) for path in paths])


def _read(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(
            path, dtype=str, encoding="utf-8-sig", keep_default_na=False, na_values=_BLANK
        )
        table = table.rename(columns=str.strip)
        if not isinstance(table.index, pd.RangeIndex):
            raise ValueError("rows with more cells than the heading")
        if table.empty:
            raise ValueError("no row below the heading")
        if not table.columns.is_unique:
            raise ValueError("a column twice")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise UserError(
            expected="a table (CSV): a heading and rows, cells separated by commas, UTF-8",
            found=" ".join((reason or str(error)).split())[:200],
            where=str(path),
            remedy="correct the file, or name another",
        ) from None
    table = table.apply(lambda cells: cells.str.strip())
    if FILE not in table:
        table[FILE] = str(path)
    rows = range(1, len(table) + 1)
    return table.set_index(pd.MultiIndex.from_product([[str(path)], rows]))
