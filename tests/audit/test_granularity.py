"""Shares and means that integers cannot give, compared with lists of all that they can give."""

from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

import pandas as pd
import pytest

from triptych.audit.granularity import granularity
from triptych.audit.judgments import failing


def _judge(cell, n, quantity="share", **options):
    table = pd.DataFrame({"value": [cell]})
    (judgment,) = granularity(table, of=["value"], n=str(n), quantity=quantity, **options)
    return judgment


@pytest.mark.parametrize(("mean", "verdict"), [("5.18", "passes"), ("5.19", "fails")])
def test_the_example_of_brown_and_heathers(mean, verdict):
    judgment = _judge(mean, 28, "mean")
    assert judgment.verdict == verdict
    assert judgment.expected == "5.1786 (145 of 28) or 5.2143 (146 of 28)"


@pytest.mark.parametrize(("n", "decimals"), [(28, 2), (97, 2), (43, 3)])
def test_it_fails_exactly_the_shares_that_no_count_rounds_to(n, decimals):
    step = Decimal(1).scaleb(-decimals)
    possible = {
        str((Decimal(count) / n).quantize(step, mode))
        for count in range(n + 1)
        for mode in (ROUND_HALF_UP, ROUND_HALF_DOWN)
    }
    cells = [str(step * number) for number in range(10**decimals + 1)]
    table = pd.DataFrame({"share": cells, "percent": [f"{Decimal(c).scaleb(2):f}" for c in cells]})
    for quantity in ("share", "percent"):
        judgments = granularity(table, of=[quantity], n=str(n), quantity=quantity)
        passing = {cells[j.rows[0]] for j in judgments if j.verdict == "passes"}
        assert passing == possible
        assert len(failing(judgments)) == len(cells) - len(possible)


@pytest.mark.parametrize(
    ("cell", "n", "quantity", "verdict"),
    [
        ("0.50", 99, "share", "fails"),
        ("0.50", 100, "share", "no power"),
        ("0.5", 9, "share", "fails"),
        ("0.4", 9, "share", "passes"),
        ("50", 99, "percent", "fails"),
        ("50", 100, "percent", "no power"),
        ("50.0", 999, "percent", "fails"),
        ("50.0", 1000, "percent", "no power"),
        ("3.47", 100, "mean", "no power"),
        # Outside [0, 1] nothing is possible, whatever the number of items.
        ("1.20", 10_000, "share", "fails"),
        ("-0.1", 10_000, "share", "fails"),
        ("1.20", 10, "mean", "passes"),
        ("120", 10_000, "percent", "fails"),
        ("100.0", 7, "percent", "passes"),
    ],
)
def test_power_depends_on_decimals_and_number(cell, n, quantity, verdict):
    assert _judge(cell, n, quantity).verdict == verdict


def test_other_ways_of_rounding_explain_more_numbers():
    # 2/3 cut off.
    assert _judge("0.66", 3).verdict == "fails"
    assert _judge("0.66", 3, rounding="any").verdict == "passes"
    assert _judge("0.65", 3, rounding="any").verdict == "fails"


def test_the_number_of_items_may_be_a_column():
    table = pd.DataFrame({"share": ["0.33", "0.33", "0.33"], "items": ["3", "4", None]})
    judgments = granularity(table, of=["share"], n="items", quantity="share")
    assert [judgment.verdict for judgment in judgments] == ["passes", "fails"]
