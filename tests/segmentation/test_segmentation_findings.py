"""The findings: their topics are there, and their numbers follow the tables."""

import numpy as np
import pandas as pd
import pytest
from evaluations import PUBLISHED, evaluations, resampled

from triptych.segmentation.artifacts.evaluations import partners
from triptych.segmentation.artifacts.findings import findings_text
from triptych.segmentation.artifacts.scores import comparisons_table, iou_table
from triptych.segmentation.artifacts.selection import validations
from triptych.segmentation.steps import reporting

_FOLDER = PUBLISHED / "segmentation"


@pytest.fixture
def inputs():
    split = evaluations(["danet"], seeds=(0, 1, 2))
    sampled = resampled([*split, *partners(split)])
    contrasts = pd.read_csv(_FOLDER / "contrasts.csv")
    return {
        "published": {
            table: pd.read_csv(_FOLDER / f"{table}.csv") for table in ("table1", "table2")
        },
        "mmsegmentation": pd.read_csv(_FOLDER / "mmsegmentation.csv"),
        "iou": {"table1": iou_table(split)},
        "comparisons": {"table1": comparisons_table(sampled, contrasts)},
        "datasets": {"table1": "camvid"},
        "validations": pd.DataFrame(
            [
                ("camvid", "danet", "single", "0", 60.0, 58.0),
                ("camvid", "danet", "single", "2", 62.0, 62.0),
            ],
            columns=["dataset", "network", "member", "seed", "best", "last"],
        ),
        "selections": ["On camvid the best weights are scored."],
        "differences": ["A smaller backbone."],
    }


def _section(text, title):
    return text.split(f"\n## {title}\n\n")[1].split("\n## ")[0]


def test_every_section_has_text_and_equal_tables_give_equal_findings(inputs):
    text = findings_text(**inputs)
    sections = text.split("\n## ")[1:]
    assert len(sections) == 9
    assert all(section.split("\n", 1)[1].strip() for section in sections)
    assert "nan" not in text
    assert text == findings_text(**inputs)


def test_the_two_wrong_means_are_named(inputs):
    section = _section(findings_text(**inputs), "The means of Table 1")
    assert "6 of 8 rows agree" in section
    assert section.count(": the printed mean is ") == 2
    assert (
        "DeepLabv3+, ensemble: the printed mean is 77.5, its classes give 77.35 (-0.15)" in section
    )
    assert (
        "DeepLabv3+, same layer: the printed mean is 77.8, its classes give 77.43 (-0.37)"
        in section
    )
    assert "+0.50 over the single network by the printed means and +0.15 by" in section


def test_without_trains_the_ranking_is_another(inputs):
    section = _section(findings_text(**inputs), "The effect of one class")
    assert (
        "The class train differs most between the methods of a network: by 28.9 on DANet" in section
    )
    # The means that the notes computed by hand.
    for part in ("single 77.63, ensemble 77.02", "same layer 79.93", "multiple layer 78.15"):
        assert part in section
    for part in ("ensemble 77.97, single 77.91, same layer 77.90", "multiple layer 78.52"):
        assert part in section
    assert section.count("The order changes") == 2


def test_the_decisive_class_is_looked_for(inputs):
    table = inputs["published"]["table1"]
    table["sky"] = table["sky"].where(table["method"] != "single", 10.0)
    section = _section(findings_text(**inputs), "The effect of one class")
    assert "The class sky differs most" in section
    assert "without sky" in section


def test_where_cooperation_does_not_help_in_the_paper(inputs):
    section = _section(findings_text(**inputs), "Where cooperation does not help in the paper")
    assert section.count("In Table") == 2
    assert "In Table 2 DANet, multiple layer has 78.12, below the single" in section
    assert "In Table 2 DeepLabv3+, ensemble has 78.09, below the single" in section


def test_a_connection_below_the_ensemble_is_named(inputs):
    table = inputs["published"]["table2"]
    table.loc[table["method"] == "same_layer", "miou"] = 80.3
    section = _section(findings_text(**inputs), "Where cooperation does not help in the paper")
    assert "In Table 2 DANet, same layer has 80.30, below the ensemble's 80.60" in section
    assert section.count("In Table") == 3


