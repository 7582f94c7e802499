"""The charts of the page: their pictures, their data, and files that cannot be drawn."""

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from small_charts import CLASSES, HISTOGRAMS, HISTORIES, SCORES, THRESHOLD, THRESHOLDS
from small_reports import (
    ADOPTED,
    PAGE,
    RESULTS,
    ask,
    html_of,
    record,
    section_of,
    text_of,
    write_report,
)
from support import ROOT, edit

from triptych.config.load import read
from triptych.report.files import histories, reference_artifacts

CHARTS = (
    *("adversarial-run-scores", "adversarial-run-training"),
    *("segmentation-run-classes_streets", "segmentation-run-training"),
    *("personalization-run-methods", "personalization-run-training"),
)


@pytest.fixture
def page(charted: Path) -> str:
    """The page with a chart of each kind."""
    return (charted / PAGE).read_text(encoding="utf-8")


@pytest.fixture
def results(charted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it was made from, to be changed."""
    shutil.copytree(charted, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


def data_of(page: str, anchor: str) -> Any:
    """What JavaScript draws from."""
    (text,) = re.findall(r'<script type="application/json">(.*?)</script>', html_of(page, anchor))
    return json.loads(text)


def picture_of(page: str, anchor: str) -> str:
    """The text of the SVG."""
    (content,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', html_of(page, anchor))
    return base64.b64decode(content).decode()


@pytest.mark.usefixtures("results")
def test_each_chart_has_a_picture_with_words_and_data_for_javascript(page: str) -> None:
    for anchor in CHARTS:
        section = html_of(page, anchor)
        assert len(re.findall('<img src="data:image/svg[^>]* alt="[^"]{40,}"', section)) == 1
        assert data_of(page, anchor)
        assert "Drawn from" in text_of(section)
    assert write_report() == page


def test_the_scores_start_where_knowledge_of_the_detector_changes_most(page: str) -> None:
    # Natural, 0.20: the combined share falls from 49 of 50 to 8 of 50.
    picture = picture_of(page, "adversarial-run-scores")
    assert "natural, epsilon 0.20" in picture
    assert "98.0% right or flagged" in picture
    assert "16.0% right or flagged" in picture
    data = data_of(page, "adversarial-run-scores")
    assert data["start"] == {"model": "natural", "epsilon": "0.20"}
    assert data["edges"][data["threshold"]] == float(THRESHOLD)
    assert len(data["groups"]) == 6


@pytest.mark.usefixtures("results")
def test_without_an_attack_that_knows_the_detector_the_first_epsilon_is_shown() -> None:
    lines = HISTOGRAMS.read_text().splitlines()
    HISTOGRAMS.write_text("\n".join(line for line in lines if "aware" not in line))
    record([HISTOGRAMS], "adversarial.histograms", {})

    assert "natural, epsilon 0.10" in picture_of(write_report(), "adversarial-run-scores")


def test_classes_are_drawn_by_network_and_methods(page: str) -> None:
    picture = picture_of(page, CHARTS[2])
    assert "DANet: same layer minus single" in picture
    assert "column pole" in picture
    first, *_, last = data_of(page, CHARTS[2])["pairs"]
    # The class fence is absent for a model.
    assert [row["name"] for row in first["rows"]] == ["sky", "column pole", "car"]
    assert first["rows"][2] == {"name": "car", "value": 0.4, "low": None, "high": None}
    # A name in a file ends no element of the page.
    assert last["rows"][0]["name"] == "</script>"


@pytest.mark.usefixtures("results")
def test_a_long_table_that_a_chart_shows_is_not_repeated() -> None:
    section = html_of(write_report(), "segmentation-run-classes_")
    assert "<table" in section

    row = "danet,same_layer,single,sky,1.5,0.5,2.5,0\n"
    CLASSES.write_text(CLASSES.read_text() + 50 * row)
    record([CLASSES], "segmentation.classes", {})
    section = html_of(write_report(), "segmentation-run-classes_")

    assert "<table" not in section
    assert "Its file: classes_streets.csv. A chart shows its content." in text_of(section)
    assert "How classes_streets.csv was made" in text_of(section)


def test_a_method_needs_both_scores_and_real_photos_are_no_method(page: str) -> None:
    assert [point["name"] for point in data_of(page, CHARTS[4])["points"]] == [
        "DreamBooth",
        "IP-Adapter",
    ]
    said = section_of(page, CHARTS[4])
    assert "prompt fidelity 0.200 (0.100 to 0.300), identity 0.600 (0.500 to 0.700)" in said
    assert "prompt fidelity 0.400, identity 0.300" in said


@pytest.mark.usefixtures("results")
def test_a_run_that_did_not_measure_fidelity_has_no_chart_of_it() -> None:
    SCORES.write_text(SCORES.read_text().replace("fidelity", "copy"))
    record([SCORES], "personalization.table1", {})

    assert 'data-kind="methods"' not in write_report()


def test_trainings_that_differ_in_their_seed_are_one_model(page: str) -> None:
    (model,) = data_of(page, "segmentation-run-training")["models"]

    assert model["name"] == "streets, danet, single"
    expected = {"steps": [10, 20], "loss": [2.5, 0.5], "validation": [None, 0.75]}
    assert model["trainings"] == [expected, expected]


@pytest.mark.usefixtures("results")
def test_a_long_history_is_thinned_and_ends_with_its_last_step() -> None:
    rows = (f"{step},1.5,0.1," for step in range(1, 1000))
    HISTORIES[0].write_text("\n".join(["step,loss,learning_rate,validation", *rows]))
    record([HISTORIES[0]], "adversarial.train", {})

    (model,) = data_of(write_report(), "adversarial-run-training")["models"]

    steps = model["trainings"][0]["steps"]
    assert 100 < len(steps) <= 150
    assert steps[-1] == 999


@pytest.mark.usefixtures("results")
@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        (HISTOGRAMS, f"0.002,{THRESHOLD}", "0.002,0.004", "the threshold is inside a bin"),
        (HISTOGRAMS, "correct", "right", "correct"),
        (THRESHOLDS, "as_published", "other", "not enough values"),
        (CLASSES, "1.5,0.5", "much,0.5", "much"),
        (SCORES, "0.60", "", "could not convert"),
        (HISTORIES[0], "validation", "held_out", "no column validation"),
        (HISTORIES[0], "10,2.5", "ten,2.5", "ten"),
        (HISTORIES[0], "10,2.5", "10,nan", "not finite"),
    ],
)
def test_a_file_that_cannot_be_drawn_is_named(path: Path, old: str, new: str, said: str) -> None:
    edit(path, old, new)
    record([path], "adversarial.train", {})

    notices = re.findall(r'<p class="notice">.*?</p>', write_report(), re.DOTALL)

    assert any(f"<code>{path}</code> is no" in one and said in one for one in notices)


@pytest.mark.usefixtures("results")
def test_an_altered_file_is_not_drawn() -> None:
    edit(THRESHOLDS, THRESHOLD, "0.004")

    page = ask(further=[HISTOGRAMS, THRESHOLDS])

    section = html_of(page, "adversarial-run-scores")
    assert "<img" not in section
    assert f"Not shown: {THRESHOLDS} is not the file" in text_of(section)
    # Its own table names it, too: it is one file.
    assert f"Not shown: {THRESHOLDS}" in section_of(page, "adversarial-run-thresholds")
    assert "This run: 1 file is not shown" in section_of(page, "glance")


@pytest.mark.usefixtures("results")
def test_a_history_that_the_run_should_have_is_named() -> None:
    HISTORIES[0].unlink()

    page = ask(further=[HISTORIES[0]])

    assert f"Not shown: {HISTORIES[0]} is missing" in section_of(page, "adversarial-run-training")


@pytest.mark.usefixtures("results")
def test_a_run_without_such_files_has_no_charts() -> None:
    RESULTS.rename("elsewhere")

    assert 'class="chart"' not in write_report()


@pytest.mark.usefixtures("results")
def test_charts_of_an_adopted_run_are_folded() -> None:
    history = ADOPTED / "models/natural.history.csv"
    history.parent.mkdir()
    history.write_text(HISTORIES[0].read_text())
    record([history], "adversarial.train", {})

    page = write_report()

    assert "Charts of this run" in section_of(page, "adversarial-lab-charts")
    assert data_of(page, "adversarial-lab-training")["models"][0]["name"] == "natural"
    assert history.as_posix() in reference_artifacts()


def test_the_page_depends_on_the_history_of_every_training() -> None:
    paths = histories(read(ROOT / "params.yaml"), "smoke")

    panels = {Path(path).parts[2] for path in paths}
    assert panels == {"adversarial", "segmentation", "personalization"}
    assert "results/smoke/personalization/models/ip_adapter/0.history.csv" in paths
