"""The tables of panel 1 from synthetic scores: thresholds, curves, controls, Table II."""

import numpy as np
import pandas as pd
import pytest

from triptych.adversarial import detector
from triptych.adversarial.artifacts import tables
from triptych.adversarial.raw import Scores
from triptych.claims.intervals import wilson
from triptych.drawing.tables import write_csv

_FIFTY = [round(0.01 * number, 2) for number in range(1, 51)]
_METRICS = ("accuracy", "detected", "tpr", "combined")


def _small_scores() -> Scores:
    """Ten clean and ten attacked images whose shares can be counted by hand."""
    labels = np.arange(10)
    attacked = np.array([0, 1, 2, 3, 0, 0, 0, 0, 0, 0])
    scores = np.array([0.0] * 10, dtype=float), np.array([0.9, 0.9, 0, 0, 0.9, 0.9, 0.9, 0, 0, 0.5])
    lenient = np.stack([scores[0], scores[1] / 2])
    predictions = np.stack([labels, attacked])
    return Scores(np.array([0.0, 0.3]), labels, predictions, np.stack(scores), lenient, lenient)


_THRESHOLDS = {"as_written": 0.5, "as_published": 0.45, "signed": 0.1}


def _as_read(table: pd.DataFrame, folder) -> pd.DataFrame:
    """A table as the next step reads it from its file."""
    write_csv(table, folder / "table.csv")
    return pd.read_csv(folder / "table.csv")


@pytest.fixture(scope="module")
def curves(make_scores, thresholds):
    scores = {model: make_scores(n, [0, *_FIFTY]) for n, model in enumerate(("natural", "secret"))}
    return tables.curves_table(scores, thresholds)


@pytest.mark.parametrize(
    ("epsilon", "label"),
    [
        (0, "0.00"),
        (0.0, "0.00"),
        (0.1, "0.10"),
        (0.30000000000000004, "0.30"),
        (0.29, "0.29"),
        (0.005, "0.005"),
        (0.125, "0.125"),
        (8 / 255, "0.031373"),
        (1.0, "1.00"),
    ],
)
def test_epsilons_have_two_decimals_or_as_many_as_they_need(epsilon, label):
    assert tables.epsilon_label(epsilon) == label


def test_curves_have_a_row_for_each_network_epsilon_and_reading(curves):
    assert len(curves) == 2 * 51 * 2
    assert not curves.duplicated(["model", "epsilon", "reading"]).any()
    assert set(curves["model"]) == {"natural", "secret"}
    assert set(curves["reading"]) == set(detector.READINGS)
    assert set(curves["epsilon"]) == {f"{epsilon:.2f}" for epsilon in [0, *_FIFTY]}
    assert (curves["n"] == 200).all()
    bounds = [f"{metric}_{end}" for metric in _METRICS for end in ("low", "high")]
    assert list(curves.columns) == ["model", "epsilon", "reading", "n", *_METRICS, *bounds]


def test_clean_images_have_no_true_positive_rate(curves):
    clean = curves[curves["epsilon"] == "0.00"]
    assert len(clean) == 4
    for metric in ("tpr", "combined"):
        assert clean[[metric, f"{metric}_low", f"{metric}_high"]].isna().all(axis=None)
    for metric in ("accuracy", "detected"):
        assert clean[[metric, f"{metric}_low", f"{metric}_high"]].notna().all(axis=None)
    assert curves[curves["epsilon"] != "0.00"].notna().all(axis=None)


@pytest.mark.parametrize("metric", _METRICS)
def test_every_interval_is_that_of_its_value(curves, metric):
    for row in curves[curves[metric].notna()].to_dict("records"):
        expected = wilson(round(row[metric] * row["n"]), row["n"])
        assert (row[f"{metric}_low"], row[f"{metric}_high"]) == (expected.low, expected.high)


def test_an_attack_is_found_only_where_it_succeeded_and_exceeded_the_threshold():
    rows = tables.curves_table({"natural": _small_scores()}, _THRESHOLDS)
    clean, attacked = (rows[rows["epsilon"] == e].set_index("reading") for e in ("0.00", "0.30"))
    assert clean["accuracy"].tolist() == [1, 1]
    assert clean["detected"].tolist() == [0, 0]
    # Five exceed the threshold, one equals it, which is no detection; two of the five still
    # have their right class.
    written = attacked.loc["as_written"]
    assert [written[metric] for metric in _METRICS] == [0.4, 0.5, 0.3, 0.7]
    # Half the scores and not quite half the threshold: nothing exceeds it.
    published = attacked.loc["as_published"]
    assert [published[metric] for metric in _METRICS] == [0.4, 0.0, 0.0, 0.4]