def test_our_order_comes_with_its_intervals(inputs):
    gaps = inputs["comparisons"]["table1"]
    numbers = ["difference", "low", "high", "verdict", "reason"]
    gaps.loc[0, numbers] = [0.25, -0.5, 1.0, "undecided", "Holm-adjusted p = 0.4"]
    gaps[["null", "null_low", "null_high"]] = [-0.3, -1.0, 0.4]
    section = _section(findings_text(**inputs), "The order of the methods in this run")
    assert section.startswith("On camvid, points of mIoU, 30 images, blocks of 1 in 1 sequences")
    assert (
        "- DANet, same layer minus ensemble: +0.25 (-0.50 to +1.00); 3 seeds: 0, 1, 2; undecided "
        "(Holm-adjusted p = 0.4); null comparison -0.30 (-1.00 to +0.40)." in section
    )
    listed = [line for line in section.splitlines() if line.startswith("- ")]
    assert len(listed) == len(gaps)
    assert all("; 3 seeds: 0, 1, 2; " in line for line in listed)
    assert "- DANet, single minus partner: " in listed[-1]


def test_a_run_without_a_partner_says_that_the_null_comparison_is_missing(inputs):
    inputs["comparisons"]["table1"]["null"] = np.nan
    section = _section(findings_text(**inputs), "The order of the methods in this run")
    assert section.count("null comparison not scored.") == 6


@pytest.mark.parametrize(
    ("verdicts", "answer"),
    [
        (
            ("supported", "supported"),
            "cooperation beats the ensemble: of 2 differences 2 supported",
        ),
        (("supported", "undecided"), "cooperation beats the ensemble in part: of 2"),
        (("supported", "not_supported"), "in some cases and loses in others: of 2"),
        (("not_supported", "undecided"), "cooperation does not beat the ensemble: of 2"),
        (
            ("undecided", "undecided"),
            "it is undecided whether cooperation beats the ensemble: of 2",
        ),
    ],
)
def test_one_sentence_answers_whether_cooperation_beats_the_ensemble(inputs, verdicts, answer):
    gaps = inputs["comparisons"]["table1"]
    deciding = (gaps["kind"] == "primary") & (gaps["smaller"] == "ensemble")
    assert deciding.sum() == 2
    numbers = ["difference", "low", "high", "reason"]
    gaps.loc[deciding, numbers] = [1.5, 0.5, 2.5, "Holm-adjusted p = 0.02"]
    gaps.loc[deciding, "verdict"] = verdicts
    # No other comparison has a voice.
    gaps.loc[~deciding, "verdict"] = "not_supported"
    section = _section(findings_text(**inputs), "Does cooperation beat the ensemble?")
    assert section.startswith("On camvid ")
    assert answer in section
    assert "(3 seeds: 0, 1, 2)" in section
    assert (
        "DANet, same layer minus ensemble +1.50 (+0.50 to +2.50), Holm-adjusted p = 0.02" in section
    )


def test_one_seed_leaves_the_question_undecided_and_drawn_scenes_say_so(inputs):
    split = evaluations(["danet"], dataset="drawn_streets")
    table = comparisons_table(resampled(split), pd.read_csv(_FOLDER / "contrasts.csv"))
    inputs |= {"comparisons": {"table1": table}, "datasets": {"table1": "drawn_streets"}}
    section = _section(findings_text(**inputs), "Does cooperation beat the ensemble?")
    assert section.startswith("On drawn_streets it is undecided whether cooperation beats")
    assert "(1 seed: 0)" in section
    assert section.count(", one seed") == 2
    assert "drawn scenes say nothing on the paper's claim." in section


def test_a_run_without_an_ensemble_cannot_answer(inputs):
    gaps = inputs["comparisons"]["table1"]
    inputs["comparisons"]["table1"] = gaps[gaps["smaller"] != "ensemble"]
    section = _section(findings_text(**inputs), "Does cooperation beat the ensemble?")
    assert section.strip() == "On camvid this run has no cooperating network beside an ensemble."


def test_the_last_validation_stands_beside_the_best(inputs):
    section = _section(findings_text(**inputs), "The choice of the weights")
    assert section.startswith("On camvid the best weights are scored. ")
    assert "camvid, DANet, single: best 61.00, last 60.00 (-1.00; seeds 0, 2)." in section


