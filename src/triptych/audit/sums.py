"""Sums and means that a table prints together with their parts."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

import pandas as pd

from triptych.audit.judgments import Judgment, Verdict
from triptych.audit.numbers import (
    Printed,
    Rounding,
    added,
    column,
    column_or_number,
    groups,
    place,
)
from triptych.errors import UserError


def mean_of_classes(
    table: pd.DataFrame,
    *,
    mean: str,
    of: Sequence[str],
    decimals: int | None = None,
    rounding: Rounding = "nearest",
) -> list[Judgment]:
    """Compare each printed mean with the mean of its printed parts.

    A row fails if no parts and no mean that round to the printed ones fit each other. A row
    with a blank part is left out.

    Parameters
    ----------
    mean, of
        The column of the mean, and those of its parts.
    decimals, rounding
        See :func:`triptych.audit.numbers.column`.
    """
    parts = [column(table, name, decimals, rounding) for name in of]
    judgments = []
    for row, printed in column(table, mean, decimals, rounding).items():
        if all(row in part for part in parts):
            whole = added([part[row] for part in parts])
            average = replace(whole, value=whole.value / len(of), half=whole.half / len(of))
            excess = average.distance(printed)
            verdict: Verdict = "fails" if excess > 0 else "passes"
            judgments.append(Judgment((row,), mean, verdict, average.span, str(printed), excess))
    return judgments


def percentages(
    table: pd.DataFrame,
    *,
    of: Sequence[str],
    by: Sequence[str] = (),
    total: str = "100",
    decimals: int | None = None,
    rounding: Rounding = "nearest",
) -> list[Judgment]:
    """Compare the sum of parts with a total.

    A sum fails if no parts that round to the printed ones have this total. A sum with a blank
    part is left out.

    Parameters
    ----------
    of, by
        The columns of the parts. They are added in each row, or over all rows that have the
        same cells in the columns ``by``.
    total
        The sum of all parts: a number, or a column, which is rounded as the parts.
    decimals, rounding
        See :func:`triptych.audit.numbers.column`.

    Raises
    ------
    UserError
        Rows that are added have several totals.
    """
    parts = [column(table, name, decimals, rounding) for name in of]
    totals = column_or_number(table, total, decimals, rounding)
    judgments = []
    for rows in _added_rows(table, by):
        _refuse_several(total, [totals[row] for row in rows if row in totals], rows)
        if rows[0] in totals and all(row in part for row in rows for part in parts):
            whole, expected = added([part[row] for row in rows for part in parts]), totals[rows[0]]
            excess = whole.distance(expected)
            verdict: Verdict = "fails" if excess > 0 else "passes"
            name = " + ".join(of)
            judgments.append(Judgment(rows, name, verdict, str(expected), whole.span, excess))
    return judgments


def _refuse_several(total: str, printed: Sequence[Printed], rows: Sequence[Hashable]) -> None:
    """Refuse rows that are added and have several totals."""
    if len(set(printed)) > 1:
        raise UserError(
            expected="one total for rows that are added",
            found=", ".join(map(str, dict.fromkeys(printed))),
            where=f"column {total}, {place(rows[0])} and those added to it",
            remedy="correct the column, or add other rows with --by",
        )


def _added_rows(table: pd.DataFrame, by: Sequence[str]) -> list[tuple[Hashable, ...]]:
    if not by:
        return [(row,) for row in table.index]
    return [tuple(rows.index) for _, rows in groups(table, by)]
