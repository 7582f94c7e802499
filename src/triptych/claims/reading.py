"""Read ``claims.csv``: of one panel or of all."""

from pathlib import Path
from typing import Any, cast, get_args

import pandas as pd

from triptych.claims.claims import COLUMNS, VERDICTS, Claim, Scope
from triptych.errors import UserError

_NUMBERS = ("published", "reproduced", "low", "high", "n_seeds", "tolerance")
_RESTORE = "make the file again with the workflow, or restore it from git"


def read_claims(path: Path, *, remedy: str = _RESTORE) -> list[Claim]:
    """Read the claims of a file.

    Raises
    ------
    UserError
        The file is no table of claims: a column is missing or unknown, a number is not
        numeric, or a kind, scope or verdict is not in the vocabulary.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        if tuple(table.columns) != COLUMNS:
            raise ValueError(f"columns: {', '.join(map(str, table.columns))}")
        if table.isna().to_numpy().any():
            raise ValueError("a row with fewer cells than columns")
        return [_claim(row) for row in table.to_dict("records")]
    except ValueError as error:
        raise UserError(
            expected=f"a table of claims with the columns {', '.join(COLUMNS)}",
            found=" ".join(str(error).split()),
            where=str(path),
            remedy=remedy,
        ) from None


def join_panels(results: Path, make: str, restore: str) -> list[Claim]:
    """Return the claims of all panels of one scale.

    Parameters
    ----------
    make, restore
        What to do if there are no claims, and if a file is damaged.

    Raises
    ------
    UserError
        There are no claims, or they cannot be read.
    """
    paths = sorted(results.glob("*/claims.csv"))
    if not paths:
        raise UserError(
            expected="the claims of at least one panel",
            found="no claims.csv",
            where=str(results),
            remedy=make,
        )
    return [claim for path in paths for claim in read_claims(path, remedy=restore)]


def _claim(row: dict[str, str]) -> Claim:
    kind, scope, verdict = row["kind"], row["scope"], row["verdict"]
    if verdict not in VERDICTS.get(kind, ()) or scope not in get_args(Scope):
        raise ValueError(f"{row['key']}: kind {kind!r}, scope {scope!r}, verdict {verdict!r}")
    numbers: dict[str, Any] = {name: float(row[name]) if row[name] else None for name in _NUMBERS}
    if numbers["n_seeds"] is not None:
        numbers["n_seeds"] = int(row["n_seeds"])
    return Claim(**{**row, **numbers, "scope": cast(Scope, scope)})