def test_validations_are_read_from_the_histories():
    history = pd.DataFrame({"step": [1, 2, 3, 4], "validation": [np.nan, 0.6, 0.4, np.nan]})
    (row,) = validations(["voc/danet/partner/7"], [history]).to_dict("records")
    expected = {"dataset": "voc", "network": "danet", "member": "partner", "seed": "7"}
    assert row == expected | {"best": 60.0, "last": 40.0}


def test_other_outputs_stand_against_the_result(inputs):
    scores = inputs["iou"]["table1"]
    cooperating = scores["method"] == "same_layer"
    scores.loc[cooperating, ["miou", "miou_top", "miou_mean_of_both"]] = [0.5, 0.45, 0.52]
    section = _section(findings_text(**inputs), "The outputs of cooperating networks")
    assert (
        "On camvid DANet, same layer: bottom 50.00, top 45.00 (-5.00), "
        "mean of both 52.00 (+2.00); seeds 0, 1, 2." in section
    )
    assert "single:" not in section


def test_the_papers_baselines_stand_against_mmsegmentation(inputs):
    section = _section(findings_text(**inputs), "The paper's baselines and mmsegmentation")
    assert (
        "On cityscapes the paper's single DANet has 75.90; mmsegmentation reaches 79.88 to 80.52 "
        "with ResNet-101 (+3.98 to +4.62). The paper's best, same layer, has 79.00, below all of "
        "these values." in section
    )
    assert "76.89" not in section
    assert "DANet has 80.04; mmsegmentation reaches 76.02 to 76.51" in section
    assert section.count("above all of these") == 2


def test_a_baseline_among_those_of_mmsegmentation_is_called_so(inputs):
    table = inputs["published"]["table1"]
    table.loc[table["network"] == "danet", "miou"] = 80.0
    section = _section(findings_text(**inputs), "The paper's baselines and mmsegmentation")
    assert section.count("among these") == 1


def test_the_differences_of_our_setting_are_passed_on(inputs):
    assert "A smaller backbone." in findings_text(**inputs)
    assert "None." in findings_text(**{**inputs, "differences": []})


def test_a_run_of_nothing_still_finds_what_the_paper_holds(inputs, tmp_path):
    reporting.findings(
        iou=[],
        comparisons=[],
        histories=(),
        published=[_FOLDER / "table1.csv", _FOLDER / "table2.csv"],
        mmsegmentation=_FOLDER / "mmsegmentation.csv",
        findings=tmp_path / "findings.md",
        datasets=[],
        iou_datasets=[],
        trainings=[],
        selections=[],
        differences=["A smaller backbone."],
    )
    text = (tmp_path / "findings.md").read_text(encoding="utf-8")
    assert "Scored: nothing." in text
    everything = findings_text(**inputs)
    for title in ("The means of Table 1", "The paper's baselines and mmsegmentation"):
        assert _section(text, title) == _section(everything, title)


def test_the_outputs_of_a_control_are_listed_from_its_own_table(tmp_path):
    tables = {"": ["single", "same_layer"], "_detached": ["same_layer_detached"]}
    paths = [tmp_path / f"iou{name}.csv" for name in tables]
    for path, methods in zip(paths, tables.values(), strict=True):
        iou_table(evaluations(["danet"], methods)).to_csv(path, index=False)
    contrasts = pd.read_csv(_FOLDER / "contrasts.csv")
    comparisons_table({}, contrasts).to_csv(tmp_path / "comparisons.csv", index=False)
    reporting.findings(
        iou=paths,
        comparisons=[tmp_path / "comparisons.csv"],
        published=[_FOLDER / "table1.csv", _FOLDER / "table2.csv"],
        mmsegmentation=_FOLDER / "mmsegmentation.csv",
        findings=tmp_path / "findings.md",
        datasets=["camvid"],
        iou_datasets=["camvid", "camvid"],
        trainings=[],
        selections=[],
        differences=[],
    )
    text = (tmp_path / "findings.md").read_text(encoding="utf-8")
    outputs = _section(text, "The outputs of cooperating networks")
    assert "On camvid DANet, same layer: bottom" in outputs
    assert "On camvid DANet, same layer detached: bottom" in outputs
