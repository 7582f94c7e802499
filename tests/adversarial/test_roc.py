"""ROC curves, the areas under them with intervals, their figure and their findings."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score, roc_curve

from triptych.adversarial.artifacts.roc import area, auc_table, draw_roc, roc_findings, roc_table
from triptych.adversarial.artifacts.tables import curves_table

_EPSILONS = [0.0, 0.05, 0.1, 0.2]


@pytest.fixture
def scores(make_scores):
    """Scores of both networks, with ties as 8-bit images have them."""
    both = {"natural": make_scores(1, _EPSILONS), "secret": make_scores(2, _EPSILONS)}
    return {
        name: replace(values, as_published=values.as_published.round(3))
        for name, values in both.items()
    }


def _labels(values, position, reading):
    clean, attacked = getattr(values, reading)[[0, position]]
    flags = np.repeat([0, 1], len(clean))
    return flags, np.concatenate([clean, attacked])


def test_every_area_is_that_of_scikit_learn(scores):
    table = auc_table(scores).set_index(["model", "epsilon", "reading"])
    assert len(table) == 2 * 3 * 2
    for (model, epsilon, reading), row in table.iterrows():
        place = _EPSILONS.index(float(epsilon))
        expected = roc_auc_score(*_labels(scores[model], place, reading))
        assert row["auc"] == pytest.approx(expected, abs=1e-12)
        assert row["auc_low"] <= row["auc"] <= row["auc_high"]
        assert row["n"] == 200


def test_every_point_has_the_most_detections_for_its_false_positives(scores):
    table = roc_table(scores, [0.05, 0.2, 0.33])
    assert set(table["epsilon"]) == {"0.05", "0.20"}
    for (model, epsilon, reading), rows in table.groupby(["model", "epsilon", "reading"]):
        curve = roc_curve(
            *_labels(scores[model], _EPSILONS.index(float(epsilon)), reading),
            drop_intermediate=False,
        )
        on_curve = {(round(x, 9), round(y, 9)) for x, y in zip(*curve[:2], strict=True)}
        points = list(zip(rows["false_positive_rate"], rows["true_positive_rate"], strict=True))
        assert {(round(x, 9), round(y, 9)) for x, y in points} <= on_curve
        assert points == sorted(points)
        assert points[-1] == (1, 1)


def test_the_false_positive_rates_are_one_two_and_five_times_powers_of_ten(scores):
    rows = roc_table(scores, [0.1])
    rows = rows[(rows["model"] == "natural") & (rows["reading"] == "as_written")]
    rates = [0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]
    assert rows["false_positive_rate"].tolist() == pytest.approx(rates)


def test_equal_scores_of_clean_images_lower_the_false_positive_rate(scores):
    clean = np.full(200, 0.01)
    clean[:3] = 0.02
    tied = replace(scores["natural"], as_written=np.stack([clean, *[clean] * 3]))
    rows = roc_table({"natural": tied}, [0.1])
    rows = rows[rows["reading"] == "as_written"]
    assert rows["false_positive_rate"].tolist() == [0, 0.015, 1]


def test_detection_is_counted_with_at_most_one_and_five_percent_of_the_clean_images(scores):
    clean = np.linspace(0, 0.02, 200)
    attacked = np.full(200, 0.5 * (clean[197] + clean[198]))
    attacked[:20] = 0.5 * (clean[189] + clean[190])
    attacked[20:30] = 0
    values = replace(scores["natural"], as_written=np.stack([clean, *[attacked] * 3]))
    values.predictions[1] = values.labels
    values.predictions[1, 20:90] += 1
    row = auc_table({"natural": values}).iloc[0]
    assert (row["detected_at_1pct"], row["detected_at_5pct"]) == (0.85, 0.95)
    # Of the images that are flagged, 60 are misclassified.
    assert (row["tpr_at_1pct"], row["tpr_at_5pct"]) == (0.3, 0.3)
    for metric in ("detected_at_1pct", "tpr_at_5pct"):
        assert row[f"{metric}_low"] < row[metric] < row[f"{metric}_high"]


def test_the_interval_of_an_area_also_holds_where_all_or_no_pairs_are_ordered():
    low, high = np.zeros(50), np.ones(50)
    best, worst = area(high, low), area(low, high)
    assert (best.value, best.high) == (1, 1)
    assert 0.9 < best.low < 0.99
    assert (worst.value, worst.low, worst.high) == pytest.approx((0, 0, 1 - best.low))
    assert area(low, low).value == 0.5


def test_the_interval_of_an_area_holds_the_true_one_in_95_of_100_samples():
    generator = np.random.default_rng(5)
    for distance in (0.5, 2.5):
        true = norm.cdf(distance / np.sqrt(2))
        intervals = [
            area(generator.normal(distance, 1, 60), generator.normal(0, 1, 60)) for _ in range(300)
        ]
        share = np.mean([one.low <= true <= one.high for one in intervals])
        assert 0.92 <= share <= 0.99


def test_the_figure_has_a_line_for_each_epsilon_and_the_areas(scores):
    roc, auc = roc_table(scores, _EPSILONS), auc_table(scores)
    natural, secret, areas, bar = draw_roc(roc, auc, "digits").axes
    shown = roc[(roc["reading"] == "as_published") & (roc["false_positive_rate"] > 0)]
    for axes, model in ((natural, "natural"), (secret, "secret")):
        lines = [list(map(tuple, line.get_xydata())) for line in axes.get_lines()]
        expected = [
            list(zip(rows["false_positive_rate"], rows["true_positive_rate"], strict=True))
            for _, rows in shown[shown["model"] == model].groupby("epsilon")
        ]
        assert lines == expected
        assert len(lines) == 3
    published = auc[auc["reading"] == "as_published"]
    for line, model in zip(areas.get_lines(), ("natural", "secret"), strict=True):
        assert line.get_label() == model
        assert (
            line.get_ydata().tolist() == published.loc[published["model"] == model, "auc"].tolist()
        )
    assert "digits, n = 200" in areas.get_legend().get_title().get_text()
    assert bar.get_ylim() == (0, 0.2)


def _as_read(table):
    return table.assign(epsilon=table["epsilon"].astype(float))


def test_the_findings_say_what_one_percent_of_false_positives_changes(scores, thresholds):
    curves, auc = _as_read(curves_table(scores, thresholds)), _as_read(auc_table(scores))
    text = " ".join(roc_findings(auc, curves))
    published = auc[(auc["reading"] == "as_published") & (auc["model"] == "secret")]
    weakest = published.loc[published["auc"].idxmin()]
    assert f"{weakest['auc']:.3f} ({weakest['auc_low']:.3f} to {weakest['auc_high']:.3f})" in text
    assert "flags at most 1 % of the 200 clean test images" in text
    assert "at least 0.95 from epsilon 0.20 on" in text
    auc.loc[auc["reading"] == "as_published", "auc"] = 0.5
    assert "not yet 0.95 at the largest" in " ".join(roc_findings(auc, curves))


def test_the_findings_name_the_largest_gain_and_the_lowest_share_that_withstands():
    auc = pd.DataFrame(
        {
            "model": "natural", "epsilon": [0.1, 0.2], "reading": "as_published", "n": 100,
            "auc": 0.9, "auc_low": 0.8, "auc_high": 0.95,
            "tpr_at_1pct": [0.5, 0.6], "tpr_at_1pct_low": 0.2, "tpr_at_1pct_high": 0.95,
        }
    )  # fmt: skip
    curves = auc[["model", "epsilon", "reading"]].assign(accuracy=[0.4, 0.0], tpr=[0.1, 0.3])
    text = " ".join(roc_findings(auc, curves))
    assert "gains most at epsilon 0.10: 0.500 (0.200 to 0.950) instead of 0.100" in text
    assert "is 0.600 (epsilon 0.20) instead of 0.300 (epsilon 0.20)" in text
