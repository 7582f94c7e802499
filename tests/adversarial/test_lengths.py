"""Networks of several training lengths: equal to shorter trainings, resumed, compared."""

from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.special import expit, logit
from support import error_of

from triptych.adversarial import lengths, steps, train
from triptych.adversarial.artifacts import lengths as artifacts
from triptych.adversarial.artifacts.claims import spread_over_trainings
from triptych.adversarial.artifacts.length_curves import curves_of_lengths
from triptych.adversarial.artifacts.tables import PUBLISHED_READING, curves_table
from triptych.claims.intervals import Estimate, wilson
from triptych.config.adversarial import TrainingParameters
from triptych.job.workspace import Workspace

_CPU = torch.device("cpu")
_STEPS = [2, 5]
_RECIPE = TrainingParameters(
    recipe="fixture",
    steps=100,
    batch_size=10,
    learning_rate=0.01,
    schedule="constant",
    log_every=2,
    checkpoint_every=1,
)


@pytest.fixture
def fit(digits, tmp_path):
    def run(folder="work", steps=_STEPS):
        return lengths.fit_lengths(
            digits[0],
            _RECIPE,
            steps,
            width=0.0625,
            seed=4,
            device=_CPU,
            workspace=Workspace(tmp_path / folder),
        )

    return run


def _written(table):
    """Return the table as a step reads it."""
    return pd.read_csv(StringIO(table.to_csv(index=False)))


def _same(one, other):
    weights = other.state_dict()
    return all(torch.equal(value, weights[name]) for name, value in one.state_dict().items())


def test_each_length_is_a_training_of_that_length(fit, digits, tmp_path):
    networks = fit()
    for length in _STEPS:
        alone, _ = train.fit(
            digits[0],
            digits[0].first(0),
            _RECIPE.model_copy(update={"steps": length}),
            width=0.0625,
            seed=4,
            device=_CPU,
            workspace=Workspace(tmp_path / f"alone-{length}"),
        )
        assert _same(networks[length], alone)
    assert not _same(networks[2], networks[5])


def test_a_training_killed_between_two_lengths_resumes_with_the_same_weights(fit, monkeypatch):
    expected = fit("whole")

    def dying(training, step, batch):
        if step == 3:
            raise KeyboardInterrupt
        return update(training, step, batch)

    update = train.DigitTraining.update
    with monkeypatch.context() as patch:
        patch.setattr(train.DigitTraining, "update", dying)
        with pytest.raises(KeyboardInterrupt):
            fit()
    resumed = fit()
    assert all(_same(resumed[steps], expected[steps]) for steps in _STEPS)


def test_the_networks_of_a_file_are_those_that_were_written(fit, tmp_path):
    networks = fit()
    lengths.save(networks, tmp_path / "0.safetensors")
    loaded = lengths.load(tmp_path / "0.safetensors", _CPU)
    assert list(loaded) == _STEPS
    assert all(_same(loaded[steps], networks[steps]) for steps in _STEPS)


def test_weights_that_are_not_finite_are_refused(fit, tmp_path):
    networks = fit()
    networks[5].fc2.bias.fill_(torch.nan)
    lengths.save(networks, tmp_path / "0.safetensors")
    error = error_of(lengths.load, tmp_path / "0.safetensors", _CPU)
    assert "0.safetensors" in error.where


@pytest.fixture
def table(make_scores, thresholds, paper_as_run, published):
    trainings = [
        curves_of_lengths(
            {steps: make_scores(10 * seed + steps, [0.0, 0.1, 0.2]) for steps in (100, 300)},
            thresholds,
        )
        for seed in range(3)
    ]
    trainings = [_written(training) for training in trainings]
    compared = artifacts.length_table(trainings, paper_as_run, published["curves"], 1000)
    return _written(compared), trainings


def test_the_table_has_all_lengths_and_the_runs_own_network(table):
    rows, trainings = table
    assert list(rows.columns) == [
        *("steps", "epsilon", "metric", "n_seeds", "n", "mean", "lowest", "highest", "low"),
        *("high", "published", "compatible", "spread"),
    ]
    assert rows.groupby(["steps", "n_seeds"]).size().to_dict() == {
        (100, 3): 6,
        (300, 3): 6,
        (1000, 1): 6,
    }
    chosen = rows[(rows["steps"] == 100) & (rows["metric"] == "tpr")].set_index("epsilon")
    row = chosen.loc[0.2]
    place = f"steps == 100 and epsilon == 0.2 and reading == {PUBLISHED_READING!r}"
    values = [training.query(place)["tpr"].item() for training in trainings]
    assert row["mean"] == pytest.approx(np.mean(values))
    assert (row["lowest"], row["highest"]) == (min(values), max(values))
    # Student's t with two degrees of freedom, for one more draw than the three.
    half = 4.302653 * np.std(values, ddof=1) * np.sqrt(4 / 3)
    images = np.mean([wilson(round(value * 200), 200).high - value for value in values])
    assert row["high"] - row["mean"] == pytest.approx(np.hypot(half, images), rel=1e-4)


