"""Means of parts and sums of percentages: what rounding can explain, and no more."""

import pandas as pd
import pytest
from support import error_of

from triptych.audit.judgments import failing
from triptych.audit.sums import mean_of_classes, percentages


@pytest.mark.parametrize(
    ("mean", "verdict"),
    [
        # The parts have a mean of 1.35 to 1.45 before rounding.
        ("1.3", "passes"),
        ("1.2", "fails"),
        ("1.5", "passes"),
        ("1.6", "fails"),
        # Two decimals of the mean leave less to rounding.
        ("1.45", "passes"),
        ("1.46", "fails"),
        ("1.34", "fails"),
        ("1.350", "passes"),
        ("1", "passes"),
    ],
)
def test_a_mean_fails_only_where_no_rounding_explains_it(rows, mean, verdict):
    (judgment,) = mean_of_classes(rows(f"mean a b\n{mean} 1.3 1.5"), mean="mean", of=["a", "b"])
    assert (judgment.verdict, judgment.found) == (verdict, mean)
    assert judgment.expected.startswith("1.35")
    assert (judgment.excess > 0) == (verdict == "fails")


def test_trailing_zeros_count_as_decimals(rows):
    table = rows("mean a b\n1.4 1.30 1.40\n1.40 1.30 1.40")
    judgments = mean_of_classes(table, mean="mean", of=["a", "b"])
    assert [judgment.verdict for judgment in judgments] == ["passes", "fails"]


def test_lost_zeros_are_given_as_decimals():
    table = pd.DataFrame({"mean": [1.4, 1.36], "a": [1.3, 1.3], "b": [1.4, 1.4]})
    options = {"mean": "mean", "of": ["a", "b"]}
    assert [j.rows for j in failing(mean_of_classes(table, decimals=1, **options))] == []
    assert [j.rows for j in failing(mean_of_classes(table, decimals=2, **options))] == [(0,)]
    # Computed numbers are exact.
    assert len(failing(mean_of_classes(table, **options))) == 2


def test_numbers_that_were_cut_off_need_any_rounding(rows):
    # 1.99 and 1.99, cut off; their mean is printed with two decimals.
    table = rows("mean a b\n1.99 1.9 1.9")
    assert failing(mean_of_classes(table, mean="mean", of=["a", "b"]))
    assert not failing(mean_of_classes(table, mean="mean", of=["a", "b"], rounding="any"))


def test_a_row_with_a_blank_part_is_left_out(rows):
    table = rows("mean a b\n9.9 1.3 .\n. 1.3 1.5\n1.4 1.3 1.5")
    assert [j.rows for j in mean_of_classes(table, mean="mean", of=["a", "b"])] == [(2,)]


@pytest.mark.parametrize(
    ("parts", "verdict"),
    [
        ("33 33 33", "passes"),
        ("33.3 33.3 33.3", "passes"),
        ("33.3 33.3 33.2", "fails"),
        ("33.4 33.4 33.4", "fails"),
        ("50 25.0 25.00", "passes"),
        ("50 25.0 25.60", "fails"),
    ],
)
def test_percentages_add_up_as_far_as_rounding_allows(rows, parts, verdict):
    (judgment,) = percentages(rows(f"a b c\n{parts}"), of=["a", "b", "c"])
    assert (judgment.verdict, judgment.expected) == (verdict, "100")


def test_parts_are_added_over_the_rows_of_a_group(rows):
    table = rows("model share\none 0.3\ntwo 0.5\none 0.7\ntwo 0.4\nthree .")
    judgments = percentages(table, of=["share"], by=["model"], total="1")
    assert [(j.rows, j.verdict) for j in judgments] == [((0, 2), "passes"), ((1, 3), "passes")]
    table.loc[3, "share"] = "0.3"
    (wrong,) = failing(percentages(table, of=["share"], by=["model"], total="1"))
    assert (wrong.rows, wrong.found) == ((1, 3), "0.700 to 0.900")


def test_the_total_may_be_a_printed_column(rows):
    table = rows("whole a b\n0.9 0.44 0.44\n0.9 0.42 0.41")
    judgments = percentages(table, of=["a", "b"], total="whole")
    assert [judgment.verdict for judgment in judgments] == ["passes", "fails"]
    # 0.83 is 0.84 at most, and 0.9 is 0.85 at least.
    assert judgments[1].excess == pytest.approx(0.01)


def test_rows_that_are_added_have_one_total(rows):
    table = rows("model whole share\none 1 0.3\none 2 0.7")
    error = error_of(percentages, table, of=["share"], by=["model"], total="whole")
    assert error.found == "1, 2"
    assert "column whole" in error.where
    table["whole"] = "1"
    (judgment,) = percentages(table, of=["share"], by=["model"], total="whole")
    assert judgment.verdict == "passes"
