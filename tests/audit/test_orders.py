"""Orders of names in several rankings and in a text."""

import pytest
from support import error_of

from triptych.audit.judgments import failing
from triptych.audit.orders import orders

SCORES = "method up down\na 0.9 1.0\nb 0.8 2.0\nc 0.7 1.5"


def _failing(table, **options):
    return [fault.rows for fault in failing(orders(table, name=["method"], **options))]


def test_two_columns_that_order_names_differently_fail(rows):
    table = rows(SCORES)
    assert _failing(table, of=["up", "down"], lower=["down"]) == [(1, 2)]
    assert _failing(table, of=["up", "down"]) == [(0, 1), (0, 2)]


def test_an_order_of_the_text_is_compared_with_every_column(rows):
    table = rows(SCORES)
    assert _failing(table, of=["up"], order="a > b > c") == []
    assert _failing(table, of=["up"], order="b>a") == [(1, 0)]
    # Also names that are not neighbors in the text.
    assert _failing(table, of=["up"], order="c>b>a") == [(2, 1), (2, 0), (1, 0)]
    assert _failing(table, of=["up", "down"], lower=["down"], order="b>c") == [(1, 2)]


@pytest.mark.parametrize(
    ("a", "b", "faults"),
    [("0.80", "0.80", 0), ("0.79", "0.80", 1), ("0.79", "0.8", 0), ("0.74", "0.8", 1)],
)
def test_an_order_that_rounding_can_hide_does_not_fail(rows, a, b, faults):
    table = rows(f"method up\na {a}\nb {b}")
    assert len(_failing(table, of=["up"], order="a>b")) == faults


def test_tables_are_compared_with_each_other_and_groups_are_not(rows):
    table = rows(
        "table set method up\n1 x a 2\n1 x b 1\n2 x a 1\n2 x b 2\n"
        "1 y a 1\n1 y b 2\n2 y a 1\n2 y b 3"
    )
    assert _failing(table, of=["up"], by=["set"], across=["table"]) == [(0, 1, 2, 3)]
    assert _failing(table, of=["up"], by=["table"], across=["set"]) == [(0, 1, 4, 5)]


def test_a_tie_contradicts_no_order(rows):
    table = rows("method up right\na 0.9 0.5\nb 0.8 0.5\nc 0.7 0.4")
    assert _failing(table, of=["up", "right"]) == []


def test_the_lead_is_measured(rows):
    (judgment,) = orders(rows(SCORES), name=["method"], of=["up"], order="a>c")
    assert (judgment.verdict, judgment.excess) == ("passes", pytest.approx(-0.2))
    assert judgment.found == "a (0.9) > c (0.7)"


def test_an_unknown_name_and_a_name_twice_are_refused(rows):
    table = rows(SCORES)
    assert "z" in error_of(orders, table, name=["method"], of=["up"], order="a>z").found
    twice = rows("method up\na 1\na 2")
    assert error_of(orders, twice, name=["method"], of=["up"]).found == "a"
