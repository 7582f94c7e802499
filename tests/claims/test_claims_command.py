"""``triptych claims``: what it shows of the verdicts, and with which exit code it ends."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import parts_of
from support import edit

from triptych.claims.claims import (
    COLUMNS,
    Basis,
    Claim,
    Tolerance,
    order_claim,
    text_claim,
    value_claim,
    write_claims,
)
from triptych.claims.intervals import Estimate

Triptych = Callable[..., int]
Printed = pytest.CaptureFixture[str]
LAB = Path(__file__).parents[2] / "reference/lab"
_BASIS = Basis("retrained", 1)


def value(found: float | None, obstacle: str | None = None, key: str = "0.1") -> Claim:
    """A published 0.5, compared with a number under a tolerance of 0.02."""
    number = None if found is None else Estimate(found, found - 0.01, found + 0.01)
    allowed, basis = Tolerance(0.02, relative=False), Basis("retrained", 1, obstacle)
    return value_claim("adversarial", "table2", key, 0.5, number, allowed, basis)


def order() -> Claim:
    one, other = Estimate(0.1, 0.1, 0.1), Estimate(0.9, 0.9, 0.9)
    return order_claim("adversarial", "figure2", "above", 0.5, one, other, _BASIS)


def sentence() -> Claim:
    return text_claim("adversarial", "section5", "never", 0.0, 1.0, False, "a reason")


def plant(*claims: Claim, folder: str = "results/tiny/adversarial") -> None:
    write_claims(claims, Path(folder) / "claims.csv")


def rows_of(text: str) -> list[list[str]]:
    """The cells of all rows of all tables that were printed."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ([value(0.5)], 0),
        ([value(0.52)], 0),
        ([value(0.53)], 1),
        ([value(0.47)], 1),
        ([value(0.5), value(0.9, key="0.2")], 1),
        ([value(0.9, "another data set")], 0),
        ([value(None)], 0),
        # Sentences and comparisons may fail without failing the check of the numbers.
        ([sentence()], 0),
        ([order()], 0),
    ],
    ids=["agrees", "at the tolerance", "above", "below", "one of two", "not comparable",
         "missing", "sentence", "order"],
)  # fmt: skip
@pytest.mark.parametrize("form", [[], ["--all"]], ids=["overview", "all"])
def test_it_exits_with_1_when_a_comparable_number_differs(
    triptych: Triptych, capsys: Printed, claims: list[Claim], code: int, form: list[str]
) -> None:
    plant(*claims)

    assert triptych("claims", "--scale", "tiny", *form) == code
    text = capsys.readouterr().out
    assert triptych("claims", "--scale", "tiny", "--json", *form) == code
    rows = json.loads(capsys.readouterr().out)["claims"]

    assert [row["verdict"] for row in rows] == [claim.verdict for claim in claims]
    for claim in claims:
        assert claim.verdict in text
    assert ("differs" in {claim.verdict for claim in claims}) == bool(code)


def test_the_overview_counts_the_verdicts_of_each_artifact_by_kind(
    triptych: Triptych, capsys: Printed
) -> None:
    plant(value(0.5), value(0.51, key="0.2"), value(None, key="0.3"), order(), sentence())

    assert triptych("claims", "--scale", "tiny") == 0

    text = capsys.readouterr().out
    heading, *rows = rows_of(text)
    assert heading == ["panel", "artifact", "numbers", "orders", "sentences"]
    assert rows == [
        ["adversarial", "table2", "2 agrees, 1 missing", "", ""],
        ["adversarial", "figure2", "", "1 not_supported", ""],
        ["adversarial", "section5", "", "", "1 does_not_hold"],
    ]
    *_, hidden, _, counts = text.strip().splitlines()
    assert "5 of 5 claims" in hidden
    assert "--all" in hidden
    assert counts == "2 agrees, 1 does_not_hold, 1 missing, 1 not_supported"


@pytest.mark.parametrize("form", [[], ["--all"]], ids=["overview", "all"])
def test_the_conclusions_come_first(triptych: Triptych, capsys: Printed, form: list[str]) -> None:
    plant(value(0.5), sentence())
    path = Path("data/published/adversarial/conclusions.yaml")
    path.parent.mkdir(parents=True)
    path.write_text(
        "- {key: reliable, sentence: It is reliable., place: abstract, wording: quoted,\n"
        "   settings: [{name: This run, claims: ['section5/*']}], would_change: Nothing.}\n",
        encoding="utf-8",
    )

    triptych("claims", "--scale", "tiny", *form)
    heading, text, decision, *_ = capsys.readouterr().out.splitlines()
    assert heading == "adversarial: does not stand (quoted)"
    assert text.strip() == "It is reliable."
    assert decision.startswith("  - This run: contradicted; ")

    triptych("claims", "--scale", "tiny", "--json")
    (conclusion,) = json.loads(capsys.readouterr().out)["conclusions"]
    assert conclusion["outcome"] == "does_not_stand"


