"""Printed numbers: their exact value, and the interval of the numbers that round to it."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Literal

import pandas as pd

from triptych.errors import UserError

# To the nearest number, ties in any way; or up, down and cut off, too.
Rounding = Literal["nearest", "any"]

# Computed numbers are binary; further digits are noise.
_COMPUTED_DECIMALS = 9
_MOST_DIGITS = 30


@dataclass(frozen=True)
class Printed:
    """A number and how far the number before rounding can be from it.

    Attributes
    ----------
    value, half
        The number, and half the width of its interval.
    decimals
        Number of decimals that are written.
    """

    value: Fraction
    half: Fraction
    decimals: int

    @property
    def low(self) -> Fraction:
        """The smallest number that rounds to this one."""
        return self.value - self.half

    @property
    def high(self) -> Fraction:
        """The largest number that rounds to this one."""
        return self.value + self.half

    @property
    def span(self) -> str:
        """The interval, for a reader."""
        digits = self.decimals + 2
        return f"{written(self.low, digits)} to {written(self.high, digits)}"

    def distance(self, other: "Printed") -> float:
        """Return the distance between the intervals of two numbers, not positive if they meet."""
        return float(max(self.low - other.high, other.low - self.high))

    def exceeds(self, other: "Printed") -> bool:
        """Tell whether the number before rounding must exceed that of another.

        Rounding keeps an order, so numbers with equal decimals are compared as printed.
        """
        if self.half == other.half:
            return self.value > other.value
        return self.low > other.high

    def __neg__(self) -> "Printed":
        return replace(self, value=-self.value)

    def __str__(self) -> str:
        return written(self.value, self.decimals)


def added(numbers: Sequence[Printed]) -> Printed:
    """Return the sum of numbers, with the sum of their intervals."""
    return Printed(
        sum((number.value for number in numbers), Fraction(0)),
        sum((number.half for number in numbers), Fraction(0)),
        max(number.decimals for number in numbers),
    )


def written(value: Fraction, decimals: int) -> str:
    """Write a number with a number of decimals."""
    return f"{float(value):.{decimals}f}"


def column(
    table: pd.DataFrame, name: str, decimals: int | None = None, rounding: Rounding = "nearest"
) -> dict[Hashable, Printed]:
    """Return the numbers of a column by the row's label; blank cells are left out.

    Parameters
    ----------
    table
        Cells are texts, whose decimals count, or computed numbers with nine decimals.
    decimals
        Decimals that the table was printed with, where its cells have lost trailing zeros.
    rounding
        How the numbers were rounded.

    Raises
    ------
    UserError
        There is no such column, or a cell is not a number.
    """
    require(table, (name,))
    cells = table[name]
    return {
        row: _printed(cell, decimals, rounding, f"{place(row)}, column {name}")
        for row, cell in cells[cells.notna()].items()
    }


def column_or_number(
    table: pd.DataFrame,
    given: str,
    decimals: int | None = None,
    rounding: Rounding = "nearest",
) -> dict[Hashable, Printed]:
    """Return a column, or for every row a number that is exact."""
    if given in table.columns:
        return column(table, given, decimals, rounding)
    try:
        number = _decimal(given)
    except ValueError:
        require(table, (given,))
        raise
    exact = Printed(Fraction(number), Fraction(0), _decimals(number))
    return dict.fromkeys(table.index, exact)


def counts(table: pd.DataFrame, given: str) -> dict[Hashable, int]:
    """Return positive integers, from a column or one for every row."""
    numbers = column_or_number(table, given)
    for row, number in numbers.items():
        if number.value < 1 or number.value.denominator != 1:
            raise UserError(
                expected="a number of items: a positive integer",
                found=str(number),
                where=f"{place(row)}, column {given}" if given in table.columns else given,
                remedy="correct it, or name another column",
            )
    return {row: int(number.value) for row, number in numbers.items()}


def groups(table: pd.DataFrame, by: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the rows that have the same cells in some columns, with these cells as a name."""
    require(table, by)
    if not by:
        yield "", table
        return
    for cells, rows in table.groupby(list(by), sort=False, dropna=False):
        yield ", ".join(map(str, cells)), rows


def is_number(cell: Any) -> bool:
    """Tell whether a cell is a number."""
    try:
        _decimal(cell)
    except ValueError:
        return False
    return True


def require(table: pd.DataFrame, names: Iterable[str]) -> None:
    """Refuse the name of a column that a table does not have."""
    for name in names:
        if name not in table.columns:
            raise UserError(
                expected=f"one of the columns {', '.join(map(str, table.columns))}",
                found=name,
                where="the heading of the table",
                remedy="name a column as the heading writes it; cells are separated by commas",
            )


def place(row: Hashable) -> str:
    """Name a row: of a file, or of a table in memory."""
    return f"{row[0]}, row {row[1]}" if isinstance(row, tuple) else f"row {row}"


def _printed(cell: Any, decimals: int | None, rounding: Rounding, where: str) -> Printed:
    try:
        number = _decimal(cell)
    except ValueError:
        raise UserError(
            expected="a number, such as 77.40, or a blank cell",
            found=repr(cell),
            where=where,
            remedy="correct the cell, or name another column",
        ) from None
    places = max(_decimals(number), decimals or 0)
    is_computed = not isinstance(cell, str) and decimals is None
    step = Fraction(1, 10 ** (_COMPUTED_DECIMALS if is_computed else places))
    return Printed(Fraction(number), step if rounding == "any" else step / 2, places)


def _decimal(cell: Any) -> Decimal:
    """Read a number exactly; a ValueError for any other text."""
    text = cell if isinstance(cell, str) else repr(round(float(cell), _COMPUTED_DECIMALS))
    # Tables have the typographic minus, too.
    cleaned = text.strip().removesuffix("%").replace("\N{MINUS SIGN}", "-")
    try:
        number = Decimal(cleaned)
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS or "_" in cleaned:
        raise ValueError(text)
    return number


def _decimals(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))
