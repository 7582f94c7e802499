"""The page when results are missing, altered, half-written or out of date: never old as new."""

from collections.abc import Callable
from pathlib import Path

import made_files
import pytest
from small_reports import (
    CLAIMS,
    CURVES,
    FIGURE,
    FINDINGS,
    IN_CLAIMS,
    IN_CURVES,
    IN_FINDINGS,
    IN_TABLE,
    JOINED,
    PANEL,
    REFERENCE,
    RESULTS,
    SCORES,
    TABLE,
    ask,
    record,
    section_of,
    text_of,
    write_report,
)
from small_results import make, read
from support import edit

from triptych.provenance import making as provenance
from triptych.provenance.codehash import code_hash
from triptych.provenance.making import record_path
from triptych.storage.folders import MANIFEST, manifest_text

SHOWN = {TABLE: IN_TABLE, CURVES: IN_CURVES, CLAIMS: IN_CLAIMS, FINDINGS: IN_FINDINGS}
OPTIONS = "--config scale=tiny"
PLANTED = "0.7777"


@pytest.fixture(autouse=True)
def run(small: None) -> None:
    """A run of panel 1 alone: the numbers of our own are the same."""
    REFERENCE.rename("kept")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def _plant(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"0.", PLANTED.encode(), 1))


SPOILT: dict[str, Callable[[Path], object]] = {
    "deleted": Path.unlink,
    "half-written": _cut,
    "tampered": _plant,
    "emptied": lambda path: path.write_bytes(b""),
    "without a record": lambda path: record_path(path).unlink(),
    "with half a record": lambda path: _cut(record_path(path)),
    "with an empty record": lambda path: record_path(path).write_text("{}"),
    "with an altered record": lambda path: edit(record_path(path), '"step": "', '"step": "x'),
    "with the record of another": lambda path: record_path(path).write_text(
        record_path(SCORES).read_text()
    ),
}


def test_what_is_intact_is_shown_and_nothing_needs_attention() -> None:
    page = ask()

    for number in SHOWN.values():
        assert number in text_of(page)
    assert "needs attention" not in page
    assert "Out of date" not in page


@pytest.mark.parametrize(
    ("how", "path"),
    [
        *((how, TABLE) for how in SPOILT),
        *((how, path) for how in ("deleted", "tampered") for path in SHOWN if path != TABLE),
    ],
)
def test_what_is_not_the_file_that_was_made_is_named_and_not_shown(how: str, path: Path) -> None:
    if path == TABLE:
        # It holds the same number.
        make("adversarial.table2", {TABLE.with_suffix(".md"): "nothing"}, {}, {}, 1)
    SPOILT[how](path)

    page = ask()

    assert SHOWN[path] not in text_of(page)
    assert PLANTED not in text_of(page)
    force = "" if how == "deleted" else " --force"
    assert f"snakemake {path}{force} {OPTIONS}" in section_of(page, "concerns")
    for other, number in SHOWN.items():
        assert other == path or number in text_of(page)


def test_verdicts_of_altered_claims_are_not_counted() -> None:
    assert "✓ agrees 36" in section_of(ask(), "glance")
    _plant(CLAIMS)

    said = section_of(ask(), "glance")

    assert "✓" not in said
    assert "This run: 1 not shown." in said


def test_an_altered_picture_is_not_shown() -> None:
    pictures = ask().count("<img")
    _plant(FIGURE)

    page = ask()

    assert page.count("<img") == pictures - 1
    said = section_of(page, "adversarial-run-fig2_tpr")
    assert f"Not shown: {FIGURE}. It is not the file that was made" in said


def test_a_file_that_cannot_be_opened_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    # Not by its mode: root may open anything.
    def refuse(path: Path, *arguments: str, **named: str) -> object:
        if path == CURVES:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)

    page = ask()

    assert IN_CURVES not in text_of(page)
    assert f"Not shown: {CURVES}. It cannot be read" in section_of(page, "adversarial-run-curves")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (CLAIMS, "panel,artefact,key\nadversarial,table2\n"),
        (CLAIMS, 'panel,artefact,key,kind,published,reproduced\nadversarial,a,"never clo'),
        (CLAIMS, CLAIMS.name),
        (CLAIMS, ""),
        (CURVES, "model,epsilon\nnatural,0.1,0.7\n"),
        (CURVES, 'model,epsilon\n"never clo'),
        (CURVES, ""),
        (FINDINGS, "\udcff"),
    ],
)
def test_a_file_that_was_made_so_but_cannot_be_understood_is_named(
    path: Path, content: str
) -> None:
    path.write_bytes(content.encode(errors="surrogateescape"))
    record((path,), "adversarial.claims", {})

    page = ask()

    assert SHOWN[path] not in text_of(page)
    assert "that can be read" in section_of(page, "concerns")
    assert f"snakemake {path} --force {OPTIONS}" in section_of(page, "concerns")


def test_numbers_that_were_made_from_something_altered_since_are_marked() -> None:
    SCORES.write_text("other scores")

    page = ask()

    # Two steps away, and the table itself is intact.
    assert IN_TABLE in text_of(page)
    assert f"It was made from {SCORES}, which" in section_of(page, "adversarial-run-table2")
    concerns = section_of(page, "concerns")
    assert "9 files on this page depend on it" in concerns
    assert f"snakemake {SCORES} --force {OPTIONS}" in concerns


