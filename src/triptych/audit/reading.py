"""Read tables as text: 77.40 has two decimals."""

from collections.abc import Sequence
from functools import partial
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
        # As the heading, pandas would rename a column that is there twice. A name that ends
        # with .gz would make it unpack the file.
        read = partial(
            pd.read_csv,
            path,
            header=None,
            dtype=str,
            encoding="utf-8-sig",
            compression=None,
            keep_default_na=False,
        )
        heading, table = read(nrows=1).iloc[0], read(na_values=_BLANK).iloc[1:]
        table.columns = heading.str.strip()
        if table.empty:
            raise ValueError("no row below the heading")
        if twice := sorted({name for name in table if name and [*table].count(name) > 1}):
            raise ValueError(f"a column twice: {', '.join(twice)}")
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
