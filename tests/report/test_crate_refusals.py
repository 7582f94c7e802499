"""What makes a crate impossible is named, and nothing is written."""

from pathlib import Path
from typing import Any

import pytest
from small_results import (
    BASE,
    CLAIMS,
    CRATE,
    HISTORY,
    MODEL,
    PHOTOS,
    RESULTS,
    SOURCE,
    TABLE,
    describe,
    make,
    make_results,
    read,
)
from support import ROOT, edit

from triptych.errors import UserError
from triptych.provenance import making as provenance


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small results and their crate in the current folder."""
    monkeypatch.chdir(tmp_path)
    make_results(ROOT)
    describe()


def refused(**changed: Any) -> UserError:
    """The error that the crate ends with; the earlier crate stays."""
    before = CRATE.read_bytes()
    with pytest.raises(UserError) as caught:
        describe(**changed)
    assert CRATE.read_bytes() == before
    return caught.value


@pytest.mark.parametrize(
    ("path", "damage"),
    [
        (HISTORY, "gone"),
        (MODEL, "6 bytes, recorded 7"),
        (BASE, "altered"),
        (BASE.parent / "unet" / "config.json", "its file unet/config.json is gone"),
    ],
)
def test_a_file_that_is_not_as_recorded_is_named_with_how_to_make_it(
    path: Path, damage: str
) -> None:
    if "gone" in damage:
        path.unlink()
    else:
        path.write_text(path.read_text().replace("0", "1") if path == BASE else "short\n")
    named = BASE if path.is_relative_to(BASE.parent) else path

    error = refused()

    record = provenance.read(named)
    assert f"{named} ({damage}; made by {record.step})" in error.found
    assert "snakemake --cores all --config scale=smoke" in error.remedy


@pytest.mark.parametrize(
    ("old", "new", "said"), [("}", "", "no JSON"), ('"steps": 20', '"steps": 2000', "altered")]
)
def test_a_record_that_cannot_be_relied_on_is_named(old: str, new: str, said: str) -> None:
    record = provenance.record_path(MODEL)
    edit(record, old, new)

    error = refused()

    assert error.where == str(record)
    assert said in error.found


def test_a_file_that_was_made_from_another_version_is_named() -> None:
    make("adversarial.train", {MODEL: "other weights"}, read(PHOTOS), {}, 9)

    assert f"{TABLE.as_posix()} (made from another {MODEL.as_posix()}" in refused().found


def test_what_no_rule_makes_any_more_is_left_out() -> None:
    leftover = RESULTS / "adversarial" / "attacks" / "1.safetensors"
    make("adversarial.attack", {leftover: "attacked"}, {MODEL.as_posix(): "0" * 64}, {}, 9)

    describe()

    assert str(leftover.relative_to(RESULTS)) not in CRATE.read_text()
    assert str(MODEL.relative_to(RESULTS)) in CRATE.read_text()
    assert leftover.as_posix() in refused(files=(TABLE, leftover)).found


def test_files_of_parameters_from_elsewhere_may_share_a_name(tmp_path: Path) -> None:
    given = [Path("params.yaml")]
    for name in ("mine", "yours"):
        overlay = tmp_path.parent / name / "params.yaml"
        overlay.parent.mkdir()
        overlay.write_text(f"whose: {name}\n")
        given.append(Path("..") / name / "params.yaml")

    describe(configuration=given)

    copies = sorted(path.read_text() for path in SOURCE.parent.rglob("elsewhere/*/params.yaml"))
    assert copies == ["whose: mine\n", "whose: yours\n"]


def test_a_file_without_a_record_is_refused() -> None:
    provenance.record_path(CLAIMS).unlink()

    assert str(CLAIMS) in refused().found


def test_without_results_or_workflow_the_error_says_so() -> None:
    assert refused(results=Path("results/lab")).found == "none"
    assert refused(workflow=[Path("LICENSE")]).where == "--workflow"


@pytest.mark.parametrize("folder", [RESULTS, RESULTS / "adversarial", Path("elsewhere")])
def test_the_copy_takes_no_folder_that_holds_results(folder: Path) -> None:
    assert str(folder) in refused(source=folder / "MANIFEST.sha256").found
    assert TABLE.is_file()
    assert MODEL.is_file()
