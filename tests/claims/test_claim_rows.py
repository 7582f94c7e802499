"""Verdicts on single claims, their table, and their files."""

import csv
from dataclasses import replace

import pytest
from support import ROOT, error_of

from triptych.claims import claims
from triptych.claims.claims import Basis, Claim, Tolerance, order_claim, text_claim, value_claim
from triptych.claims.intervals import Estimate
from triptych.claims.reading import join_panels, read_claims

_ABSOLUTE, _RELATIVE = Tolerance(0.02, relative=False), Tolerance(0.1, relative=True)


def _value(published, reproduced, tolerance=_ABSOLUTE, obstacle=None):
    basis = Basis("retrained", 3, obstacle)
    return value_claim("panel", "table", "key", published, reproduced, tolerance, basis)


def _order(larger, smaller, obstacle=None):
    basis = Basis("retrained", 3, obstacle)
    return order_claim("panel", "table", "key", 0.5, larger, smaller, basis)


def _around(value):
    return Estimate(value, value - 0.01, value + 0.01)


_ROWS = [
    replace(claim, key=key)
    for key, claim in {
        "too_low": _value(0.5, Estimate(0.123456, 0.1, 0.2)),
        "equal": _value(0.5, _around(0.5)),
        "missing": _value(0.5, None),
        "elsewhere": _value(0.5, _around(0.5), obstacle="another data set, with a comma"),
        "above": _order(_around(0.9), _around(0.1)),
        "unknown": _order(None, _around(0.1)),
    }.items()
] + [
    text_claim("panel", "text", "sentence", 100_000, 1_000_000, False, 'it says "100 000"'),
]


@pytest.mark.parametrize(
    ("published", "reproduced", "tolerance", "verdict"),
    [
        (0.50, 0.52, _ABSOLUTE, "agrees"),
        (0.50, 0.48, _ABSOLUTE, "agrees"),
        (0.1, 0.1 + 0.02, _ABSOLUTE, "agrees"),
        (0.3, 0.3 - 0.02, _ABSOLUTE, "agrees"),
        (0.50, 0.520001, _ABSOLUTE, "differs"),
        (0.50, 0.479999, _ABSOLUTE, "differs"),
        (50, 55, _RELATIVE, "agrees"),
        (50, 55.01, _RELATIVE, "differs"),
        (-50, -45, _RELATIVE, "agrees"),
        (0, 1e-6, _RELATIVE, "differs"),
        (0.0, 0.0, Tolerance(0, relative=False), "agrees"),
        (0.0, 0.0001, Tolerance(0, relative=False), "differs"),
    ],
)
def test_a_number_agrees_up_to_and_with_the_tolerance(published, reproduced, tolerance, verdict):
    claim = _value(published, _around(reproduced), tolerance)
    assert claim.verdict == verdict
    assert claim.tolerance == pytest.approx(tolerance.of(published))


def test_a_relative_tolerance_is_a_share_of_the_published_number():
    assert _value(-50, None, _RELATIVE).tolerance == pytest.approx(5)


def test_a_value_claim_states_the_difference_and_whether_the_interval_contains_the_published():
    inside, outside = _value(0.5, _around(0.505)), _value(0.5, _around(0.519))
    assert "+0.0050" in inside.reason
    assert "inside" in inside.reason
    assert "outside" in outside.reason
    assert (inside.reproduced, inside.low, inside.high) == (0.505, 0.495, 0.515)
    assert _value(0.5, _around(0.4)).reason.startswith("differs by -0.1000")


def test_a_number_that_was_not_computed_is_missing_even_of_another_data_set():
    for obstacle in (None, "another data set"):
        claim = _value(0.5, None, obstacle=obstacle)
        assert claim.verdict == "missing"
        assert (claim.published, claim.reproduced, claim.low, claim.high) == (0.5, None, None, None)


def test_an_obstacle_makes_a_number_not_comparable_but_still_shows_the_number():
    claim = _value(0.5, _around(0.5), obstacle="another data set")
    assert (claim.verdict, claim.reason) == ("not_comparable", "another data set")
    assert claim.reproduced == 0.5


@pytest.mark.parametrize(
    ("larger", "smaller", "verdict"),
    [
        (0.9, 0.1, "supported"),
        (0.1, 0.9, "not_supported"),
        (0.505, 0.5, "undecided"),
        (0.495, 0.5, "undecided"),
        # Intervals that touch leave a difference of nothing possible.
        (0.52, 0.5, "undecided"),
        (0.53, 0.5, "supported"),
    ],
)
def test_an_order_is_decided_only_where_the_intervals_are_apart(larger, smaller, verdict):
    claim = _order(_around(larger), _around(smaller))
    assert claim.verdict == verdict
    assert claim.low <= claim.reproduced <= claim.high


@pytest.mark.parametrize("sides", [(None, _around(0.1)), (_around(0.1), None), (None, None)])
def test_an_order_without_both_numbers_is_undecided(sides):
    claim = _order(*sides)
    assert claim.verdict == "undecided"
    assert claim.reproduced is None


def test_an_obstacle_makes_an_order_not_comparable():
    assert _order(_around(0.9), _around(0.1), obstacle="other data").verdict == "not_comparable"


@pytest.mark.parametrize(("holds", "verdict"), [(True, "holds"), (False, "does_not_hold")])
def test_a_sentence_holds_or_does_not(holds, verdict):
    claim = text_claim("panel", "text", "key", 0.5, 0.4963, holds, "lowest value")
    assert (claim.kind, claim.verdict, claim.tolerance) == ("text", verdict, None)