def test_the_overview_names_the_numbers_that_differ_the_furthest_first(
    triptych: Triptych, capsys: Printed
) -> None:
    # A small difference where none is allowed lies further outside than any other.
    exact = value_claim(
        "adversarial", "table2", "exact", 0.5, Estimate(0.6, 0, 1), Tolerance(0, False), _BASIS
    )
    plant(value(0.55, key="near"), value(0.5), value(0.2, key="far"), exact)

    assert triptych("claims", "--scale", "tiny") == 1

    text = capsys.readouterr().out
    assert "3 comparable numbers lie outside the tolerance:" in text
    shown = rows_of(text)[-3:]
    assert [row[2] for row in shown] == ["exact", "far", "near"]
    assert shown[1][3:] == ["0.5000", "0.2000", "-0.3000", "0.0200"]
    assert "Not shown: 1 of 4 claims" in text


def test_the_overview_of_many_differences_says_how_many_are_left_out(
    triptych: Triptych, capsys: Printed
) -> None:
    plant(*(value(0.6 + number / 100, key=str(number)) for number in range(30)))

    triptych("claims", "--scale", "tiny")

    text = capsys.readouterr().out
    assert "30 comparable numbers lie outside the tolerance; the 20 furthest:" in text
    assert [row[2] for row in rows_of(text)[3:]] == [str(number) for number in range(29, 9, -1)]
    assert "Not shown: 10 of 30 claims" in text


def test_nothing_is_called_hidden_where_everything_is_shown(
    triptych: Triptych, capsys: Printed
) -> None:
    plant(value(0.9))

    triptych("claims", "--scale", "tiny")

    text = capsys.readouterr().out
    assert "1 comparable number lies outside" in text
    assert "Not shown" not in text


def test_all_prints_a_row_for_each_claim_and_leaves_blank_what_was_not_computed(
    triptych: Triptych, capsys: Printed
) -> None:
    plant(value(0.123456), value(None, key="0.2"), sentence())

    triptych("claims", "--scale", "tiny", "--all")

    text = capsys.readouterr().out
    assert rows_of(text)[1:] == [
        ["adversarial", "table2", "0.1", "0.5000", "0.1235", "differs"],
        ["adversarial", "table2", "0.2", "0.5000", "", "missing"],
        ["adversarial", "section5", "never", "0.0000", "1.0000", "does_not_hold"],
    ]
    assert text.splitlines()[-1] == "1 differs, 1 does_not_hold, 1 missing"


def test_panels_are_joined_and_one_without_claims_is_named(
    triptych: Triptych, capsys: Printed
) -> None:
    plant(value(0.5))
    plant(value(0.9), folder="results/tiny/segmentation")

    assert triptych("claims", "--scale", "tiny", "--json") == 1

    printed = capsys.readouterr()
    assert len(json.loads(printed.out)["claims"]) == 2
    assert "No claims of personalization" in printed.err


def test_json_keeps_texts_and_has_null_where_there_is_no_number(
    triptych: Triptych, capsys: Printed
) -> None:
    # Texts that a reader of CSV may take for numbers, or for nothing.
    plant(value(0.5, key="0.10"), value(None, key="0.20"))

    triptych("claims", "--scale", "tiny", "--json")

    rows = json.loads(capsys.readouterr().out)["claims"]
    assert [row["reproduced"] for row in rows] == [0.5, None]
    assert [row["key"] for row in rows] == ["0.10", "0.20"]
    assert all(tuple(row) == COLUMNS for row in rows)


def test_reference_reads_the_adopted_runs_and_nothing_else(
    triptych: Triptych, capsys: Printed
) -> None:
    plant(value(0.5))
    plant(value(0.9), folder="reference/tiny/adversarial")

    assert triptych("claims", "--scale", "tiny") == 0
    capsys.readouterr()
    assert triptych("claims", "--scale", "tiny", "--reference", "--json") == 1
    assert [row["reproduced"] for row in json.loads(capsys.readouterr().out)["claims"]] == [0.9]


def test_an_altered_file_of_an_adopted_run_is_not_judged(
    triptych: Triptych, capsys: Printed
) -> None:
    adopted = Path("reference/lab/adversarial")
    shutil.copytree(LAB / "adversarial", adopted)
    edit(adopted / "claims.csv", "differs", "agrees")

    assert triptych("claims", "--scale", "lab", "--reference") == 1

    said = capsys.readouterr()
    assert said.out == ""
    parts = parts_of(said.err)
    assert parts["where"] == "reference/lab/adversarial/claims.csv"
    assert "altered" in parts["found"]
    assert "git" in parts["what to do"]


def test_the_adopted_runs_are_shown_on_one_screen_of_a_scientist(
    triptych: Triptych, capsys: Printed
) -> None:
    Path("reference").mkdir()
    Path("reference/lab").symlink_to(LAB)

    triptych("claims", "--scale", "lab", "--reference")

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 60
    assert max(map(len, lines)) <= 120
