"""The pixels behind every IoU: a table holds them whole, and several tables join."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from evaluations import evaluation, evaluations, resampled
from support import ROOT, error_of

from triptych.cli import app
from triptych.data.classes import class_table
from triptych.provenance.making import read
from triptych.segmentation.artifacts.counts import counts_table, read_counts
from triptych.segmentation.artifacts.evaluations import partners
from triptych.segmentation.artifacts.resampling import resample
from triptych.segmentation.artifacts.scores import iou_table

_OTHER = evaluation(method="mutual")


def _write(split, path):
    counts_table([*split, *partners(split)]).to_csv(path, index=False)
    return path


def test_the_counts_give_every_iou_again():
    split = evaluations(["danet"], ["ensemble"], (0, 1))
    table = counts_table([*split, *partners(split)])
    assert len(table) == 2 * 2 * 30
    assert list(table["image"][:30]) == list(split[0].names)
    sums = table.drop(columns="image").groupby(["method", "seed"]).sum(numeric_only=True)
    scores = iou_table(split)
    for name in class_table("camvid").names:
        shares = sums[f"{name}_intersection"] / sums[f"{name}_union"]
        assert shares["ensemble"].tolist() == pytest.approx(scores[name].tolist())
    assert "partner" in sums.index


def test_a_control_joins_the_methods_from_a_table_of_its_own(tmp_path):
    methods = evaluations(["danet", "deeplabv3plus"], ["single", "ensemble"], (0, 1))
    control = evaluations(["deeplabv3plus"], ["mutual"], (0,))
    paths = [_write(control, tmp_path / "n_mutual.csv.xz"), _write(methods, tmp_path / "n.csv.xz")]
    listed = read_counts(paths, "camvid")
    assert list(dict.fromkeys((one.network, one.method) for one in listed)) == [
        ("danet", "single"),
        ("danet", "ensemble"),
        ("deeplabv3plus", "single"),
        ("deeplabv3plus", "ensemble"),
        ("deeplabv3plus", "mutual"),
        ("danet", "partner"),
        ("deeplabv3plus", "partner"),
    ]
    joined = resample(listed, 100, 1, 1)
    direct = resampled([*methods, *control, *partners(methods)])
    for model, scores in direct.items():
        assert joined[model].seeds == scores.seeds
        assert np.array_equal(joined[model].draws, scores.draws)


@pytest.mark.parametrize(
    ("other", "part"),
    [
        (replace(evaluation(), seed=0), "danet, single, seed 0 twice"),
        (evaluation(method="mutual", images=29), "29 images instead of 30"),
        (
            replace(_OTHER, names=_OTHER.names[::-1]),
            "image_29 instead of image_0 of danet, mutual",
        ),
        (evaluation(method="mutual", dataset="drawn_streets"), "no bicyclist_intersection"),
        (replace(_OTHER, method="alone"), "danet, alone"),
        (replace(_OTHER, confusion=_OTHER.confusion * 4), "of danet, mutual, seed 0"),
    ],
    ids=["duplicate", "images", "order", "data set", "method", "size"],
)
def test_tables_that_do_not_belong_together_are_refused(tmp_path, other, part):
    paths = [_write([evaluation()], tmp_path / "n.csv"), _write([other], tmp_path / "other.csv")]
    error = error_of(read_counts, paths, "camvid")
    assert part in error.found
    assert "other.csv" in error.where


def test_a_single_pixel_more_in_one_model_is_seen(tmp_path):
    _write([evaluation()], tmp_path / "n.csv")
    other = counts_table([_OTHER])
    other.loc[3, "road_union"] += 1
    other.to_csv(tmp_path / "other.csv", index=False)
    error = error_of(read_counts, [tmp_path / "n.csv", tmp_path / "other.csv"], "camvid")
    assert "labeled pixels in image_3" in error.expected


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[:-40], lambda raw: b"PK" + raw], ids=["cut short", "no xz"]
)
def test_a_damaged_table_is_named(tmp_path, damage):
    path = _write([evaluation()], tmp_path / "n.csv.xz")
    path.write_bytes(damage(path.read_bytes()))
    assert "whole numbers of pixels" in error_of(read_counts, [path], "camvid").expected


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        ([], "a row for each image"),
        ([10**20], "whole numbers of pixels"),
        ([0.5], "whole numbers of pixels"),
        ([""], "whole numbers of pixels"),
    ],
    ids=["no rows", "too large", "half a pixel", "blank"],
)
def test_a_table_without_whole_pixels_is_refused(tmp_path, pixels, expected):
    table = counts_table([evaluation()])[: len(pixels)]
    table.assign(road_union=pixels).to_csv(tmp_path / "n.csv", index=False)
    error = error_of(read_counts, [tmp_path / "n.csv"], "camvid")
    assert expected in error.expected
    assert error.where.endswith("n.csv")


@pytest.mark.parametrize(
    ("change", "expected", "found"),
    [
        (lambda table: pd.concat([table, table]), "each image", "image_0 twice"),
        (lambda table: table.assign(road_intersection=-1), "from 0", "road_intersection -1"),
        (
            lambda table: table.assign(road_intersection=table["road_union"] + 1),
            "unions",
            "image_0",
        ),
    ],
    ids=["rows twice", "negative", "larger than the union"],
)
def test_a_table_with_impossible_pixels_is_refused(tmp_path, change, expected, found):
    change(counts_table([evaluation()])).to_csv(tmp_path / "n.csv", index=False)
    error = error_of(read_counts, [tmp_path / "n.csv"], "camvid")
    assert expected in error.expected
    assert found in error.found
    assert "make it again" in error.remedy


def test_the_adopted_scores_follow_from_the_adopted_counts(tmp_path):
    folder = ROOT / "reference/lab/segmentation"
    parameters = read(folder / "scores_camvid.csv").parameters
    words = ["--counts", *sorted(folder.glob("counts_camvid*.csv.xz")), "--dataset", "camvid"]
    words += ["--contrasts", ROOT / "data/published/segmentation/contrasts.csv"]
    for name in ("resamples", "block", "seed"):
        words += [f"--{name}", parameters[name]]
    tables = [f"{name}_camvid.csv" for name in ("scores", "comparisons", "classes")]
    for table in tables:
        words += [f"--{table.partition('_')[0]}", tmp_path / table]
    app(["segmentation", "compare", *map(str, words)], result_action="return_value")
    for table in tables:
        adopted, again = (pd.read_csv(place / table) for place in (folder, tmp_path))
        pd.testing.assert_frame_equal(adopted, again, rtol=0, atol=2e-6)
