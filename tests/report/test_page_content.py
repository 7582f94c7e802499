"""The page of complete results."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from small_reports import (
    CURVES,
    FIGURE,
    IN_CURVES,
    IN_FINDINGS,
    PAGE,
    PANEL,
    SCORES,
    TABLE,
    ask,
    html_of,
    record,
    section_of,
    text_of,
    write_report,
)
from small_results import make
from support import ROOT, error_of

from triptych.report.papers import read_paper
from triptych.storage.files import sha256

TEMPLATES = ROOT / "src/triptych/report/page/templates"

pytestmark = pytest.mark.usefixtures("small")


def test_the_same_results_give_the_same_bytes() -> None:
    assert write_report() == write_report()


def test_a_claim_stands_in_one_row_with_both_numbers_interval_tolerance_and_verdict() -> None:
    said = section_of(write_report(), "adversarial-run-table2")

    assert (
        "natural/0.01/tpr/as_published 0.865 0.8623 0.8101 to 0.9102 ± 0.02 ✓ agrees near"
    ) in said
    assert "natural/0.02/tpr/as_published 0.865 0.8623 0.8101 to 0.9102 ± 0.02 ✗ differs" in said
    assert "Scope: retrained, 1 training" in said


def test_verdicts_are_counted_for_this_run_and_for_the_reference() -> None:
    said = section_of(write_report(), "glance")

    # 53 numbers and one sentence, in both runs.
    assert "Claims this run lab Numbers ✓ agrees 36 36 ✗ differs 17 17" in said
    assert "Sentences ✗ does not hold 1 1" in said


def test_conclusions_open_the_page_and_each_run_says_what_decides_them() -> None:
    path = Path("data/published/adversarial/conclusions.yaml")
    path.write_text(
        "- {key: low, sentence: It never falls., place: abstract, wording: quoted,\n"
        "   settings: [{name: The curves, claims: ['section4/*']}], would_change: Nothing.}\n",
        encoding="utf-8",
    )
    page = write_report()

    glance = section_of(page, "glance")
    assert "It never falls. (abstract, quoted) this run: ✗ does not stand lab: ✗" in glance
    assert glance.index("It never falls.") < glance.index("Numbers")
    decided = section_of(page, "adversarial-run-conclusions")
    assert "The curves: contradicted; " in decided
    assert "It would change with: Nothing." in decided


def test_a_sentence_of_the_paper_is_quoted() -> None:
    said = section_of(write_report(), "adversarial-run-said")

    assert (
        '"100 000" adversarial images were made. published/images_attacked 100,000 1,000,000'
        in said
    )


def test_the_table_of_the_file_can_be_sorted_by_its_numbers() -> None:
    section = html_of(write_report(), "adversarial-run-curves")

    assert f'<td class="n" data-sort="{IN_CURVES}00">{IN_CURVES}</td>' in section
    assert '<td class="n" data-sort=""></td>' in section
    assert section.count("<button") == 3


def test_a_figure_stands_beside_the_published_values_with_its_own_bytes() -> None:
    section = html_of(write_report(), "adversarial-run-fig2_tpr")

    assert base64.b64encode(FIGURE.read_bytes()).decode() in section
    assert section.count("<img") == 2
    assert (
        'alt="Published values of Figure 2: tpr against epsilon, one line for each model."'
        in section
    )
    assert 'alt="Lines of the true positive rate against epsilon' in section


def test_a_figure_without_published_values_stands_alone() -> None:
    for suffix in (".svg", ".png"):
        FIGURE.with_suffix(suffix).rename(PANEL / f"fig1_workflow{suffix}")
        record([PANEL / f"fig1_workflow{suffix}"], "adversarial.workflow_figure", {})

    assert html_of(write_report(), "adversarial-run-fig1_workflow").count("<img") == 1


def test_a_description_that_is_not_utf_8_is_named() -> None:
    paper = Path("data/published/adversarial/paper.yaml")
    paper.write_bytes(paper.read_bytes() + b"# Sch\xf6ttle\n")

    error = error_of(read_paper, Path("data/published"), "adversarial")

    assert (error.where, "utf-8" in error.found) == (str(paper), True)


def test_a_figure_beyond_the_paper_shows_each_of_its_pictures() -> None:
    paper = Path("data/published/adversarial/paper.yaml")
    further = "- name: more_*\n    title: More\n    caption: Said.\n    alternative: Two lines.\n"
    paper.write_text(paper.read_text().replace("beyond:\n", f"beyond:\n  {further}"))
    for name in ("more_steps", "more_seeds"):
        pair = [PANEL / f"{name}{suffix}" for suffix in (".svg", ".png")]
        for path in pair:
            path.write_bytes(FIGURE.with_suffix(path.suffix).read_bytes())
        record(pair, "adversarial.figure", {})

    section = html_of(write_report(), "adversarial-run-more_")

    assert section.count('<img src="data:image/svg') == section.count('alt="Two lines."') == 2
    for name in ("more_steps", "more_seeds"):
        assert f"This run: {name}.svg, {name}.png" in text_of(section)


def test_under_each_artifact_stands_how_it_was_made() -> None:
    page = write_report()

    for anchor, path, step in (
        ("table2", TABLE, "adversarial.table2"),
        ("fig2_tpr", FIGURE, "adversarial.figure"),
        ("curves", CURVES, "adversarial.curves"),
    ):
        section = html_of(page, f"adversarial-run-{anchor}")
        assert sha256(path) in section
        assert f'href="../adversarial/{path.name}"' in section
        assert f'href="../adversarial/provenance/{path.name}.json"' in section
        assert f"triptych {step}" in text_of(section)
        for word in ("0123456789ab", "CPU, one of glass", "matplotlib", "2026-01-02"):
            assert word in section
    assert f'<a href="../adversarial/raw/{SCORES.name}">{SCORES}</a>' in page
    assert sha256(SCORES) in page


def test_what_was_run_is_read_from_the_records_of_everything_before() -> None:
    said = section_of(write_report(), "made")

    # score, curves, table2, figure, claims, findings, metrics: a CPU second each, at 10 W.
    assert "This run digits 7 7.0 s 0.019 Wh, less than 0.01 g CO₂ 2026-01-02" in said
    assert "Reference run at scale lab digits 7 7.0 s 0.019 Wh" in said
    assert said.count("no file of this run is shown") == 2


def test_findings_are_set_as_text_and_their_html_stays_text() -> None:
    section = html_of(write_report(), "adversarial-run-findings")

    assert IN_FINDINGS in section
    assert "<h5>The threshold</h5>" in section
    assert "<caption><span>The threshold</span></caption>" in section
    assert "&lt;script&gt;alert" in section
    assert "<script>" not in section


def test_text_of_a_record_stays_text() -> None:
    make("adversarial.<b>", {CURVES: "a\n1\n"}, {"<i>": "0"}, {"<u>": "</pre>"}, 1)

    page = write_report()

    assert not {"<b>", "<i>", "<u>"} & set(re.findall(r"<\w+>", page))


def test_a_very_long_table_says_how_much_of_it_is_shown() -> None:
    CURVES.write_text("n\n" + "".join(f"{n}\n" for n in range(1, 1235)))
    record([CURVES], "adversarial.curves", {})

    section = html_of(write_report(), "adversarial-run-curves")

    assert "the first 1000 of 1234 rows" in section
    assert section.count("<tr>") == 1001
    assert "<details" in section


def test_the_page_may_lie_anywhere() -> None:
    page = Path("elsewhere/deep/page.html")

    write_report(page)

    assert 'href="../../results/tiny/adversarial/table2.csv"' in page.read_text()


def test_a_published_table_without_the_columns_that_its_figure_names_is_refused() -> None:
    table = Path("data/published/adversarial/curves.csv")
    table.write_text(table.read_text().replace("tpr", "rate"))

    assert error_of(write_report).where == str(table)
    assert not PAGE.exists()


def test_no_number_is_typed_into_the_templates() -> None:
    for template in TEMPLATES.glob("*.j2"):
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template.read_text(), flags=re.DOTALL)
        assert re.findall(r"[^\d]*\d+(?![^<]*>)", re.sub("SHA-256", "", text_of(text))) == []


def test_the_page_lets_nothing_in_but_its_own_style_and_script() -> None:
    page = write_report()

    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    assert "default-src 'none'; img-src data:;" in policy.group(1)
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in policy.group(1)


def test_the_libraries_are_those_that_were_chosen() -> None:
    vendor = TEMPLATES / "vendor"
    said = (vendor / "README.md").read_text()

    for library in vendor.glob("*.min.*"):
        assert f"`{library.name}`" in said
        assert sha256(library) in said
    assert {path.name for path in vendor.glob("LICENSE-*")} == set(re.findall(r"LICENSE-\w+", said))


def test_whether_snakemake_was_asked_is_said() -> None:
    assert "triptych report --scale tiny" in section_of(write_report(), "made")
    assert "Snakemake was asked" in section_of(ask(), "made")
