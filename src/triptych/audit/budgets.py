"""Robustness under attack at several budgets, such as epsilons."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import groupby

import pandas as pd

from triptych.audit.judgments import Judgment, Verdict
from triptych.audit.numbers import Printed, column, column_or_number, groups, place, written
from triptych.errors import UserError


def monotone(
    table: pd.DataFrame,
    *,
    of: Sequence[str],
    budget: str,
    by: Sequence[str] = (),
    rising: bool = False,
    decimals: int | None = None,
) -> list[Judgment]:
    """Compare each point of a curve with all points at smaller budgets.

    An attack with a larger budget can do all that an attack with a smaller one can. So under
    the strongest attack the share of inputs that withstand never rises (Carlini et al. 2019).
    A point fails if it exceeds a point at a smaller budget, whatever was rounded.

    Parameters
    ----------
    of
        The columns of what withstands.
    budget
        The column of the attack's budget.
    by
        The columns that tell curves apart.
    rising
        Whether the numbers must rise, such as an attack's success.
    decimals
        See :func:`triptych.audit.numbers.column`.
    """
    budgets = column(table, budget)
    judgments = []
    for name in of:
        numbers = column(table, name, decimals)
        for _, rows in groups(table, by):
            points = [
                (budgets[row].value, row, numbers[row])
                for row in rows.index
                if row in budgets and row in numbers
            ]
            judgments += _curve(name, sorted(points, key=lambda point: point[0]), rising)
    return judgments


def _curve(
    name: str, points: Sequence[tuple[Fraction, Hashable, Printed]], rising: bool
) -> list[Judgment]:
    """Judge the points of a curve, in the order of their budgets."""
    # The lowest point so far, for each number of decimals.
    lowest: dict[Fraction, Printed] = {}
    judgments = []
    for _, group in groupby(points, key=lambda point: point[0]):
        same = [(row, number, -number if rising else number) for _, row, number in group]
        # At the smallest budget there is nothing to compare with.
        for row, number, turned in same if lowest else ():
            above = [limit for limit in lowest.values() if turned.exceeds(limit)]
            limit = min(above or lowest.values(), key=lambda one: one.value)
            verdict: Verdict = "fails" if above else "passes"
            expected = f"at least {-limit}" if rising else f"at most {limit}"
            excess = float(turned.value - limit.value)
            judgments.append(Judgment((row,), name, verdict, expected, str(number), excess))
        for _, _, turned in same:
            limit = lowest.get(turned.half, turned)
            lowest[turned.half] = min(limit, turned, key=lambda one: one.value)
    return judgments


def half_budget(
    table: pd.DataFrame,
    *,
    defense: str,
    classifier: str,
    budget: str,
    false_positives: str,
    by: Sequence[str] = (),
    proven: bool = False,
    decimals: int | None = None,
) -> list[Judgment]:
    """Compare a defense that may reject inputs with a classifier at half its budget.

    If a share of inputs is correct or rejected at a budget, some classifier without rejection
    is right on this share, less the clean inputs that are rejected, at half the budget (Tramèr
    2022). That classifier is another one, and may take too long to compute. So a lower printed
    classifier contradicts nothing: the judgment is a note. It fails only where the column
    ``classifier`` bounds every classifier. A row without another at half its budget is left out.

    Parameters
    ----------
    defense, classifier
        The columns of the shares that withstand the strongest attack: correct or rejected by
        the defense; correct by the classifier.
    budget, by
        See :func:`monotone`; each budget once.
    false_positives
        Share of clean inputs that the defense rejects: a number, or a column.
    proven
        Whether no classifier at all can exceed the column ``classifier``.
    decimals
        See :func:`triptych.audit.numbers.column`.

    Raises
    ------
    UserError
        A curve has a budget twice.
    """
    budgets, rejected = column(table, budget), column_or_number(table, false_positives, decimals)
    defended, classified = column(table, defense, decimals), column(table, classifier, decimals)
    judgments = []
    for _, rows in groups(table, by):
        for row, half in _halves({row: budgets[row] for row in rows.index if row in budgets}):
            if row in defended and row in rejected and half in classified:
                implied = defended[row].low - rejected[row].high
                limit = classified[half]
                verdict: Verdict = "passes"
                if implied > limit.high:
                    verdict = "fails" if proven else "note"
                least = written(implied, defended[row].decimals + 1)
                judgments.append(
                    Judgment(
                        (row, half),
                        defense,
                        verdict,
                        f"at most {limit}, if {classifier} at half the budget is the limit",
                        f"{defended[row]}, so some classifier has at least {least} there",
                        float(implied - limit.high),
                    )
                )
    return judgments


def _halves(budgets: Mapping[Hashable, Printed]) -> Iterator[tuple[Hashable, Hashable]]:
    """Yield each row of a curve that has another at half its budget, and this one."""
    at: dict[Fraction, Hashable] = {}
    for row, budget in budgets.items():
        if budget.value in at:
            raise UserError(
                expected="each budget once in a curve",
                found=f"{budget} twice",
                where=f"{place(at[budget.value])} and {place(row)}",
                remedy="name the columns that tell curves apart with --by",
            )
        at[budget.value] = row
    for size, row in at.items():
        if size and size / 2 in at:
            yield row, at[size / 2]
