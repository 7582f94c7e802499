"""No table that was computed exactly and rounded honestly fails a check.

The tables are drawn at random with a fixed seed, or are all tables of a kind.
"""

import decimal
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from triptych.audit.budgets import monotone
from triptych.audit.granularity import granularity
from triptych.audit.judgments import failing
from triptych.audit.sums import mean_of_classes, percentages

NEAREST = (decimal.ROUND_HALF_UP, decimal.ROUND_HALF_DOWN, decimal.ROUND_HALF_EVEN)
OTHERS = (decimal.ROUND_DOWN, decimal.ROUND_UP, decimal.ROUND_FLOOR, decimal.ROUND_CEILING)
MODES = [(mode, "nearest") for mode in NEAREST] + [(mode, "any") for mode in (*NEAREST, *OTHERS)]
ROWS = 200


def _printed(value: Fraction, decimals: int, mode: str) -> str:
    """Round as a table does; the context's digits are more than any table needs."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(Decimal(1).scaleb(-decimals), rounding=mode))


def _drawn(seed: int, parts: int) -> list[list[Fraction]]:
    """Numbers with many ties of rounding: multiples of 1/8, of 1/20 and of 1/10**6."""
    draws = np.random.default_rng(seed)
    steps = draws.choice([8, 20, 10**6], size=(ROWS, 1))
    numbers = draws.integers(0, 100 * steps, size=(ROWS, parts))
    return [
        [Fraction(int(number), int(step)) for number in row]
        for row, (step,) in zip(numbers, steps, strict=True)
    ]


@pytest.mark.parametrize(("mode", "rounding"), MODES)
@pytest.mark.parametrize(("of_parts", "of_mean"), [(0, 0), (1, 1), (2, 1), (1, 2), (2, 3)])
def test_honest_means_pass(mode, rounding, of_parts, of_mean):
    names = ["a", "b", "c", "d", "e", "f", "g"]
    table = pd.DataFrame(
        [
            {name: _printed(part, of_parts, mode) for name, part in zip(names, row, strict=True)}
            | {"mean": _printed(sum(row, Fraction(0)) / len(row), of_mean, mode)}
            for row in _drawn(seed=of_parts, parts=len(names))
        ]
    )
    judgments = mean_of_classes(table, mean="mean", of=names, rounding=rounding)
    assert len(judgments) == ROWS
    assert failing(judgments) == []


@pytest.mark.parametrize(("mode", "rounding"), MODES)
@pytest.mark.parametrize("decimals", [0, 1, 2])
def test_honest_percentages_pass(mode, rounding, decimals):
    names = ["a", "b", "c", "d"]
    table = pd.DataFrame(
        [
            [_printed(100 * part / sum(row), decimals, mode) for part in row]
            for row in _drawn(seed=decimals, parts=len(names))
            if sum(row)
        ],
        columns=names,
    )
    judgments = percentages(table, of=names, rounding=rounding)
    assert len(judgments) > ROWS - 5
    assert failing(judgments) == []


@pytest.mark.parametrize(("mode", "rounding"), MODES)
@pytest.mark.parametrize(("quantity", "unit"), [("share", 1), ("percent", 100), ("mean", 1)])
def test_honest_shares_and_means_pass(mode, rounding, quantity, unit):
    counts = [(k, n) for n in (1, 2, 3, 7, 8, 28, 43, 64, 99, 100, 101) for k in range(n + 1)]
    if quantity == "mean":
        counts = [(sign * 3 * k, n) for k, n in counts for sign in (1, -1)]
    for decimals in range(4):
        table = pd.DataFrame(
            [
                {"value": _printed(Fraction(unit * k, n), decimals, mode), "n": str(n)}
                for k, n in counts
            ]
        )
        options = {"of": ["value"], "n": "n", "quantity": quantity, "rounding": rounding}
        assert failing(granularity(table, **options)) == []


@pytest.mark.parametrize("mode", [*NEAREST, *OTHERS])
def test_honest_curves_pass(mode):
    """Numbers that are not rounded to the nearest have equal decimals here."""
    draws = np.random.default_rng(1)
    falling = np.sort(draws.integers(0, 10**5, size=(20, 15)))[:, ::-1]
    decimals = draws.integers(0 if mode in NEAREST else 3, 4, size=falling.shape).tolist()
    table = pd.DataFrame(
        [
            {"curve": curve, "budget": budget,
             "share": _printed(Fraction(int(value), 10**5), decimals[curve][budget], mode)}
            for curve, values in enumerate(falling)
            for budget, value in enumerate(values)
        ]
    )  # fmt: skip
    judgments = monotone(table, of=["share"], budget="budget", by=["curve"])
    # The first point of a curve has no smaller budget.
    assert len(judgments) == len(table) - table["curve"].nunique()
    assert failing(judgments) == []


@pytest.mark.parametrize("error", [Fraction(3, 10), Fraction(-3, 10)])
def test_a_planted_error_beyond_rounding_is_noticed(error):
    """An error of three units of the last digit; rounding explains one unit."""
    mode = decimal.ROUND_HALF_UP
    table = pd.DataFrame(
        [
            {"a": _printed(a, 1, mode), "b": _printed(b, 1, mode),
             "mean": _printed((a + b) / 2 + error, 1, mode)}
            for a, b in _drawn(seed=7, parts=2)
        ]
    )  # fmt: skip
    judgments = mean_of_classes(table, mean="mean", of=["a", "b"])
    assert len(failing(judgments)) == ROWS