def test_claims_survive_their_file_with_six_decimals(tmp_path):
    claims.write_claims(_ROWS, tmp_path / "claims.csv")
    found = read_claims(tmp_path / "claims.csv")
    assert len(found) == len(_ROWS)
    for one, other in zip(found, _ROWS, strict=True):
        for name, value in vars(other).items():
            expected = pytest.approx(value, abs=5e-7) if isinstance(value, float) else value
            assert getattr(one, name) == expected, name
    # What was read once has nothing left to lose.
    claims.write_claims(found, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "claims.csv").read_bytes()


def test_a_file_without_claims_is_read_as_none(tmp_path):
    claims.write_claims([], tmp_path / "claims.csv")
    assert read_claims(tmp_path / "claims.csv") == []


def test_the_file_has_one_row_a_claim_and_blank_cells_for_nothing(tmp_path):
    claims.write_claims(_ROWS, tmp_path / "claims.csv")
    with (tmp_path / "claims.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == claims.COLUMNS
    assert len(rows) == len(_ROWS)
    assert rows[0]["reproduced"] == "0.123456"
    assert rows[2]["reproduced"] == rows[2]["low"] == ""
    assert rows[6]["tolerance"] == ""
    # The number of trainings is an integer, and blank where nothing was reproduced.
    assert [row["n_seeds"] for row in rows] == ["3", "3", "", "3", "3", "", ""]
    assert [row["scope"] for row in rows] == ["retrained"] * 6 + ["published_only"]


def test_tolerances_are_those_of_the_panel(tmp_path):
    (tmp_path / "tolerances.csv").write_text(
        "panel,metric,tolerance,kind\n"
        "one,accuracy,0.02,absolute\n"
        "one,miou,0.1,relative\n"
        "two,accuracy,0.5,absolute\n"
    )
    assert claims.read_tolerances(tmp_path / "tolerances.csv", "one") == {
        "accuracy": Tolerance(0.02, relative=False),
        "miou": Tolerance(0.1, relative=True),
    }


def test_a_tolerance_may_be_any_number_of_zero_or_more(tmp_path):
    path = tmp_path / "tolerances.csv"
    path.write_text("panel,metric,tolerance,kind\none,a,.02,absolute\none,b,1e-2,relative\n")
    assert claims.read_tolerances(path, "one") == {
        "a": Tolerance(0.02, relative=False),
        "b": Tolerance(0.01, relative=True),
    }


@pytest.mark.parametrize(
    "row",
    [
        "miou,inf,absolute",
        "miou,2%,relative",
        "miou,-0.1,relative",
        "miou,,absolute",
        "miou,0.1,relativ",
    ],
)
def test_a_tolerance_that_is_none_is_refused(tmp_path, row):
    path = tmp_path / "tolerances.csv"
    path.write_text(f"panel,metric,tolerance,kind\none,accuracy,0.02,absolute\none,{row}\n")
    error = error_of(claims.read_tolerances, path, "one")
    assert (error.where, error.found.partition(":")[0]) == (str(path), "miou")


def test_panels_are_joined_in_the_order_of_their_names(tmp_path):
    # A copy of a folder is no panel.
    for panel in ("segmentation", "adversarial", "adversarial.old"):
        (tmp_path / panel).mkdir()
        rows = [Claim(panel, *list(vars(row).values())[1:]) for row in _ROWS]
        claims.write_claims(rows, tmp_path / panel / "claims.csv")
    joined = join_panels(tmp_path, "make them", "restore it")
    panels = ["adversarial", "segmentation"]
    assert [claim.panel for claim in joined] == [panel for panel in panels for _ in _ROWS]


def test_no_claims_at_all_is_a_users_mistake(tmp_path):
    error = error_of(join_panels, tmp_path / "smoke", "make them", "restore it")
    assert error.remedy == "make them"


_HEADER = ",".join(claims.COLUMNS)
_ROW = "a,b,c,value,direct,0.5,0.5,0.4,0.6,1,0.02,agrees,d"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<<<<<<< ours\n",
        "panel,artifact\na,b\n",
        f"{_HEADER},further\n{_ROW},1\n",
        f"{_HEADER}\n{_ROW[:-9]}\n",
        f"{_HEADER}\n{_ROW.replace('0.6', 'high')}\n",
        f"{_HEADER}\n{_ROW.replace('value', 'number')}\n",
        f"{_HEADER}\n{_ROW.replace('direct', 'near')}\n",
        # A verdict of another kind.
        f"{_HEADER}\n{_ROW.replace('agrees', 'holds')}\n",
        f"{_HEADER}\n{_ROW},1\n",
        f"{_HEADER}\n{_ROW}\n{_ROW}\n",
        f"{_HEADER}\n{_ROW.replace('0.4', '')}\n",
        f"{_HEADER}\n{_ROW.replace('0.6', 'nan')}\n",
    ],
)
def test_damaged_claims_are_named_with_how_to_restore_them(tmp_path, text):
    path = tmp_path / "adversarial" / "claims.csv"
    path.parent.mkdir()
    path.write_text(text)
    for read in (
        lambda: read_claims(path, remedy="restore it"),
        lambda: join_panels(tmp_path, "make them", "restore it"),
    ):
        error = error_of(read)
        assert (error.where, error.remedy) == (str(path), "restore it")
        assert "scope" in error.expected


@pytest.mark.parametrize("path", sorted((ROOT / "reference").glob("*/*/claims.csv")), ids=str)
def test_adopted_tables_keep_every_verdict(path):
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    read = read_claims(path)
    assert [claim.verdict for claim in read] == [row["verdict"] for row in rows]
    assert [f"{claim.published:f}" for claim in read] == [row["published"] for row in rows]


def test_only_comparable_numbers_can_disagree():
    found = claims.disagreements(_ROWS)
    assert found == [_ROWS[0]]
