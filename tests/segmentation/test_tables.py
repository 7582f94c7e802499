"""The tables: contents, order, and the cells of models that were not run."""

import re

import numpy as np
import pandas as pd
import pytest
from evaluations import PUBLISHED, evaluations, written

from triptych.cli import app
from triptych.data.classes import class_table
from triptych.segmentation.artifacts.evaluations import MODELS
from triptych.segmentation.artifacts.resampling import resample
from triptych.segmentation.artifacts.scores import comparisons_table, iou_table, scores_table
from triptych.segmentation.artifacts.tables import caption, result_layout, result_table, upright

_PUBLISHED = {
    number: pd.read_csv(PUBLISHED / "segmentation" / f"table{number}.csv") for number in (1, 2)
}
_SETTING = "camvid, test split, resnet18, batch 8"


def _scores(dataset="camvid", methods=("single", "same_layer"), seeds=(0,), **options):
    split = evaluations(["danet"], methods, seeds, dataset=dataset, **options)
    return scores_table(resample(split, 100, 1), class_table(dataset).names)


def _cell(table, method, name, network="danet"):
    (row,) = table[
        (table["network"] == network) & (table["method"] == method) & (table["class"] == name)
    ].to_dict("records")
    return row


def _layout(dataset="camvid", costs=None, number=1, **options):
    scores = _scores(dataset, **options)
    return result_layout(result_table(scores, _PUBLISHED[number]), scores, costs, number)


def test_iou_has_a_row_a_model_and_seed_and_a_column_a_class():
    table = iou_table(evaluations(seeds=(0, 1)))
    own, others = ("network", "method", "seed", "miou"), ("miou_top", "miou_mean_of_both")
    assert list(table.columns) == [*own, *class_table("camvid").names, *others]
    assert len(table) == 16
    classes = table[list(class_table("camvid").names)]
    assert table["miou"].tolist() == pytest.approx(classes.mean(axis=1).tolist())
    assert classes.max(axis=None) <= 1


def test_only_cooperating_networks_have_other_outputs():
    table = iou_table(evaluations(["danet"])).set_index("method")
    blank = table[["miou_top", "miou_mean_of_both"]].isna().all(axis=1)
    assert blank[["single", "ensemble"]].all()
    assert not blank[["same_layer", "multiple_layer"]].any()
    assert (table["miou_top"] < table["miou"])[["same_layer", "multiple_layer"]].all()


def test_scores_are_the_means_over_seeds_in_percent():
    split = evaluations(["danet"], ["single"], (0, 1))
    row = _cell(_scores(seeds=(0, 1)), "single", "car")
    assert row["value"] == pytest.approx(100 * iou_table(split)["car"].mean())
    assert row["low"] < row["value"] < row["high"]
    assert (row["seeds"], row["n"]) == (2, 30)
    assert row["spread"] > 0
    assert np.isnan(_cell(_scores(), "single", "car")["spread"])


def test_comparisons_are_of_methods_that_were_run():
    split = evaluations(methods=["single", "ensemble", "same_layer"])
    table = comparisons_table(resample(split, 100, 1))
    assert list(table.columns) == ["network", "larger", "smaller", "difference", "low", "high"]
    pairs = list(zip(table["larger"], table["smaller"], strict=True))[:3]
    assert pairs == [("same_layer", "ensemble"), ("same_layer", "single"), ("ensemble", "single")]
    assert len(table) == 6
    assert (table["low"] <= table["difference"]).all()
    assert (table["difference"] <= table["high"]).all()
    scores = scores_table(resample(split, 100, 1), class_table("camvid").names)
    gap = [_cell(scores, method, "miou")["value"] for method in ("same_layer", "ensemble")]
    assert table["difference"][0] == pytest.approx(gap[0] - gap[1])
    without_single = evaluations(["danet"], ["ensemble", "same_layer"])
    assert len(comparisons_table(resample(without_single, 100, 1))) == 1


def test_a_run_on_the_papers_classes_has_both_numbers_everywhere():
    table = result_table(_scores("drawn_streets"), _PUBLISHED[1])
    numbers = ("value", "low", "high", "published")
    assert list(table.columns) == ["network", "method", "class", *numbers]
    assert len(table) == 8 * 20
    assert list(table["class"][:20]) == list(_PUBLISHED[1].columns[2:])
    models = table[["network", "method"]].drop_duplicates()
    assert list(models.itertuples(index=False, name=None)) == list(MODELS)
    bus = _cell(table, "same_layer", "bus")
    assert bus["published"] == 85.5
    assert bus["value"] == _cell(_scores("drawn_streets"), "same_layer", "bus")["value"]
    assert table["published"].notna().all()
    # Four methods of one network and two of the other were not run.
    assert table["value"].notna().sum() == 2 * 20


def test_a_run_on_other_classes_has_the_published_mean_alone():
    table = result_table(_scores("camvid"), _PUBLISHED[1])
    assert len(table) == 8 * 12
    assert list(table["class"][:12]) == ["miou", *class_table("camvid").names]
    assert _cell(table, "single", "miou")["published"] == 75.9
    # CamVid has cars, too: not those of Cityscapes.
    assert np.isnan(_cell(table, "single", "car")["published"])
    assert not np.isnan(_cell(table, "single", "car")["value"])
    assert set(table.loc[table["published"].notna(), "class"]) == {"miou"}


