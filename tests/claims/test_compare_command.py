"""``triptych compare``: two runs side by side."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from triptych.claims.claims import Basis, Claim, Tolerance, text_claim, value_claim, write_claims
from triptych.claims.intervals import Estimate

Triptych = Callable[..., int]
Printed = pytest.CaptureFixture[str]
FIRST, SECOND = Path("results/tiny"), Path("theirs")


def value(found: float | None, key: str = "0.1") -> Claim:
    number = None if found is None else Estimate(found, found - 0.1, found + 0.1)
    basis = Basis("retrained", 1)
    return value_claim("adversarial", "table2", key, 0.5, number, Tolerance(0.02, False), basis)


def sentence(holds: bool) -> Claim:
    return text_claim("adversarial", "section5", "never", 0.0, float(not holds), holds, "a reason")


def plant(folder: Path, *claims: Claim, panel: str = "adversarial") -> None:
    write_claims(claims, folder / panel / "claims.csv")


def counts(triptych: Triptych, printed: Printed, first: Path, second: Path) -> dict[str, int]:
    triptych("compare", str(first), str(second), "--json")
    counted = json.loads(printed.readouterr().out)["counts"]
    return {relation: count for relation, count in counted.items() if count}


def test_a_run_is_the_same_as_itself(triptych: Triptych, capsys: Printed) -> None:
    plant(FIRST, value(0.5), value(None, "0.2"), sentence(True))

    assert triptych("compare", str(FIRST), str(FIRST)) == 0

    assert capsys.readouterr().out.splitlines()[-1] == "Nothing differs."
    # A number that neither run computed is not counted.
    assert counts(triptych, capsys, FIRST, FIRST) == {"same": 2}


def test_numbers_within_each_others_intervals_do_not_differ(
    triptych: Triptych, capsys: Printed
) -> None:
    plant(FIRST, value(0.5), value(0.5, "0.2"), replace(value(0.5, "0.3"), high=0.51))
    plant(SECOND, value(0.515), replace(value(0.55, "0.2"), low=0.549), value(0.55, "0.3"))

    assert triptych("compare", str(FIRST), str(SECOND)) == 1

    text = capsys.readouterr().out
    assert "table2/0.2" in text
    assert "table2/0.3" in text
    assert "table2/0.1" not in text
    assert counts(triptych, capsys, FIRST, SECOND) == {"within": 1, "differs": 2}


def test_a_verdict_that_differs_within_the_intervals_is_named(
    triptych: Triptych, capsys: Printed
) -> None:
    # Within 0.02 of the published 0.5, and beyond it.
    plant(FIRST, value(0.515), value(0.5, "0.2"))
    plant(SECOND, value(0.525), value(0.51, "0.2"))

    assert triptych("compare", str(FIRST), str(SECOND)) == 0

    text = capsys.readouterr().out
    assert "Within each other's intervals, with another verdict:" in text
    (row,) = [line for line in text.splitlines() if "table2/0.1" in line]
    assert "agrees" in row
    assert "differs" in row
    assert "table2/0.2" not in text


def test_claims_that_one_run_lacks_are_counted_and_change_no_exit_code(
    triptych: Triptych, capsys: Printed
) -> None:
    plant(FIRST, value(0.5), value(0.5, "0.2"))
    plant(SECOND, value(0.5), value(None, "0.2"), value(0.5, "0.3"))
    plant(SECOND, replace(value(0.5), panel="segmentation"), panel="segmentation")

    assert triptych("compare", str(FIRST), str(SECOND)) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[1:]] == [
        ["adversarial", "1", "0", "0", "1", "1"],
        ["segmentation", "0", "0", "0", "0", "1"],
    ]


def test_conclusions_that_differ_are_named(triptych: Triptych, capsys: Printed) -> None:
    plant(FIRST, sentence(True))
    plant(SECOND, sentence(False))
    path = Path("data/published/adversarial/conclusions.yaml")
    path.parent.mkdir(parents=True)
    path.write_text(
        "- {key: reliable, sentence: It is reliable., place: abstract, wording: quoted,\n"
        "   settings: [{name: This run, claims: ['section5/*']}], would_change: Nothing.}\n",
        encoding="utf-8",
    )

    assert triptych("compare", str(FIRST), str(SECOND)) == 1

    text = capsys.readouterr().out
    assert "adversarial, first: stands, second: does not stand: It is reliable." in text
    assert text.splitlines()[-1] == "Differing: claims 1, conclusions 1."


def test_a_copy_of_a_panels_folder_hides_no_difference(triptych: Triptych, capsys: Printed) -> None:
    plant(FIRST, value(0.5))
    plant(SECOND, value(0.9))
    plant(SECOND, value(0.5), panel="adversarial.old")

    packed = Path("packed.zip")
    with ZipFile(packed, "w") as archive:
        for path in sorted(SECOND.rglob("claims.csv")):
            archive.write(path)

    for run in (SECOND, packed):
        assert counts(triptych, capsys, FIRST, run) == {"differs": 1}


def test_folders_of_a_panel_and_packed_runs_are_runs(triptych: Triptych, capsys: Printed) -> None:
    plant(FIRST, value(0.5))
    packed = Path("packed.zip")
    with ZipFile(packed, "w") as archive:
        # The folder of a scale also has the claims of all panels in one file.
        archive.write(FIRST / "adversarial/claims.csv", "run/claims.csv")
        archive.write(FIRST / "adversarial/claims.csv", "run/adversarial/claims.csv")
        archive.writestr("run/adversarial/curves.csv", "epsilon\n")

    for other in (packed, FIRST / "adversarial"):
        assert counts(triptych, capsys, FIRST, other) == {"same": 1}


@pytest.mark.parametrize(
    ("entry", "listed", "value_there", "said"),
    [(6, 8, 1, "is encrypted"), (8, 10, 99, "method is not supported")],
)
def test_a_packed_run_that_cannot_be_unpacked_is_explained(
    failing: Callable[..., dict[str, str]], entry: int, listed: int, value_there: int, said: str
) -> None:
    plant(FIRST, value(0.5))
    packed = Path("packed.zip")
    with ZipFile(packed, "w") as archive:
        archive.write(FIRST / "adversarial/claims.csv", "run/claims.csv")
    content = bytearray(packed.read_bytes())
    # The flags, or the method, of the member: at its place, and in the list at the end.
    for place in (entry, content.index(b"PK\x01\x02") + listed):
        content[place] = value_there
    packed.write_bytes(content)

    assert said in failing("compare", str(FIRST), str(packed))["found"]
