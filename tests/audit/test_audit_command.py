"""``triptych audit``: tables as people have them, what it prints, and how it ends."""

import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import run_here

from triptych.audit.checks import CHECKS

Audit = Callable[..., tuple[int, str]]
TABLE = "method,mean,a,b\none,1.4,1.3,1.5\ntwo,1.6,1.3,1.5\n"
MEAN = ("--check", "mean-of-classes", "--mean", "mean", "--of", "a,b")


@pytest.fixture
def audit(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Audit:
    """Audit a table in a folder without a project; return the exit code and the output."""

    def run(content: str | bytes, *words: str) -> tuple[int, str]:
        Path("t.csv").write_bytes(content.encode() if isinstance(content, str) else content)
        code = run_here(monkeypatch, ["audit", "t.csv", *words])
        printed = capsys.readouterr()
        assert printed.err == ""
        return code, printed.out

    return run


def test_it_names_the_rows_that_fail_and_ends_with_1(audit: Audit) -> None:
    code, text = audit(TABLE, *MEAN)
    assert code == 1
    assert text.splitlines() == [
        "fails  t.csv, row 2 (two), mean: expected 1.350 to 1.450; found 1.6",
        "mean-of-classes: 2 checked, 1 passed, 1 failed",
    ]
    assert audit(TABLE.replace("1.6", "1.5"), *MEAN) == (
        0, "mean-of-classes: 2 checked, 2 passed\n",
    )  # fmt: skip


def test_a_table_may_follow_an_option_of_columns(
    own_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("t.csv").write_text(TABLE)
    assert run_here(monkeypatch, ["audit", *MEAN, "t.csv"]) == 1
    assert "2 checked, 1 passed, 1 failed" in capsys.readouterr().out


def test_no_power_is_said_and_is_no_failure(audit: Audit) -> None:
    words = ("--check", "granularity", "--of", "a", "--n", "10", "--quantity", "mean")
    code, text = audit(TABLE, *words)
    assert code == 0
    assert "2 checked, 2 with no power" in text


def test_json_has_every_judgment_with_its_cells(audit: Audit) -> None:
    code, text = audit(TABLE, *MEAN, "--json")
    content = json.loads(text)
    assert (code, content["check"], content["passed"]) == (1, "mean-of-classes", False)
    first, second = content["judgments"]
    assert (first["verdict"], second["verdict"]) == ("passes", "fails")
    assert second["excess"] == pytest.approx(0.1)
    (row,) = second["rows"]
    assert row["place"] == "t.csv, row 2"
    assert row["cells"] == {
        "method": "two", "mean": "1.6", "a": "1.3", "b": "1.5", "file": "t.csv",
    }  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + TABLE.encode(),
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.replace(",", " , ").encode(),
        TABLE.replace("1.3", "1.3%").encode(),
        b"\n" + TABLE.replace("\n", "\n\n").encode(),
        TABLE.replace("two,", '"two",').encode(),
        (TABLE + "three,-,1,1\nfour,,1,1\nfive,NA,1,1\n").encode(),
    ],
    ids=["byte order mark", "CRLF", "spaces", "percent signs", "empty lines", "quotes", "blanks"],
)
def test_tables_are_read_as_programs_write_them(audit: Audit, content: bytes) -> None:
    code, text = audit(content, *MEAN)
    assert code == 1
    assert "row 2 (two), mean: expected 1.350 to 1.450; found 1.6" in text
    assert "2 checked, 1 passed, 1 failed" in text


def test_a_typographic_minus_is_a_minus(audit: Audit) -> None:
    table = "mean,a,b\n\N{MINUS SIGN}1.4,\N{MINUS SIGN}1.3,-1.5\n"
    assert audit(table, *MEAN)[0] == 0


def test_quotes_keep_a_comma_in_a_name(audit: Audit) -> None:
    table = 'mean,"a, first",b\n1.4,1.3,1.5\n'
    code, _ = audit(table, "--check", "mean-of-classes", "--mean", "mean", "--of", '"a, first",b')
    assert code == 0


def test_a_method_named_none_is_no_blank(audit: Audit) -> None:
    table = "method,share\nNone,0.9\nPGD,0.1\n"
    words = ("--check", "orders", "--name", "method", "--of", "share")
    code, text = audit(table, *words, "--order", "None>PGD")
    assert (code, text.splitlines()[-1]) == (0, "orders: 1 checked, 1 passed")


@pytest.mark.parametrize("heading", ["method,mean,a,b,,", "NA,mean,a,b,nan,-"])
def test_a_heading_may_have_blank_cells_and_any_name(audit: Audit, heading: str) -> None:
    table = f"{heading}\none,1.4,1.3,1.5,,\n"
    code, _ = audit(table, *MEAN)
    assert code == 0


def test_several_tables_are_read_below_each_other(audit: Audit) -> None:
    Path("other.csv").write_text("method,mean\none,1.6\ntwo,1.5\n", encoding="utf-8")
    words = ("--check", "orders", "--name", "method", "--of", "mean", "--across", "file")
    code, text = audit(TABLE, "other.csv", *words)
    assert code == 1
    first, _ = text.splitlines()
    assert first.startswith("fails  t.csv, row 1 (one) and row 2 (two) and other.csv, row 1 (one)")
    assert first.endswith("found one (1.4) < two (1.6); one (1.6) > two (1.5)")


def test_the_help_lists_the_options_of_each_check(audit: Audit) -> None:
    code, text = audit(TABLE, "--help")
    assert code == 0
    panels = {part.split()[0]: part for part in text.split("╭─ ")[1:]}
    for name, check in CHECKS.items():
        _, *parameters = inspect.signature(check).parameters
        own = set(parameters) - {"decimals"}
        shown = {word[2:] for word in panels[name].split() if word.startswith("--")}
        assert {one for one in shown if not one.startswith("no-")} == {
            one.replace("_", "-") for one in own
        }, name


def test_it_needs_no_torch(own_folder: Path) -> None:
    Path("t.csv").write_text(TABLE, encoding="utf-8")
    code = (
        "import sys; from triptych.cli import main\n"
        f"sys.argv = ['triptych', 'audit', 't.csv', *{MEAN!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    print(end.code, 'torch' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.splitlines()[-1] == "1 False", answer.stderr
