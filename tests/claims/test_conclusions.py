"""A paper's conclusion follows the verdicts on its claims, and these follow the numbers."""

from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import pandas as pd
import pytest
from support import ROOT, edit, error_of

from triptych.claims.claims import PUBLISHED_ONLY, Claim, text_claim, write_claims
from triptych.claims.conclusions import FILE, all_conclusions, conclude, outcomes, read_sentences
from triptych.claims.reading import read_claims
from triptych.claims.steps import join
from triptych.config.models import Panel
from triptych.panels import PANELS

PUBLISHED = ROOT / "data/published"


def claim(key: str, holds: bool, computed: float = 0.25) -> Claim:
    """A sentence of the paper in the artifact ``abstract``, with what its number measures."""
    _, _, place = key.partition("/")
    reason = f"share of wins at {place}" if place else "share of wins"
    return text_claim("neighbors", "abstract", key, 0.5, computed, holds, reason, PUBLISHED_ONLY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of published numbers with one headline sentence, decided in two settings."""
    path = tmp_path / "published/neighbors" / FILE
    path.parent.mkdir(parents=True)
    path.write_text(
        "- key: better\n"
        "  sentence: Ours is better.\n"
        "  place: abstract\n"
        "  wording: quoted\n"
        "  settings:\n"
        "    - {name: The paper's own table, claims: ['abstract/printed/*']}\n"
        "    - {name: This run, claims: [abstract/run]}\n"
        "  would_change: A better baseline.\n",
        encoding="utf-8",
    )
    return tmp_path / "published"


@pytest.mark.parametrize(
    ("printed", "run", "outcome"),
    [
        ((True, True), True, "stands"),
        ((False, True), False, "does_not_stand"),
        ((True, True), False, "stands_in_part"),
        ((True, False), True, "stands_in_part"),
        ((True, True), None, "undecided"),
        ((False, False), None, "undecided"),
    ],
)
def test_all_settings_decide(
    folder: Path, printed: tuple[bool, ...], run: bool | None, outcome: str
) -> None:
    claims = [claim(f"printed/{i}", holds) for i, holds in enumerate(printed)]
    claims += [] if run is None else [claim("run", run)]
    (conclusion,) = all_conclusions(folder, claims)
    assert conclusion.outcome == outcome
    assert outcomes(folder / "neighbors" / FILE, claims) == {"better": outcome}


def test_the_reason_names_the_deciding_claim_and_its_number(folder: Path) -> None:
    claims = [claim("printed/0", True, 0.75), claim("printed/1", False, 0.125), claim("run", True)]
    (conclusion,) = all_conclusions(folder, claims)
    table, run = conclusion.decisions
    assert (table.stance, run.stance) == ("contradicted", "supported")
    assert table.why == "1 of 2 claims: share of wins at 1: 0.125, limit 0.500"
    assert run.why == "share of wins: 0.250, limit 0.500"


def test_an_order_is_named_by_its_key(folder: Path) -> None:
    order = replace(claim("run", True), kind="order", verdict="supported", low=0.125, high=0.5)
    (conclusion,) = all_conclusions(folder, [claim("printed/0", True), order])
    assert conclusion.decisions[1].why == (
        "run supported: 0.250 (0.125 to 0.500); the paper's difference, in its own metric: 0.500"
    )


def test_a_number_that_cannot_be_compared_leaves_a_setting_open(folder: Path) -> None:
    open_claim = replace(claim("run", True), kind="value", verdict="not_comparable")
    (conclusion,) = all_conclusions(folder, [claim("printed/0", True), open_claim])
    assert [decision.stance for decision in conclusion.decisions] == ["supported", "open"]
    assert conclusion.outcome == "undecided"


@pytest.mark.parametrize("holds", [True, False])
def test_a_sentence_checked_on_other_data_decides_nothing(folder: Path, holds: bool) -> None:
    other = replace(claim("run", holds), scope="conceptual")
    (conclusion,) = all_conclusions(folder, [claim("printed/0", True), other])
    assert [decision.stance for decision in conclusion.decisions] == ["supported", "open"]
    assert conclusion.outcome == "undecided"
    assert conclusion.decisions[1].why == (
        "other data than the paper's decide nothing; share of wins: 0.250, limit 0.500"
    )
    # An order is judged by another metric or data set, too.
    order = replace(other, kind="order", verdict="supported")
    (conclusion,) = all_conclusions(folder, [claim("printed/0", True), order])
    assert conclusion.outcome == "stands"


def test_claims_of_other_panels_do_not_decide(folder: Path) -> None:
    other = replace(claim("run", True), panel="adversarial")
    (conclusion,) = all_conclusions(folder, [claim("printed/0", True), other])
    assert conclusion.decisions[1].why == "not tested in this run"


@pytest.mark.parametrize(
    ("old", "new"),
    [("wording: quoted", "wording: invented"), ("place: abstract\n", ""), ("- key", "key"),
     ("settings:", "settings: [")],
)  # fmt: skip
def test_a_damaged_file_is_refused(folder: Path, old: str, new: str) -> None:
    path = folder / "neighbors" / FILE
    edit(path, old, new)
    error = error_of(read_sentences, path)
    assert error.where == str(path)
    assert "conclusions.yaml" in error.where


def test_a_paper_without_headline_sentences_has_no_conclusions(tmp_path: Path) -> None:
    assert read_sentences(tmp_path / FILE) == ()


def test_the_step_writes_a_row_for_each_sentence(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_claims([claim("printed/0", True), claim("run", False)], Path("one.csv"))
    join(
        panels=[Path("one.csv")],
        sentences=(folder / "neighbors" / FILE,),
        claims=Path("claims.csv"),
        conclusions=Path("conclusions.csv"),
    )
    (row,) = pd.read_csv("conclusions.csv").to_dict("records")
    assert (row["panel"], row["key"], row["outcome"]) == ("neighbors", "better", "stands_in_part")
    assert "This run: share of wins: 0.250, limit 0.500." in row["why"]


# A paper that was added may have none.
@pytest.mark.parametrize("panel", PANELS[:3])
def test_every_paper_has_headline_sentences_whose_settings_differ(panel: Panel) -> None:
    sentences = read_sentences(PUBLISHED / panel / FILE)
    assert sentences
    for sentence in sentences:
        names = [setting.name for setting in sentence.settings]
        assert len(set(names)) == len(names)


def test_every_pattern_of_a_paper_names_a_claim_of_an_adopted_run() -> None:
    names = {
        (claim.panel, f"{claim.artifact}/{claim.key}")
        for path in (ROOT / "reference").glob("*/*/claims.csv")
        for claim in read_claims(path)
    }
    unmatched = [
        (panel, pattern)
        for panel in PANELS[:3]
        for sentence in read_sentences(PUBLISHED / panel / FILE)
        for setting in sentence.settings
        for pattern in setting.claims
        if not any(fnmatch(name, pattern) for own, name in names if own == panel)
    ]
    assert not unmatched


def test_no_claim_decides_a_sentence_that_no_pattern_names(folder: Path) -> None:
    (conclusion,) = conclude(
        "neighbors", read_sentences(folder / "neighbors" / FILE), [claim("else", False)]
    )
    assert {decision.stance for decision in conclusion.decisions} == {"open"}
