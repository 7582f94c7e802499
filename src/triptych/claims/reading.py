"""Read ``claims.csv``: of one panel or of all."""

from math import isfinite
from pathlib import Path
from typing import Any, cast, get_args

import pandas as pd

from triptych.claims.claims import COLUMNS, VERDICTS, Claim, Scope
from triptych.claims.keys import name_of
from triptych.config.models import Panel
from triptych.config.section import named_once
from triptych.errors import UserError

FILE = "claims.csv"

_NUMBERS = ("published", "reproduced", "low", "high", "n_seeds", "tolerance")
_RESTORE = "make the file again with the workflow, or restore it from git"


def read_claims(path: Path, *, remedy: str = _RESTORE) -> list[Claim]:
    """Read the claims of a file.

    Raises
    ------
    UserError
        The file is no table of claims: a column is missing or unknown, a number is not
        numeric, an interval has one end, a kind, scope or verdict is not in the vocabulary, or
        a claim is there twice.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        if tuple(table.columns) != COLUMNS:
            raise ValueError(f"columns: {', '.join(map(str, table.columns))}")
        if table.isna().to_numpy().any():
            raise ValueError("a row with fewer cells than columns")
        claims = [_claim(row) for row in table.to_dict("records")]
        named_once(claims=[name_of(claim) for claim in claims])
        return claims
    except ValueError as error:
        raise UserError(
            expected=f"a table of claims with the columns {', '.join(COLUMNS)}",
            found=" ".join(str(error).split()),
            where=str(path),
            remedy=remedy,
        ) from None


def panel_tables(results: Path) -> list[Path]:
    """Return the tables of claims of a run's panels; a copy of a panel's folder does not count."""
    paths = (results / panel / FILE for panel in sorted(get_args(Panel)))
    return [path for path in paths if path.is_file()]


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
    paths = panel_tables(results)
    if not paths:
        raise UserError(
            expected="the claims of at least one panel",
            found=f"no {FILE}",
            where=str(results),
            remedy=make,
        )
    return [claim for path in paths for claim in read_claims(path, remedy=restore)]


def _claim(row: dict[str, str]) -> Claim:
    kind, scope, verdict = row["kind"], row["scope"], row["verdict"]
    if verdict not in VERDICTS.get(kind, ()) or scope not in get_args(Scope):
        raise ValueError(f"{row['key']}: kind {kind!r}, scope {scope!r}, verdict {verdict!r}")
    numbers: dict[str, Any] = {name: float(row[name]) if row[name] else None for name in _NUMBERS}
    if not all(isfinite(number) for number in numbers.values() if number is not None):
        raise ValueError(f"{row['key']}: a number that is not finite")
    if (numbers["low"] is None) != (numbers["high"] is None):
        raise ValueError(f"{row['key']}: one end of the interval without the other")
    if numbers["n_seeds"] is not None:
        numbers["n_seeds"] = int(row["n_seeds"])
    return Claim(**{**row, **numbers, "scope": cast(Scope, scope)})
