"""`triptych report`: the page of a run in any state."""

from pathlib import Path

import pytest
from command_line import parts_of
from small_reports import section_of, text_of
from support import ROOT, Run, edit

from triptych.panels import PANELS
from triptych.report.papers import read_paper


def test_a_fresh_clone_gets_a_page_that_names_every_file_it_should_have(
    project: Path, run: Run
) -> None:
    (project / "other.yaml").write_text(
        "scales: {tiny: {segmentation: {table1: {dataset: drawn_objects}}}}"
    )

    (project / "a third.yaml").write_text("{}")
    overlays = ("--configfile", "other.yaml", "a third.yaml")

    answer = run(project, "triptych", "report", "--scale", "tiny", *overlays)

    assert answer.stderr == "written: logs/tiny/report.html\n"
    page = (project / "logs/tiny/report.html").read_text()
    # Which data set is scored, the parameters alone say.
    for name in ("table1.csv", "fig3_danet.png", "iou_drawn_objects.csv"):
        assert f"Not shown: results/tiny/segmentation/{name} is missing" in text_of(page)
    for panel in ("adversarial", "personalization"):
        assert f"Not shown: results/tiny/{panel}/claims.csv is missing" in text_of(page)
    command = "snakemake --config scale=tiny --configfile other.yaml 'a third.yaml'"
    assert command in section_of(page, "glance")
    # It is no result, and leaves nothing behind.
    assert not (project / "results").exists()
    assert sorted(path.name for path in (project / "logs/tiny").iterdir()) == ["report.html"]


def test_a_parameter_that_is_not_allowed_is_told_and_no_page_is_written(
    project: Path, run: Run
) -> None:
    edit(project / "params.yaml", "seed: 2018", "seed: -1")

    answer = run(project, "triptych", "report", "--scale", "tiny", check=False)

    assert answer.returncode == 1
    assert parts_of(answer.stderr)["expected"].startswith("seed: ")
    assert "Traceback" not in answer.stderr
    assert not (project / "logs").exists()


@pytest.mark.parametrize("panel", PANELS)
def test_every_paper_is_described_so_that_the_page_can_be_made(panel: str) -> None:
    paper = read_paper(ROOT / "data/published", panel)  # type: ignore[arg-type]

    assert paper.tables or paper.figures
    assert all(figure.alternative for figure in paper.figures)
