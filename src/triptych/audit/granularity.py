"""Shares and means that no integers over the number of items can give."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Literal

import pandas as pd

from triptych.audit.judgments import Judgment, Verdict
from triptych.audit.numbers import Printed, Rounding, column, counts, written

# A share in [0, 1]; a share in percent; a mean of integers, which has no limits.
Quantity = Literal["share", "percent", "mean"]


def granularity(
    table: pd.DataFrame,
    *,
    of: Sequence[str],
    n: str,
    quantity: Quantity,
    decimals: int | None = None,
    rounding: Rounding = "nearest",
) -> list[Judgment]:
    """Compare printed shares or means with the multiples of 1/n (Brown and Heathers 2017).

    A number fails if none of them rounds to it, or if it is a share outside [0, 1]. It has no
    power if n is so large that a multiple rounds to every number with its decimals.

    Parameters
    ----------
    of
        The columns of the shares or means.
    n
        Number of items behind each: a number, or a column.
    quantity
        ``share`` and ``percent`` count items; ``mean`` is that of integers.
    decimals, rounding
        See :func:`triptych.audit.numbers.column`.
    """
    sizes = counts(table, n)
    return [
        _judge(row, name, printed, sizes[row], quantity)
        for name in of
        for row, printed in column(table, name, decimals, rounding).items()
        if row in sizes
    ]


def _judge(row: object, name: str, printed: Printed, n: int, quantity: Quantity) -> Judgment:
    unit = Fraction(100 if quantity == "percent" else 1)
    below, above = floor(printed.value * n / unit), ceil(printed.value * n / unit)
    first, last = ceil(printed.low * n / unit), floor(printed.high * n / unit)
    if quantity != "mean":
        below, above = (min(max(count, 0), n) for count in (below, above))
        first, last = max(first, 0), min(last, n)
    verdict: Verdict = "fails" if first > last else "passes"
    if verdict == "passes" and 2 * printed.half * n >= unit:
        verdict = "no power"
    nearest = [(count, count * unit / n) for count in dict.fromkeys((below, above))]
    digits = printed.decimals + 2
    possible = " or ".join(f"{written(value, digits)} ({k} of {n})" for k, value in nearest)
    excess = min(abs(value - printed.value) for _, value in nearest) - printed.half
    return Judgment((row,), name, verdict, possible, str(printed), float(excess))
