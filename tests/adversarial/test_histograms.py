"""Histograms of scores: every rate of the tables can be recomputed from them."""

from dataclasses import replace

import numpy as np
import pytest

from triptych.adversarial.artifacts.adaptive import adaptive_table
from triptych.adversarial.artifacts.histograms import histograms_table
from triptych.adversarial.artifacts.tables import curves_table
from triptych.adversarial.raw import Adapted

_EPSILONS = [0.0, 0.05, 0.2]
_READING = "as_published"


@pytest.fixture
def scores(make_scores):
    return {"natural": make_scores(1, _EPSILONS), "secret": make_scores(2, _EPSILONS)}


@pytest.fixture
def adapted(scores):
    """Images whose classes and scores are others than those of the paper's attack."""
    return {
        model: Adapted(
            epsilons=values.epsilons[1:],
            labels=values.labels,
            images=np.zeros((2, len(values.labels), 28, 28), np.uint8),
            predictions=values.predictions[:0:-1],
            truncated_predictions=values.predictions[1:],
            as_written=values.as_written[1:] / 2,
            as_published=np.where(values.as_published[1:] < 0.01, 0.0, values.as_published[1:]),
        )
        for model, values in scores.items()
    }


@pytest.fixture
def threshold(scores):
    """A score that an image has: it is not flagged."""
    return float(np.sort(scores["natural"].as_published[0])[-20])


@pytest.fixture
def table(scores, adapted, threshold):
    table = histograms_table(scores, adapted, threshold)
    return table.assign(low=table["low"].astype(float), high=table["high"].astype(float))


def _rates(rows, threshold):
    flagged = rows["low"] >= threshold
    total = rows["correct"].sum() + rows["wrong"].sum()
    return {
        "accuracy": rows["correct"].sum() / total,
        "tpr": rows.loc[flagged, "wrong"].sum() / total,
        "combined": (rows["correct"].sum() + rows.loc[flagged, "wrong"].sum()) / total,
    }


def test_the_rates_at_the_threshold_are_those_of_the_curves(scores, table, threshold):
    curves = curves_table(scores, {"as_written": threshold, _READING: threshold})
    curves = curves[(curves["reading"] == _READING) & (curves["epsilon"] != "0.00")]
    assert len(curves) == 4
    for row in curves.to_dict("records"):
        rows = table[(table["model"] == row["model"]) & (table["epsilon"] == row["epsilon"])]
        rates = _rates(rows[rows["attack"] == "pgd"], threshold)
        assert rates == pytest.approx({name: row[name] for name in rates})


def test_so_are_those_of_the_attack_that_knows_the_detector(adapted, table, threshold):
    expected = adaptive_table(adapted, {"as_written": threshold, _READING: threshold})
    expected = expected[expected["reading"] == _READING]
    for row in expected.to_dict("records"):
        rows = table[(table["model"] == row["model"]) & (table["epsilon"] == row["epsilon"])]
        rates = _rates(rows[rows["attack"] == "aware"], threshold)
        assert rates == pytest.approx({name: row[name] for name in rates})


def test_every_edge_flags_what_it_flags_as_a_threshold(scores, table):
    rows = table[(table["model"] == "secret") & (table["attack"] == "clean")]
    clean = scores["secret"].as_published[0]
    assert len(rows) > 20
    for edge in rows["low"]:
        flagged = rows.loc[rows["low"] >= edge, ["correct", "wrong"]].to_numpy().sum()
        assert flagged == (clean > edge).sum()


def test_every_image_is_in_a_bin_of_its_group(scores, table):
    counts = table.groupby(["model", "attack", "epsilon"])[["correct", "wrong"]].sum().sum(axis=1)
    assert set(counts) == {len(scores["natural"].labels)}
    assert len(counts) == 2 * (1 + 2 + 2)
    assert not (table[["correct", "wrong"]].sum(axis=1) == 0).any()
    assert (table["low"] < table["high"]).all()


def test_images_with_the_score_zero_have_the_first_bin(adapted, table):
    first = table[table["high"] == 0]
    zeros = sum(int((values.as_published == 0).sum()) for values in adapted.values())
    assert zeros > 0
    assert first[["correct", "wrong"]].to_numpy().sum() == zeros


@pytest.mark.parametrize("threshold", [0.0, 0.5])
def test_scores_that_are_all_zero_have_one_bin(scores, adapted, threshold):
    def without(values):
        return replace(values, as_published=np.zeros_like(values.as_published))

    table = histograms_table(
        {model: without(values) for model, values in scores.items()},
        {model: without(values) for model, values in adapted.items()},
        threshold,
    )
    assert set(table["high"]) == {"0.0"}
    assert len(table) == 2 * (1 + 2 + 2)