def test_the_layout_has_a_row_a_model_and_ours_before_the_published():
    layout = _layout("drawn_streets", seeds=(0, 1))
    assert list(layout["network"]) == ["DANet"] * 4 + ["DeepLabv3+"] * 4
    assert list(layout["method"])[:4] == ["single", "ensemble", "same layer", "multiple layer"]
    assert "traffic light" in layout
    assert re.fullmatch(r"\d\d\.\d ± \d\.\d \(75\.9\)", layout["mIoU"][0])
    assert layout["mIoU"][1] == "- (76.8)"


def test_the_layout_of_one_seed_has_no_spread():
    layout = _layout()
    assert re.fullmatch(r"\d\d\.\d \(75\.9\)", layout["mIoU"][0])
    assert re.fullmatch(r"\d\d\.\d", layout["car"][0])
    assert layout["car"][1] == "-"


def test_table_2_has_two_decimals():
    layout = result_layout(result_table(None, _PUBLISHED[2]), None, None, 2)
    assert layout["mIoU"].tolist()[:2] == ["- (80.04)", "- (80.60)"]


def test_costs_stand_beside_the_methods():
    costs = pd.DataFrame(
        {"network": ["danet"], "method": ["ensemble"], "parameters": [132.94], "gmacs": [1347.2]}
    )
    assert "GMACs" not in _layout()
    layout = _layout(costs=costs)
    assert list(layout.columns)[:5] == ["network", "method", "parameters, M", "GMACs", "mIoU"]
    assert list(layout.iloc[1])[2:4] == ["132.9", "1347.2"]
    assert list(layout.iloc[0])[2:4] == ["-", "-"]


def test_an_upright_layout_has_the_same_cells():
    layout = _layout()
    turned = upright(layout)
    assert list(turned.columns)[1] == "DANet, single"
    assert list(turned.iloc[:, 0]) == ["mIoU", *class_table("camvid").names]
    assert turned.iloc[:, 1:].T.to_numpy().tolist() == layout.iloc[:, 2:].to_numpy().tolist()


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        ("cityscapes", None),
        ("camvid", "this run scores camvid"),
        ("drawn_streets", "this run scores drawn scenes"),
    ],
)
def test_the_caption_says_what_cannot_be_compared(dataset, said):
    text = caption(1, _SETTING, _scores(dataset), dataset)
    assert ("No number is comparable" in text) == (said is not None)
    assert said is None or said in text


def test_the_caption_names_setting_images_seeds_and_the_fair_control():
    text = caption(1, _SETTING, _scores(seeds=(0, 1, 2)), "camvid")
    for part in (_SETTING, "n = 30 images", "seeds: 3;", "standard deviation", "the ensemble"):
        assert part in text
    assert "standard deviation" not in caption(1, _SETTING, _scores(), "camvid")
    uneven = pd.concat([_scores(seeds=(0, 1)), _scores(methods=["ensemble"])])
    assert "seeds: 1 to 2;" in caption(1, _SETTING, uneven, "camvid")


def test_the_caption_of_a_table_that_was_not_run_says_so():
    assert "this table was not run" in caption(2, "", None, None)


def _call(*words):
    """Run a step as the command line does."""
    app([*map(str, words)], result_action="return_value")


def test_the_steps_make_all_tables(tmp_path):
    paths = written(evaluations(), tmp_path / "raw")
    tables = {name: tmp_path / f"{name}.csv" for name in ("iou", "scores", "comparisons")}
    options = [word for name, path in tables.items() for word in (f"--{name}", path)]
    _call("segmentation", "iou", "--evaluations", *paths, *options, "--resamples", 100, "--seed", 1)
    assert [len(pd.read_csv(path)) for path in tables.values()] == [8, 8 * 12, 10]

    outputs = {kind: tmp_path / f"table1.{kind}" for kind in ("csv", "md", "tex")}
    named = ["--csv", outputs["csv"], "--markdown", outputs["md"], "--latex", outputs["tex"]]
    published = PUBLISHED / "segmentation" / "table1.csv"
    ours = ["--scores", tables["scores"], "--costs", "--published", published]
    last = ["--number", 1, "--setting", _SETTING, "--dataset", "camvid"]
    _call("segmentation", "table", *ours, *named, *last)
    assert len(pd.read_csv(outputs["csv"])) == 8 * 12
    assert outputs["md"].read_text(encoding="utf-8").count("\n| D") == 8
    assert "DANet, same layer" in outputs["tex"].read_text(encoding="utf-8")


def test_the_step_makes_a_table_of_nothing_but_published_values(tmp_path):
    outputs = ["--csv", tmp_path / "t.csv", "--markdown", tmp_path / "t.md"]
    outputs += ["--latex", tmp_path / "t.tex", "--number", 2, "--setting", ""]
    published = PUBLISHED / "segmentation" / "table2.csv"
    _call("segmentation", "table", "--scores", "--costs", "--published", published, *outputs)
    table = pd.read_csv(tmp_path / "t.csv")
    assert table["published"].tolist() == _PUBLISHED[2]["miou"].tolist()
    assert table[["value", "low", "high"]].isna().all(axis=None)