def test_everything_that_was_altered_is_mended_first_and_by_one_command() -> None:
    make("adversarial.curves", {CURVES: "a\n1\n"}, read(SCORES), {"seed": 1}, 2)
    for path in (SCORES, FINDINGS):
        path.write_text("altered")
    TABLE.unlink()

    said = section_of(ask(), "concerns")

    mend = said.index(f"snakemake {FINDINGS} {SCORES} --force {OPTIONS}")
    assert mend < said.index(f"snakemake {TABLE} {OPTIONS}")


def test_numbers_that_were_made_from_something_that_had_been_altered_are_marked() -> None:
    SCORES.write_text("altered scores")
    record((CURVES,), "adversarial.curves", read(SCORES))

    assert "is not the file that was made" in section_of(ask(), "adversarial-run-curves")


def test_numbers_that_were_made_from_a_file_which_was_made_anew_are_marked() -> None:
    make("adversarial.score", {SCORES: "other scores"}, {}, {"seed": 2}, 8)

    said = section_of(ask(), "adversarial-run-curves")

    assert f"It was made from {SCORES}, which has changed since it was used." in said


def test_numbers_that_were_made_with_an_altered_model_are_marked() -> None:
    weights = PANEL / "models/base/weights.safetensors"
    weights.parent.mkdir(parents=True)
    weights.write_text("weights")
    manifest = weights.with_name(MANIFEST)
    listing = manifest_text({weights.name: read(weights)[str(weights)]})
    make("adversarial.train", {manifest: listing}, {}, {}, 0)
    record((CURVES,), "adversarial.curves", read(manifest))
    assert "needs attention" not in ask()

    weights.write_text("other weights")

    concerns = section_of(ask(), "concerns")
    assert str(weights) in concerns
    # No rule makes a single file of a folder.
    assert f"snakemake {manifest} --force {OPTIONS}" in concerns


@pytest.mark.parametrize("how", ["Snakemake says it", "nobody says it"])
def test_whole_panels_that_are_missing_are_named(how: str) -> None:
    wanted = RESULTS / "segmentation/table1.csv"

    page = ask({wanted: "missing"}) if how == "Snakemake says it" else write_report()

    assert f"Not shown: {wanted}. It is missing" in section_of(page, "segmentation-run-table1")
    assert f"snakemake {wanted} {OPTIONS}" in section_of(page, "segmentation-run-table1")
    assert IN_TABLE in text_of(page)


def test_a_folder_without_results_has_a_page_that_tells_how_to_make_them() -> None:
    RESULTS.rename("elsewhere")

    page = write_report()

    concerns = section_of(page, "concerns")
    assert f"snakemake {OPTIONS}" in concerns
    for panel in ("adversarial", "segmentation", "personalization"):
        assert f"{RESULTS}/{panel}/claims.csv" in concerns
    assert "no file of it has a record" in section_of(page, "made")


def test_the_joined_claims_say_that_they_are_older_than_a_panels() -> None:
    assert "Out of date" not in section_of(ask(), "glance")
    make("adversarial.claims", {CLAIMS: CLAIMS.read_text() + "\n"}, read(CURVES), {}, 9)

    said = section_of(ask(), "glance")

    assert f"Out of date: {JOINED}" in said
    assert f"It was made from {CLAIMS}, which has changed since it was used." in said


def test_what_is_not_part_of_the_run_is_no_concern() -> None:
    page = ask()

    assert "Not part of this run" in section_of(page, "adversarial-run-fig3_accuracy")
    assert "needs attention" not in page


def test_what_no_rule_makes_any_more_is_not_shown() -> None:
    left = PANEL / "controls.csv"
    make("adversarial.control", {left: "control,tpr\nnoise,0.5417\n"}, {}, {}, 1)

    assert "0.5417" in write_report()
    assert "0.5417" not in ask()


def test_other_parameters_than_the_present_ones_are_told_at_the_front_and_at_each_artefact() -> (
    None
):
    make("adversarial.score", {SCORES: "scores"}, {}, {"seed": 1}, 1)
    _record_with_present_code(SCORES)

    page = ask({SCORES: "params changed"})

    for anchor in ("table2", "fig2_tpr", "curves"):
        said = section_of(page, f"adversarial-run-{anchor}")
        assert "Out of date" in said
        assert f"{SCORES}, which was made with other parameters than the present ones" in said
    assert "Was made with other parameters" in section_of(page, "concerns")
    assert "9 out of date" in section_of(page, "glance")


def test_other_code_than_the_present_one_is_told_from_other_parameters() -> None:
    said = section_of(ask({CURVES: "params changed"}), "adversarial-run-curves")

    assert "It was made by other code than the present one." in said
    assert "parameters" not in said


def _record_with_present_code(path: Path) -> None:
    making = provenance.read(path).model_dump(exclude={"artifact", "sha256", "bytes", "key"})
    made_files.record(path, **{**making, "code": code_hash(making["step"])})