def test_equal_seeds_leave_the_interval_of_the_images(table, paper_as_run, published):
    _, (training, *_) = table
    rows = artifacts.length_table([training] * 3, paper_as_run, published["curves"], 1000)
    row = rows[(rows["steps"] == 300) & (rows["metric"] == "tpr")].iloc[0]
    share = wilson(round(row["mean"] * 200), 200)
    assert (row["low"], row["high"]) == pytest.approx((share.low, share.high), abs=1e-6)


def test_the_published_network_is_compatible_with_itself_only(table):
    rows, _ = table
    own = rows[rows["steps"] == 1000]
    assert own["compatible"].all()
    random = rows[(rows["steps"] == 100) & (rows["metric"] == "combined")].set_index("epsilon")
    for epsilon, row in random.iterrows():
        assert row["compatible"] == (row["low"] <= row["published"] <= row["high"]), epsilon
    text = " ".join(artifacts.length_findings(rows))
    assert (
        "1,000 steps (1 seed): not judged, because fewer than 3 seeds do not show the spread."
        in text
    )
    assert "6 of 6 published numbers lie in its interval, over the images alone." in text
    two = " ".join(artifacts.length_findings(rows.assign(n_seeds=2)))
    assert "100 steps (2 seeds): not judged" in two
    assert "images alone" not in two
    assert "100 steps (3 seeds): " in text


def test_seeds_widen_the_intervals_of_the_natural_network(table):
    rows, trainings = table
    number, other = ((model, "0.10", "accuracy", "as_published") for model in ("natural", "secret"))
    images = rows["n"].max()
    share = wilson(images // 2, images)
    own = {number: share, other: share}
    wide, seeds = spread_over_trainings(own, rows)
    place = f"steps == 300 and epsilon == 0.1 and reading == {PUBLISHED_READING!r}"
    values = [training.query(place)["accuracy"].item() for training in trainings]
    odds = [logit((200 * value + 0.5) / 201) for value in values]
    half = 4.302653 * np.std(odds, ddof=1) * np.sqrt(4 / 3)
    # The number itself has log odds of zero.
    above = logit((images * share.high + 0.5) / (images + 1))
    high = (expit(np.hypot(half, above)) * (images + 1) - 0.5) / images
    assert wide[number].high == pytest.approx(high, rel=1e-4)
    assert wide[number].low == pytest.approx(1 - high, rel=1e-4)
    assert wide[other] == own[other]
    assert seeds == {number: 3}
    assert spread_over_trainings(own, None) == (own, {})


def test_equal_seeds_widen_nothing(table):
    rows, _ = table
    number = ("natural", "0.10", "accuracy", "as_published")
    for successes in (0, 700, 1000):
        own = wilson(successes, 1000)
        wide, _ = spread_over_trainings({number: own}, rows.assign(spread=0.0, n=1000))
        assert vars(wide[number]) == pytest.approx(vars(own))


def test_two_seeds_widen_nothing(table):
    rows, _ = table
    number = ("natural", "0.10", "accuracy", "as_published")
    own = {number: Estimate(0.5, 0.48, 0.52)}
    assert spread_over_trainings(own, rows.assign(n_seeds=2)) == (own, {})


def test_a_chart_shows_the_mean_of_each_length_and_the_published_number(table):
    rows, _ = table
    figure = artifacts.draw_lengths(rows, "digits")
    assert len(figure.axes) == 3 * 2
    chosen = rows[(rows["metric"] == "accuracy") & (rows["epsilon"] == 0.1)]
    lines = figure.axes[0].get_lines()
    assert lines[0].get_ydata().tolist() == chosen.sort_values("steps")["mean"].tolist()
    assert {line.get_ydata()[0] for line in lines[-1:]} == {chosen["published"].iloc[0]}


def test_a_curve_of_lengths_is_that_of_its_scores(make_scores, thresholds):
    scores = make_scores(1, [0.0, 0.1])
    table = curves_of_lengths({7: scores}, thresholds)
    expected = curves_table({"7": scores}, thresholds)
    pd.testing.assert_frame_equal(table, expected.rename(columns={"model": "steps"}))


def test_the_step_compares_the_curves_of_files(
    table, paper_as_run, published_folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    _, trainings = table
    for seed, training in enumerate(trainings):
        training.to_csv(f"{seed}.csv", index=False)
    paper_as_run.to_csv("curves.csv", index=False)
    steps.training_length(
        lengths=[Path(f"{seed}.csv") for seed in range(3)],
        curves=Path("curves.csv"),
        published=published_folder / "adversarial" / "curves.csv",
        steps=1000,
        training_length=Path("training_length.csv"),
    )
    pictures = {"svg": Path("lengths.svg"), "png": Path("lengths.png")}
    steps.length_figure(table=Path("training_length.csv"), dataset="digits", **pictures)
    assert len(pd.read_csv("training_length.csv")) == 3 * 6
    assert Path("lengths.png").stat().st_size > 0
