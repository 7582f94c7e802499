"""Audits of robustness curves, on curves whose faults are known."""

import numpy as np
import pandas as pd
import pytest
from support import ROOT

from triptych.claims.audits import above_smaller_budgets, largest_share


def _audit(table):
    return above_smaller_budgets(table, by=["model"], budget="radius", robustness="share")


def _curve(*shares, model="one"):
    radii = [0.1 * (number + 1) for number in range(len(shares))]
    return pd.DataFrame({"model": model, "radius": radii, "share": shares})


def test_a_curve_that_never_rises_has_no_fault():
    assert _audit(_curve(0.9, 0.5, 0.5, 0.1)).empty


def test_each_point_is_compared_with_the_lowest_at_a_smaller_budget():
    faults = _audit(_curve(0.9, 0.4, 0.7, 0.6, 0.4, 0.3))
    assert faults["share"].tolist() == [0.7, 0.6]
    assert faults["excess"].tolist() == pytest.approx([0.3, 0.2])


def test_the_order_of_rows_and_other_curves_do_not_matter():
    low = _curve(0.2, 0.1, model="low")
    table = pd.concat([_curve(0.9, 0.4, 0.7), low]).sample(frac=1, random_state=1)
    faults = _audit(table)
    assert faults[["model", "share"]].to_numpy().tolist() == [["one", 0.7]]


def test_blank_points_and_the_rounding_of_decimals_are_no_fault():
    assert _audit(_curve(np.nan, 0.3, np.nan, 0.1 + 0.2)).empty
    assert len(_audit(_curve(np.nan, 0.3, np.nan, 0.3001))) == 1


def test_76_of_100_published_points_exceed_a_point_at_a_smaller_epsilon():
    table = pd.read_csv(ROOT / "data/published/adversarial/curves.csv")
    table = table[table["epsilon"] > 0]
    faults = above_smaller_budgets(table, by=["model"], budget="epsilon", robustness="combined")
    assert len(table) == 100
    assert faults["model"].value_counts().to_dict() == {"natural": 42, "secret": 34}
    highest = faults.groupby("model")["excess"].max().round(4).to_dict()
    assert highest == {"natural": 0.5037, "secret": 0.0345}


def test_the_largest_share_is_that_of_the_most_frequent_class():
    assert largest_share(np.array([3, 3, 1, 3, 9])) == 0.6
    assert largest_share(np.arange(10)) == 0.1