def test_thresholds_keep_every_digit_in_their_file(digits, tmp_path):
    images = digits[0].first(80).images
    table = tables.thresholds_table(images)
    write_csv(table, tmp_path / "thresholds.csv")
    found = tables.read_thresholds(tmp_path / "thresholds.csv")
    readings = ("as_written", "as_published", "signed")
    assert found == {reading: detector.calibrate(images, reading) for reading in readings}
    for row in table.to_dict("records"):
        scores = detector.calibration_scores(images, row["reading"])
        assert row["n"] == 80
        assert row["undefined"] == np.isnan(scores).sum()
        assert float(row["lowest"]) == np.nanmin(scores)
        assert scores[row["highest_image"]] == float(row["threshold"])
    assert table.set_index("reading").at["as_published", "undefined"] > 0


def test_controls_have_noise_the_attack_without_random_start_and_signed_scores(
    make_scores, digits, thresholds
):
    random_start = {"natural": make_scores(1, [0, 0.1, 0.5]), "secret": make_scores(2, [0, 0.1])}
    zero_start = {"natural": make_scores(3, [0, 0.5])}
    noise = [(epsilon, digits[1].images[:30]) for epsilon in (0.0, 0.1)]
    found = tables.controls_table(noise, random_start, zero_start, thresholds)
    listed = found.groupby(["control", "model", "reading"], sort=False)["epsilon"].apply(list)
    assert listed.to_dict() == {
        ("noise", "none", "as_written"): ["0.00", "0.10"],
        ("noise", "none", "as_published"): ["0.00", "0.10"],
        ("zero_start", "natural", "as_written"): ["0.00", "0.50"],
        ("zero_start", "natural", "as_published"): ["0.00", "0.50"],
        ("signed", "natural", "signed"): ["0.00", "0.10", "0.50"],
        ("signed", "secret", "signed"): ["0.00", "0.10"],
    }
    noisy = found[found["control"] == "noise"]
    assert (noisy["n"] == 30).all()
    assert noisy[["accuracy", "tpr", "combined"]].isna().all(axis=None)
    flagged = (detector.scores(digits[1].images[:30], "as_written") > 0.013).mean()
    assert noisy["detected"].iloc[0] == pytest.approx(flagged)
    # The rows of an attack are counted as for the curves, with the scores of their own reading.
    expected = tables.curves_table(zero_start, thresholds)
    same = found[found["control"] == "zero_start"].set_index(["epsilon", "reading"])["tpr"]
    pd.testing.assert_series_equal(same, expected.set_index(["epsilon", "reading"])["tpr"])
    signed = found[(found["control"] == "signed") & (found["epsilon"] == "0.50")].iloc[0]
    scores = random_start["natural"]
    missed = scores.predictions[2] != scores.labels
    assert signed["tpr"] == pytest.approx((missed & (scores.signed[2] > 0.011)).mean())


def test_table_2_holds_the_published_rows_beside_ours(curves, published, tmp_path):
    ours = _as_read(curves, tmp_path)
    table = tables.table2_table(ours, published["table2"])
    assert list(table.columns) == ["model", "epsilon", "tpr", "published"]
    assert len(table) == 30
    assert table["published"].tolist() == published["table2"]["tpr"].tolist()
    for row in table.to_dict("records"):
        same = ours[
            (ours["model"] == row["model"])
            & (ours["epsilon"] == float(row["epsilon"]))
            & (ours["reading"] == "as_published")
        ]
        assert row["tpr"] == same["tpr"].item()


def test_table_2_is_blank_where_nothing_was_attacked(make_scores, published, thresholds, tmp_path):
    scores = {"natural": make_scores(1, [0, 0.10, 0.12, 0.50])}
    ours = _as_read(tables.curves_table(scores, thresholds), tmp_path)
    table = tables.table2_table(ours, published["table2"])
    assert len(table) == 30
    attacked = table[table["tpr"].notna()].groupby("model")["epsilon"].apply(list)
    assert attacked.to_dict() == {"natural": ["0.10", "0.50"]}
    layout = tables.table2_layout(table)
    assert (layout["secret, this run"] == "").all()
    assert layout["natural, this run"].ne("").sum() == 2
    assert layout["secret, published"].ne("").all()


def test_table_2_is_laid_out_with_a_row_for_each_epsilon(paper_as_run, published):
    layout = tables.table2_layout(tables.table2_table(paper_as_run, published["table2"]))
    columns = [f"{model}, {source}" for model in ("natural", "secret")
               for source in ("this run", "published")]  # fmt: skip
    assert list(layout.columns) == ["epsilon", *columns]
    assert len(layout) == 15
    assert layout["epsilon"].is_monotonic_increasing
    row = layout.set_index("epsilon").loc["0.10"]
    assert row.tolist() == ["0.529", "0.529", "0.000", "0.000"]
