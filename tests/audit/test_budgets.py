"""Curves over budgets whose faults are known."""

import numpy as np
import pandas as pd
import pytest

from triptych.audit.budgets import half_budget, monotone
from triptych.audit.judgments import failing


def _curve(*shares, model="one"):
    radii = [0.1 * (number + 1) for number in range(len(shares))]
    return pd.DataFrame({"model": model, "radius": radii, "share": shares})


def _rising(table, **options):
    faults = failing(monotone(table, of=["share"], budget="radius", by=["model"], **options))
    return [(fault.rows[0], pytest.approx(fault.excess)) for fault in faults]


def test_a_curve_that_never_rises_has_no_fault():
    assert _rising(_curve(0.9, 0.5, 0.5, 0.1)) == []


def test_each_point_is_compared_with_the_lowest_at_a_smaller_budget():
    assert _rising(_curve(0.9, 0.4, 0.7, 0.6, 0.4, 0.3)) == [(2, 0.3), (3, 0.2)]


def test_the_order_of_rows_and_other_curves_do_not_matter():
    curves = [_curve(0.9, 0.4, 0.7), _curve(0.2, 0.1, model="low")]
    table = pd.concat(curves, ignore_index=True).sample(frac=1, random_state=1)
    assert _rising(table) == [(2, 0.3)]


def test_blank_points_and_the_rounding_of_decimals_are_no_fault():
    assert _rising(_curve(np.nan, 0.3, np.nan, 0.1 + 0.2)) == []
    assert _rising(_curve(np.nan, 0.3, np.nan, 0.3001)) == [(3, 0.0001)]


def test_equal_budgets_are_not_compared():
    table = _curve(0.4, 0.9, 0.9).assign(radius=[0.1, 0.1, 0.2])
    assert _rising(table) == [(2, 0.5)]


@pytest.mark.parametrize(
    ("before", "after", "faults"),
    [
        ("0.50", "0.51", 1),
        # Unequal decimals: 0.5 may have been 0.549.
        ("0.5", "0.54", 0),
        ("0.5", "0.55", 0),
        ("0.5", "0.56", 1),
        ("0.54", "0.5", 0),
        ("0.44", "0.5", 1),
    ],
)
def test_a_rise_that_rounding_can_explain_is_no_fault(before, after, faults):
    assert len(_rising(_curve(before, after))) == faults


def test_a_point_is_compared_with_points_of_other_decimals_too():
    assert len(_rising(_curve("0.2", "0.50", "0.4"))) == 2


def test_success_of_an_attack_must_rise():
    assert _rising(_curve(0.1, 0.5, 0.9), rising=True) == []
    (fault,) = failing(
        monotone(_curve("0.1", "0.5", "0.4"), of=["share"], budget="radius", rising=True)
    )
    assert (fault.rows, fault.expected, fault.found) == ((2,), "at least 0.5", "0.4")


def _halves(verdict_of="", **changes):
    table = pd.DataFrame(
        {
            "epsilon": ["0.1", "0.2", "0.3", "0.4"],
            "combined": ["0.95", "0.90", "0.90", "0.60"],
            "accuracy": ["0.80", "0.70", "0.50", "0.10"],
        }
    )
    options = {"defense": "combined", "classifier": "accuracy", "budget": "epsilon",
               "false_positives": "0"}  # fmt: skip
    return half_budget(table, **(options | changes))


def test_a_defense_is_compared_with_the_classifier_at_half_its_budget():
    judgments = _halves()
    # 0.1 and 0.3 have no half in the table.
    assert [(j.rows, j.verdict) for j in judgments] == [((1, 0), "note"), ((3, 1), "passes")]
    assert "0.895" in judgments[0].found
    assert judgments[0].excess == pytest.approx(0.895 - 0.805)


def test_a_higher_defense_fails_only_against_a_bound_of_every_classifier():
    assert [j.verdict for j in _halves(proven=True)] == ["fails", "passes"]


@pytest.mark.parametrize(("share", "verdict"), [("0.08", "note"), ("0.09", "passes")])
def test_rejected_clean_inputs_imply_no_classifier(share, verdict):
    # A defense that rejects everything is right or rejects everywhere.
    assert _halves(false_positives=share)[0].verdict == verdict


def test_rounding_of_both_numbers_is_taken_into_account():
    table = pd.DataFrame({"e": ["1", "2"], "d": [None, "0.81"], "c": ["0.8", None]})
    options = {"defense": "d", "classifier": "c", "budget": "e", "false_positives": "0"}
    assert [j.verdict for j in half_budget(table, **options)] == ["passes"]
    assert [j.verdict for j in half_budget(table.assign(c=["0.80", None]), **options)] == ["passes"]
    assert [j.verdict for j in half_budget(table.assign(c=["0.79", None]), **options)] == ["note"]


def test_a_point_without_a_smaller_budget_is_not_judged():
    table = pd.DataFrame({"model": ["a", "b"], "epsilon": ["0.1", "0.2"], "share": ["0.5", "0.9"]})
    assert monotone(table, of=["share"], budget="epsilon", by=["model"]) == []
    assert len(monotone(table, of=["share"], budget="epsilon")) == 1
