"""``triptych summary``: what it says of a run follows from its claims, records and papers."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from support import ROOT

from triptych.claims.claims import (
    PUBLISHED_ONLY,
    Basis,
    Claim,
    Tolerance,
    difference_claim,
    text_claim,
    value_claim,
)
from triptych.claims.intervals import Estimate
from triptych.doctor.examination import Duration, Examination
from triptych.doctor.machine import Machine
from triptych.doctor.supplies import Supply
from triptych.report.page.collected import Places
from triptych.summary import Part
from triptych.summary.document import Summary, render
from triptych.summary.facts import collect

_PANEL = "adversarial"
_KEY = "published/combined_never_below_half"
_SCORE = "natural/0.10/tpr/as_published"


def supply(name: str) -> Supply:
    return Supply(name, name, "data", "MIT", "network", 1, 0, 0, 0, 1, 0, 1000, 0, "")


def needs(*names: str) -> Examination:
    """The needs of a run without jobs that reads these entries of the registry."""
    machine = Machine("CPU", 2, (), 16_000_000_000, 8_000_000_000, 90_000_000_000)
    supplies = tuple(map(supply, names))
    time = Duration(600, 600, 600, 600)
    return Examination("lab", None, (), (), supplies, machine, 5e6, 1000.0, time, ())


def number(reproduced: float, obstacle: str | None = None) -> Claim:
    """A published true positive rate of 0.529 with a tolerance of 0.02."""
    estimate = Estimate(reproduced, reproduced - 0.01, reproduced + 0.01)
    basis = Basis("retrained", 3, obstacle)
    return value_claim(_PANEL, "table2", _SCORE, 0.529, estimate, Tolerance(0.02, False), basis)


def sentence(holds: bool) -> Claim:
    value = 0.61 if holds else 0.4963
    return text_claim(
        _PANEL, "section5", _KEY, 0.5, value, holds, "lowest value of the curve", PUBLISHED_ONLY
    )


@pytest.fixture
def summarize(own_folder: Path) -> Callable[..., str]:
    """Return the summary of claims of panel 1, without records, in a folder of its own."""
    shutil.copytree(ROOT / "data/published", own_folder / "data/published")
    places = Places(Path("results/lab"), Path("data/published"), Path("reference"))

    def summarized(*claims: Claim, part: Part, entries: tuple[str, ...] = ("mnist",)) -> str:
        facts = collect(_PANEL, claims, "lab", places, adopted=False, needs=needs(*entries))
        return render(Summary("lab", False, "", (facts,)), (part,))

    return summarized


def test_a_letter_has_each_finding_with_its_numbers_and_the_command_that_reproduces_it(
    summarize: Callable[..., str],
) -> None:
    letter = summarize(sentence(False), number(0.274), part="letters")

    assert "Dear Pascal Schöttle, Alexander Schlögl, Cecilia Pasquini, Rainer Böhme," in letter
    assert f'"never fall below 50 %". `{_KEY}` in section5. Without any run: ' in letter
    assert "must not be sent" not in letter
    assert "0.4963 instead of 0.5 (lowest value of the curve)" in letter
    assert f"`triptych explain {_PANEL}/section5/{_KEY} --scale lab`" in letter
    assert "Table II: 1 of 1. The furthest is published as 0.529; this run has 0.2740." in letter
    assert f"`triptych replay {_PANEL}/table2/{_SCORE} --scale lab`" in letter


def test_a_bound_computed_on_other_data_is_this_runs(summarize: Callable[..., str]) -> None:
    for scope, source in (("retrained", "Without any run"), ("conceptual", "In this run")):
        key = "published/secret/gray_image"
        bound = text_claim(_PANEL, "fig4_combined", key, 1, 0.125, False, "why", Basis(scope, 0))
        letter = summarize(bound, part="letters")
        assert "a constant gray image is in reach of every image" in letter
        assert f"`{key}` in fig4_combined. {source}: 0.1250 instead of 1" in letter


def test_a_letter_of_a_small_run_says_that_it_must_not_be_sent(own_folder: Path) -> None:
    shutil.copytree(ROOT / "data/published", own_folder / "data/published")
    places = Places(Path("results/smoke"), Path("data/published"), Path("reference"))
    facts = collect(_PANEL, [sentence(False)], "smoke", places, adopted=False, needs=needs())
    letter = render(Summary("smoke", False, "", (facts,)), ("letters",))
    assert "A draft that must not be sent: scale smoke" in letter


def test_a_letter_does_not_compare_an_order_with_a_number_of_another_metric(
    summarize: Callable[..., str],
) -> None:
    below = Estimate(-0.25, -0.29, -0.22)
    order = difference_claim(_PANEL, "table2", "a_above_b", 2.05, below, Basis("direct", 3))

    assert order.verdict == "not_supported"
    letter = summarize(order, part="letters")

    assert "In this run: -0.2500; your scores differ by 2.05 (" in letter


def test_a_letter_without_findings_has_neither_list(summarize: Callable[..., str]) -> None:
    letter = summarize(sentence(True), number(0.53), part="letters")

    assert "1 of the 1 comparable numbers agree with yours" in letter
    assert "Findings" not in letter
    assert "Numbers that differ" not in letter


@pytest.mark.parametrize(
    ("claim", "easy", "hard"),
    [
        (number(0.53), "All 1 comparable numbers of Table II agree", None),
        (number(0.274), None, "1 of 1 comparable numbers of Table II differ. The furthest is"),
        (number(0.53, "scored on digits"), None, "1 claim cannot be compared: scored on digits."),
    ],
    ids=["agrees", "differs", "not comparable"],
)  # fmt: skip
def test_what_was_easy_and_what_was_difficult_follow_from_the_claims(
    summarize: Callable[..., str], claim: Claim, easy: str | None, hard: str | None
) -> None:
    text = summarize(claim, part="reproducibility")
    first, second = re.split(r"### What was (?:easy|difficult)", text)[1:]

    for expected, section in ((easy, first), (hard, second)):
        if expected is None:
            assert "Table II" not in section
            assert "cannot be compared" not in section
        else:
            assert expected in section


def test_data_that_must_be_asked_for_are_difficult(summarize: Callable[..., str]) -> None:
    def parts(entries: tuple[str, ...]) -> tuple[str, str]:
        text = summarize(number(0.53), part="reproducibility", entries=entries)
        first, second = re.split(r"### What was (?:easy|difficult)", text)[1:]
        return first, second

    easy, hard = parts(("mnist", "cityscapes"))

    assert "downloaded or installed without an account: MNIST handwritten digits." in easy
    assert "is no direct download" in hard
    assert "is no direct download" not in parts(("mnist",))[1]


def test_the_outcome_of_a_conclusion_changes_with_its_claims(
    summarize: Callable[..., str],
) -> None:
    def claim(setting: str, holds: bool) -> Claim:
        key = f"{setting}/reliably_detects"
        share = 0.97 if holds else 0.1
        return text_claim(_PANEL, "abstract", key, 0.95, share, holds, "share of images flagged")

    both = [claim("unaware", True), claim("aware", True)]
    assert "**Stands.** “We test our method" in summarize(*both, part="reproducibility")

    one = [claim("unaware", True), claim("aware", False)]
    text = summarize(*one, part="reproducibility")
    assert "**Stands in part.** “We test our method" in text
    assert "share of images flagged: 0.100, limit 0.950." in text


def test_every_citation_has_an_entry_in_the_bibliography(summarize: Callable[..., str]) -> None:
    methods = summarize(number(0.53), part="methods", entries=("mnist", "lfw"))

    cited = set(re.findall(r"\[@([\w-]+)\]", methods))
    entries = set(re.findall(r"^@\w+\{([\w-]+),", methods, re.MULTILINE))
    assert {"schottle2018", "mnist", "lfw"} <= cited
    assert cited <= entries


def test_authors_appear_in_latin_letters(own_folder: Path) -> None:
    shutil.copytree(ROOT / "data/published", own_folder / "data/published")
    places = Places(Path("results/lab"), Path("data/published"), Path("reference"))
    claim = replace(number(0.53), panel="personalization")
    facts = collect("personalization", [claim], "lab", places, adopted=False, needs=needs())

    letter = render(Summary("lab", False, "", (facts,)), ("letters", "methods"))

    assert "Dear Kristina M. Kazistova, Ilya Dmitrievich Stepanov" in letter
    assert "author = {Kristina M. Kazistova and Ilya" in letter


def test_the_adopted_run_has_machine_software_and_commits(
    in_the_project: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from command_line import run_here

    words = ["summary", "--scale", "lab", "--reference", "--panel", _PANEL]
    assert run_here(monkeypatch, words) == 0
    text = capsys.readouterr().out

    headings = re.findall(r"^# (\w+)", text, re.MULTILINE)
    assert headings == ["Reproducibility", "Artifact", "Methods", "Letter"]
    assert len(headings) == len(get_args(Part))
    assert re.search(r"Scale `lab` was run on CPU, .+ with mnist: \d+ jobs, .+ of computing", text)
    assert re.search(r"torch \d+\.\d+\.\d+ \[@pytorch2019\], Triptych .+ at commits? \w{12}", text)
    assert re.search(r"present version has \d\d+ jobs; the largest asks for .+ GB of memory", text)
    assert "`mnist`: MNIST handwritten digits. License: Free to use." in text


def test_a_panel_without_claims_is_an_error(
    triptych: Callable[..., int], failing: Callable[..., dict[str, str]]
) -> None:
    from triptych.claims.claims import write_claims

    write_claims([number(0.5)], Path("results/tiny/adversarial/claims.csv"))

    parts = failing("summary", "--scale", "tiny", "--panel", "segmentation")

    assert parts["expected"] == "claims of segmentation"
    assert parts["found"] == "claims of adversarial"
    assert "snakemake segmentation" in parts["what to do"]
