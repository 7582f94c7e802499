"""Files that are missing, altered, unfinished or out of date are not shown."""

from collections.abc import Callable
from pathlib import Path

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

from triptych.panels import PANELS
from triptych.provenance.making import record_path
from triptych.storage.folders import MANIFEST, manifest_text

SHOWN = {TABLE: IN_TABLE, CURVES: IN_CURVES, CLAIMS: IN_CLAIMS, FINDINGS: IN_FINDINGS}
PLANTED = "0.7777"


@pytest.fixture(autouse=True)
def run(small: None) -> None:
    """A run of panel 1 alone: an adopted run has the same numbers."""
    REFERENCE.rename("elsewhere_too")


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


def test_what_is_intact_is_shown() -> None:
    page = ask()

    for number in SHOWN.values():
        assert number in text_of(page)
    assert 'class="notice"' not in page
    assert "snakemake --config" not in page


@pytest.mark.parametrize(
    ("how", "path"),
    [
        *((how, TABLE) for how in SPOILT),
        *((how, path) for how in ("deleted", "tampered") for path in SHOWN if path != TABLE),
    ],
)
def test_a_file_that_is_not_intact_is_named_and_not_shown(how: str, path: Path) -> None:
    if path == TABLE:
        # It holds the same number.
        make("adversarial.table2", {TABLE.with_suffix(".md"): "nothing"}, {}, {}, 1)
    SPOILT[how](path)

    page = text_of(ask())

    assert SHOWN[path] not in page
    assert PLANTED not in page
    assert f"Not shown: {path} " in page
    # Whatever was made from an altered file is not shown either.
    dependent = path == CURVES and how != "deleted"
    for other, number in SHOWN.items():
        assert (number in page) == (other != path and not dependent)


def test_the_front_counts_what_is_not_shown_and_names_the_commands() -> None:
    assert "✓ agrees 36" in section_of(ask(), "glance")
    _plant(CLAIMS)

    said = section_of(ask(), "glance")

    # Verdicts of altered claims are not counted.
    assert "✓" not in said
    assert "This run: 1 file is not shown." in said
    assert "snakemake --config scale=tiny" in said
    assert "triptych verify --scale tiny" in said


def test_an_altered_picture_is_not_shown() -> None:
    pictures = ask().count("<img")
    _plant(FIGURE)

    page = ask()

    assert page.count("<img") == pictures - 1
    said = section_of(page, "adversarial-run-fig2_tpr")
    assert f"Not shown: {FIGURE} is not the file that was made" in said


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
    assert f"Not shown: {CURVES} cannot be read" in section_of(page, "adversarial-run-curves")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        (CLAIMS, "panel,artifact,key\nadversarial,table2\n"),
        (CLAIMS, 'panel,artifact,key,kind,published,reproduced\nadversarial,a,"never clo'),
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
    assert "that can be read" in text_of(page)
    assert f"Not shown: {path} is no " in text_of(page)


def _alter_a_source() -> None:
    SCORES.write_text("other scores")


def _make_a_source_anew() -> None:
    make("adversarial.score", {SCORES: "other scores"}, {}, {"seed": 2}, 8)


def _use_an_altered_source() -> None:
    SCORES.write_text("altered scores")
    record((CURVES,), "adversarial.curves", read(SCORES))


def _alter_a_file_of_a_folder() -> None:
    weights = PANEL / "models/base/weights.safetensors"
    weights.parent.mkdir(parents=True)
    weights.write_text("weights")
    manifest = weights.with_name(MANIFEST)
    listing = manifest_text({weights.name: read(weights)[str(weights)]})
    make("adversarial.train", {manifest: listing}, {}, {}, 0)
    record((CURVES,), "adversarial.curves", read(manifest))
    assert IN_CURVES in section_of(ask(), "adversarial-run-curves")
    weights.write_text("other weights")


@pytest.mark.parametrize(
    "change",
    [_alter_a_source, _make_a_source_anew, _use_an_altered_source, _alter_a_file_of_a_folder],
)
def test_a_file_whose_source_changed_is_out_of_date(change: Callable[[], None]) -> None:
    change()

    said = section_of(ask(), "adversarial-run-curves")

    assert IN_CURVES not in said
    assert f"Not shown: {CURVES} is out of date" in said


def test_a_source_that_changed_two_steps_before_counts() -> None:
    _alter_a_source()

    assert f"Not shown: {TABLE} is out of date" in section_of(ask(), "adversarial-run-table2")


def test_a_file_that_snakemake_would_make_again_is_out_of_date() -> None:
    page = ask(CURVES)

    assert IN_CURVES not in text_of(page)
    assert f"Not shown: {CURVES} is out of date" in section_of(page, "adversarial-run-curves")
    assert "1 file is not shown" in section_of(page, "glance")


@pytest.mark.parametrize("how", ["Snakemake says it", "nobody says it"])
def test_whole_panels_that_are_missing_are_named(how: str) -> None:
    wanted = RESULTS / "segmentation/table1.csv"

    page = ask(wanted, further=[wanted]) if how == "Snakemake says it" else write_report()

    assert f"Not shown: {wanted} is missing" in section_of(page, "segmentation-run-table1")
    assert IN_TABLE in text_of(page)


def test_a_folder_without_results_has_a_page_that_names_every_panel() -> None:
    RESULTS.rename("elsewhere")

    page = write_report()

    assert "snakemake --config scale=tiny" in section_of(page, "glance")
    for panel in PANELS:
        assert f"{RESULTS}/{panel}/claims.csv is missing" in text_of(page)
    assert "no file of this run is shown" in section_of(page, "made")


def test_the_joined_claims_say_that_they_are_older_than_a_panels() -> None:
    make("adversarial.claims", {CLAIMS: CLAIMS.read_text() + "\n"}, read(CURVES), {}, 9)

    said = section_of(ask(), "glance")

    assert "All claims in one file (not shown: it is out of date)" in said


def test_what_is_not_part_of_the_run_is_no_problem() -> None:
    page = ask()

    assert "Not part of this run" in section_of(page, "adversarial-run-fig3_accuracy")
    assert "Not shown" not in page


def test_what_no_rule_makes_any_more_is_not_shown() -> None:
    left = PANEL / "controls.csv"
    make("adversarial.control", {left: "control,tpr\nnoise,0.5417\n"}, {}, {}, 1)

    assert "0.5417" in write_report()
    assert "0.5417" not in ask()
