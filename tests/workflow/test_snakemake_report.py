"""Snakemake's own report of a finished scale: one file with words, tables and figures."""

import base64
import html
import json
import re
import shutil
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect
from support import ROOT, Run, dry_run, execute

from triptych.config.load import read
from triptych.panels import PANELS
from triptych.report.files import panel_artifacts
from triptych.report.papers import Artifact, read_paper

PAPERS = {panel: read_paper(ROOT / "data/published", panel) for panel in PANELS}
ARTIFACTS = [
    pytest.param(panel, artifact, id=f"{panel} {artifact.name}")
    for panel, paper in PAPERS.items()
    for artifact in (*paper.tables, *paper.figures, *paper.beyond)
]
MADE = [*map(Path, panel_artifacts(read(ROOT / "params.yaml"), "tiny"))]
REMARK = "A remark that was added after the run."
OFFLINE = ("unshare", "--map-root-user", "--net")


def words(text: str) -> str:
    """Markdown or HTML without its signs."""
    plain = html.unescape(re.sub("<[^>]*>", "", text))
    return " ".join(plain.replace("`", "").split())


@pytest.fixture(scope="module")
def project(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished project with one caption changed after the run."""
    folder = tmp_path_factory.mktemp("report") / "project"
    shutil.copytree(finished, folder, symlinks=True, ignore=shutil.ignore_patterns("cache"))
    with (folder / "workflow/report/figure.rst").open("a") as caption:
        caption.write(f"\n{REMARK}\n")
    return folder


@pytest.fixture(scope="module")
def report(project: Path) -> Path:
    """The report, made without a network where that can be taken away."""
    able = shutil.which("unshare") and not subprocess.run([*OFFLINE, "true"]).returncode
    command = ("snakemake", "--report", "report.html", "--config", "scale=tiny")
    execute(project, *(OFFLINE if able else ()), *command)
    return project / "report.html"


@pytest.fixture(scope="module")
def shown(report: Path) -> dict[str, Any]:
    """The report's entry for each file."""
    found = re.search(r'<script id="results">\s*var results = (.*);$', report.read_text(), re.M)
    assert found
    return json.loads(found[1])


@pytest.mark.dag
def test_a_changed_caption_makes_no_result_again(project: Path, run: Run) -> None:
    told = dry_run(run, project)

    # The crate holds a copy of the workflow, captions too.
    assert set(re.findall(r"^(\w+) +\d+$", told, re.MULTILINE)) <= {"all", "write_crate", "total"}


@pytest.mark.dag
@pytest.mark.parametrize(("panel", "artifact"), ARTIFACTS)
def test_an_artifact_is_shown_with_the_words_of_its_paper(
    shown: dict[str, Any], project: Path, panel: str, artifact: Artifact
) -> None:
    folder = Path("results/tiny") / panel
    found = {p for p in map(Path, shown) if p.parent == folder and fnmatch(p.stem, artifact.name)}
    # The parameters of the scale decide whether there are sweeps, among others.
    files = {p for p in MADE if p.parent == folder and fnmatch(p.stem, artifact.name)}

    assert bool(found) == bool(files)
    for path in found:
        entry = shown[path.as_posix()]
        assert words(artifact.caption) in words(entry["caption"])
        assert entry["labels"]["File"] == f"{artifact.title} ({path.name})"
        embedded = base64.b64decode(entry["data_uri"].partition("base64,")[2])
        assert embedded == (project / path).read_bytes()


@pytest.mark.dag
def test_captions_are_read_when_the_report_is_made(shown: dict[str, Any]) -> None:
    assert REMARK in words(shown["results/tiny/adversarial/fig2_tpr.svg"]["caption"])


@pytest.mark.dag
def test_tables_and_findings_can_be_read_in_the_report(shown: dict[str, Any]) -> None:
    table = shown["results/tiny/adversarial/table2.csv"]["caption"]
    assert len(re.findall("<tr>", table)) == 16
    findings = shown["results/tiny/personalization/findings.md"]["caption"]
    assert "The floor of a Fréchet distance" in words(findings)


@pytest.mark.dag
def test_a_reader_finds_each_figure_under_its_paper(report: Path, browser: Browser) -> None:
    page = browser.new_page()
    faults: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.add(request.url.partition(":")[0]))

    page.goto(report.as_uri())
    for paper in PAPERS.values():
        page.get_by_text(paper.name, exact=True).click()
        for heading in ("Beyond the paper", "Claims and findings", "Tables", "Figures"):
            expect(page.get_by_text(heading, exact=True)).to_be_visible()
        page.get_by_text("Figures", exact=True).click()
        for figure in paper.figures:
            page.get_by_role("row", name=f"{figure.title} ").locator("a").first.click()
            image = page.locator("img:not(nav img)")
            page.wait_for_function("image => image.complete", arg=image.element_handle())
            assert image.evaluate("image => image.naturalWidth") > 100
        page.get_by_text("Results", exact=True).click()
    page.get_by_text("All panels", exact=True).click()
    expect(page.get_by_role("row", name="claims.csv")).to_be_visible()

    assert faults == []
    assert asked <= {"file", "data"}
