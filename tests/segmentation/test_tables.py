"""The tables: contents, order, and the cells of models that were not run."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from evaluations import PUBLISHED, evaluations, resampled, written

from triptych.claims.differences import holm
from triptych.cli import app
from triptych.config.segmentation import CONTROLS
from triptych.data.classes import class_table
from triptych.segmentation.artifacts.evaluations import MODELS, partners
from triptych.segmentation.artifacts.scores import (
    class_differences_table,
    comparisons_table,
    iou_table,
    scores_table,
)
from triptych.segmentation.artifacts.tables import caption, result_layout, result_table, upright

_PUBLISHED = {
    number: pd.read_csv(PUBLISHED / "segmentation" / f"table{number}.csv") for number in (1, 2)
}
_CONTRASTS = pd.read_csv(PUBLISHED / "segmentation" / "contrasts.csv")
_SETTING = "camvid, test split, resnet18, batch 8"


def _scores(dataset="camvid", methods=("single", "same_layer"), seeds=(0,), **options):
    split = evaluations(["danet"], methods, seeds, dataset=dataset, **options)
    return scores_table(resampled(split), class_table(dataset).names)


def _compared(split):
    return comparisons_table(resampled([*split, *partners(split)]), _CONTRASTS)


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
    own = ("network", "method", "seed", "miou")
    others = ("miou_top", "miou_mean_of_both", "miou_partner")
    assert list(table.columns) == [*own, *class_table("camvid").names, *others]
    assert len(table) == 16
    classes = table[list(class_table("camvid").names)]
    assert table["miou"].tolist() == pytest.approx(classes.mean(axis=1).tolist())
    assert classes.max(axis=None) <= 1


def test_only_cooperating_networks_and_ensembles_have_other_outputs():
    table = iou_table(evaluations(["danet"])).set_index("method")
    assert table["miou_partner"].notna().tolist() == [False, True, False, False]
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


def test_comparisons_are_the_planned_ones_of_methods_that_were_run():
    split = evaluations(methods=["single", "ensemble", "same_layer"], seeds=(0, 1, 2))
    table = _compared(split)
    keys = ["kind", "network", "larger", "smaller"]
    danet = table.loc[table["network"] == "danet", keys].itertuples(index=False, name=None)
    assert list(danet) == [
        ("primary", "danet", "same_layer", "ensemble"),
        ("secondary", "danet", "same_layer", "single"),
        ("control", "danet", "ensemble", "single"),
        ("null_comparison", "danet", "single", "partner"),
    ]
    assert len(table) == 8
    assert (table["low"] <= table["difference"]).all()
    assert (table["difference"] <= table["high"]).all()
    scores = scores_table(resampled(split), class_table("camvid").names)
    gap = [_cell(scores, method, "miou")["value"] for method in ("same_layer", "ensemble")]
    assert table["difference"][0] == pytest.approx(gap[0] - gap[1])
    assert _compared(evaluations(["danet"], ["single"])).empty


def test_a_class_differs_by_the_difference_of_its_scores():
    split = evaluations(["danet"], ["single", "ensemble", "same_layer"], (0, 2, 5))
    sampled, names = resampled([*split, *partners(split)]), class_table("camvid").names
    table, scores = (
        class_differences_table(sampled, _CONTRASTS, names),
        scores_table(sampled, names),
    )

    pairs = table[["larger", "smaller"]].drop_duplicates().itertuples(index=False, name=None)
    assert list(pairs) == [
        ("same_layer", "ensemble"),
        ("same_layer", "single"),
        ("ensemble", "single"),
        ("single", "partner"),
    ]
    rows = table[table["larger"] == "same_layer"]
    assert rows["class"].tolist() == [*names, *names]
    for row in rows.to_dict("records"):
        values = [_cell(scores, row[name], row["class"])["value"] for name in ("larger", "smaller")]
        assert row["difference"] == pytest.approx(values[0] - values[1])
        assert row["low"] < row["difference"] < row["high"]
    assert set(table["seeds"]) == {"0 2 5"}


def test_the_paper_s_networks_and_controls_are_all_planned():
    primary = _CONTRASTS[_CONTRASTS["kind"] == "primary"]
    assert len(primary) == 6
    assert not _CONTRASTS.duplicated(["network", "larger", "smaller"]).any()
    assert set(_CONTRASTS["smaller"]) >= {*CONTROLS, "ensemble", "single", "partner"}


def test_each_comparison_names_its_seeds_and_stands_beside_the_null_comparison():
    split = evaluations(["danet"], ["single", "ensemble", "same_layer"], (0, 2, 5))
    table = _compared(split).set_index("kind")
    assert set(table["seeds"]) == {"0 2 5"}
    assert set(table["n_seeds"]) == {3}
    null = table.loc["null_comparison"]
    for name, source in (("null", "difference"), ("null_low", "low"), ("null_high", "high")):
        assert set(table[name]) == {null[source]}
    # The partner of the helper shares half the luck of a seed.
    assert null["difference"] != 0
    without = [replace(one, alternatives={}) for one in split]
    assert _compared(without)["null"].isna().all()


@pytest.mark.parametrize(("seeds", "reason"), [((0,), "one seed"), ((0, 1), "two seeds")])
def test_fewer_than_three_seeds_decide_nothing(seeds, reason):
    table = _compared(evaluations(["danet"], seeds=seeds))
    assert (table["low"] > 0).any()
    assert set(table["verdict"]) == {"undecided"}
    assert set(table["reason"]) == {reason}
    assert table[["p", "p_holm"]].isna().all(axis=None)


def test_three_seeds_decide_and_each_kind_that_the_paper_claims_is_corrected():
    table = _compared(evaluations(["danet"], seeds=(0, 1, 2)))
    for kind, planned in (("primary", 6), ("secondary", 4)):
        rows = table[table["kind"] == kind]
        assert rows["p_holm"].tolist() == pytest.approx(holm(rows["p"], planned))
        assert (rows["verdict"] + rows["reason"]).str.startswith("supportedHolm-adjusted p").all()
    others = table.query("kind not in ('primary', 'secondary')")
    assert (others["p_holm"].isna() & others["reason"].str.match(r"p [=<] 0\.\d{4}$")).all()
    assert not table["reason"].str.contains("= 0.0000").any()


def test_a_difference_that_holm_s_correction_takes_back_is_undecided():
    single = evaluations(["danet"], ["ensemble"], (0, 1, 2))
    barely = [
        replace(one, method="same_layer") for one in evaluations(["danet"], ["ensemble"], (2, 4, 4))
    ]
    same = [replace(one, seed=seed) for one, seed in zip(barely, (0, 1, 2), strict=True)]
    (row,) = _compared([*single, *same]).query("kind == 'primary'").to_dict("records")
    assert row["low"] > 0
    assert row["p"] < 0.05 < row["p_holm"]
    assert row["verdict"] == "undecided"


def test_the_lower_method_is_not_supported():
    split = evaluations(["deeplabv3plus"], ["same_layer", "multiple_layer"], (0, 1, 2))
    (row,) = _compared(split).to_dict("records")
    assert (row["larger"], row["verdict"]) == ("multiple_layer", "not_supported")


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


def test_controls_stand_below_the_eight_rows_without_published_numbers():
    scores = _scores(methods=["single", *CONTROLS])
    table = result_table(scores, _PUBLISHED[1])
    models = table[["network", "method"]].drop_duplicates()
    controls = [("danet", method) for method in CONTROLS]
    assert list(models.itertuples(index=False, name=None)) == [*MODELS, *controls]
    rows = table[table["method"].isin(CONTROLS)]
    assert rows["published"].isna().all()
    assert rows["value"].notna().all()
    layout = result_layout(table, scores, None, 1)
    assert list(layout["method"])[8:] == ["single longer", "same layer detached", "mutual"]
    assert "controls of this run" in caption(1, _SETTING, scores, "camvid")
    assert "controls of this run" not in caption(1, _SETTING, _scores(), "camvid")


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
        {
            "network": ["danet"],
            "method": ["ensemble"],
            "parameters": [132.94],
            "gmacs": [1347.2],
            "training": [2.0],
        }
    )
    assert "GMACs" not in _layout()
    layout = _layout(costs=costs)
    costly = ["parameters, M", "GMACs", "training, times single"]
    assert list(layout.columns)[:6] == ["network", "method", *costly, "mIoU"]
    assert list(layout.iloc[1])[2:5] == ["132.9", "1347.2", "2.0"]
    assert list(layout.iloc[0])[2:5] == ["-", "-", "-"]


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
    counts = tmp_path / "counts.csv.xz"
    made = ["--iou", tmp_path / "iou.csv", "--counts", counts]
    _call("segmentation", "iou", "--evaluations", *paths, *made)
    assert [len(pd.read_csv(path)) for path in made[1::2]] == [8, 10 * 30]

    tables = {name: tmp_path / f"{name}.csv" for name in ("scores", "comparisons", "classes")}
    options = [word for name, path in tables.items() for word in (f"--{name}", path)]
    options += ["--contrasts", PUBLISHED / "segmentation" / "contrasts.csv"]
    options += ["--dataset", "camvid", "--resamples", 100, "--block", 30, "--seed", 1]
    _call("segmentation", "compare", "--counts", counts, *options)
    assert [len(pd.read_csv(path)) for path in tables.values()] == [8 * 12, 14, 14 * 11]

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
