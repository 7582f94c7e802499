"""The check of the attack: one factor at a time, how it resumes, what its table counts."""

import numpy as np
import pandas as pd
import pytest
import torch

from triptych.adversarial import converge as module
from triptych.adversarial import detector, evaluate
from triptych.adversarial.artifacts.convergence import convergence_findings, convergence_table
from triptych.adversarial.converge import converge, joint_score
from triptych.adversarial.train import fit
from triptych.config.adversarial import ConvergenceParameters, PgdParameters, TrainingParameters
from triptych.job.workspace import Workspace

_CPU = torch.device("cpu")
_PGD = PgdParameters(steps=3, step_size=0.1, batch_size_cpu=10, batch_size_cuda=10)
_CHECK = ConvergenceParameters(
    epsilons=(0.1, 0.3), test_images=10, steps=(1, 3), restarts=(1, 3), queries=100
)
_THRESHOLDS = {"as_written": 0.013, "as_published": 0.0143}


@pytest.fixture(scope="module")
def network(digits, tmp_path_factory):
    recipe = TrainingParameters(recipe="short", steps=50, learning_rate=0.01)
    return fit(
        digits[0],
        digits[0].first(0),
        recipe,
        width=0.0625,
        seed=3,
        device=_CPU,
        workspace=Workspace(tmp_path_factory.mktemp("network")),
    )[0]


@pytest.fixture
def check(network, digits, tmp_path):
    """The check with settings that a test may replace."""

    def run(folder="work", thresholds=_THRESHOLDS, **changes):
        return converge(
            network,
            digits[1].first(10),
            thresholds,
            _CHECK.model_copy(update=changes),
            _PGD,
            batch_size=10,
            seed=5,
            device=_CPU,
            workspace=Workspace(tmp_path / folder),
        )

    return run


def _assert_equal(one, other):
    assert list(one) == list(other)
    for setting in one:
        for first, second in zip(one[setting], other[setting], strict=True):
            for name, values in vars(first).items():
                np.testing.assert_array_equal(values, vars(second)[name])


def test_each_factor_changes_alone_and_the_first_start_is_that_of_the_curves(
    check, network, digits, tmp_path
):
    results = check()
    assert list(results) == [("pgd", 1, 1), ("pgd", 3, 1), ("pgd", 3, 3), ("square", 100, 1)]
    assert [len(scores) for scores in results.values()] == [1, 1, 3, 1]
    curves = evaluate.sweep(
        network,
        digits[1].first(10),
        _CHECK.epsilons,
        steps=3,
        step_size=0.1,
        random_start=True,
        batch_size=10,
        seed=5,
        device=_CPU,
        workspace=Workspace(tmp_path / "curves"),
    )
    expected = evaluate.score(network, digits[1].first(10), curves)
    first, second, third = results["pgd", 3, 3]
    np.testing.assert_array_equal(first.as_written, expected.as_written)
    assert (first.as_written[1:] != second.as_written[1:]).any()
    assert (second.as_written[1:] != third.as_written[1:]).any()


@pytest.mark.parametrize("finished", [0, 2, 4, 5])
def test_a_killed_check_resumes_with_equal_results(check, monkeypatch, finished):
    expected = check("whole")
    computed = []

    def until_death(function, place):
        def run(*arguments, **options):
            if len(computed) == finished:
                raise KeyboardInterrupt
            computed.append(place)
            return function(*arguments, **options)

        return run

    with monkeypatch.context() as patch:
        patch.setattr(module, "sweep", until_death(module.sweep, "sweep"))
        patch.setattr(module.square, "search", until_death(module.square.search, "search"))
        with pytest.raises(KeyboardInterrupt):
            check()
    again = []
    search = module.square.search
    monkeypatch.setattr(
        module.square, "search", lambda *a, **o: again.append(a[2]) or search(*a, **o)
    )
    _assert_equal(check(), expected)
    # Four attacks with gradients precede the searches.
    assert again == [0.1, 0.3][max(0, finished - 4) :]


def test_the_joint_score_is_the_larger_of_margin_and_excess(network, digits):
    images, labels = torch.tensor(digits[1].images[:8]), torch.tensor(digits[1].labels[:8])
    # Noise, on which the detector decides.
    images[3] = torch.from_numpy(np.random.default_rng(1).integers(0, 256, (28, 28)))
    score = joint_score(network, labels, _THRESHOLDS, _CPU)
    decided = set()
    chosen = torch.tensor([6, 1, 3])
    for value, place in zip(score(images[chosen], chosen).tolist(), chosen, strict=True):
        image = images[place]
        logits = network(image[None, None].float() / 255)[0].tolist()
        own = logits.pop(int(labels[place]))
        excess = [
            detector.scores(image[None].numpy(), reading)[0] / limit - 1
            for reading, limit in _THRESHOLDS.items()
        ]
        parts = [own - max(logits), *excess]
        assert value == pytest.approx(max(parts), abs=1e-5)
        decided.add(parts.index(max(parts)) > 0)
    assert decided == {True, False}


def test_a_detector_that_flags_everything_is_never_evaded(check):
    flagging = dict.fromkeys(_THRESHOLDS, 1e-9)
    table = convergence_table({"natural": check(thresholds=flagging)}, flagging)
    assert (table["combined"] == 1).all()


def test_without_gradients_classifier_and_detector_are_evaded_together(check):
    results = check(epsilons=(0.5,), queries=300)
    table = convergence_table({"natural": results}, _THRESHOLDS).set_index(["attack", "reading"])
    assert table.loc[("square", "as_published"), "combined"].item() <= 0.3


def test_the_table_counts_what_withstands_every_start(make_scores, thresholds):
    runs = [make_scores(seed, [0, 0.1, 0.3]) for seed in range(3)]
    labels = runs[0].labels
    runs = [type(run)(**{**vars(run), "labels": labels}) for run in runs]
    table = convergence_table({"secret": {("pgd", 40, 3): runs}}, thresholds)
    assert len(table) == 4
    for row in table.to_dict("records"):
        place = [0, 0.1, 0.3].index(float(row["epsilon"]))
        left = withstanding = 0
        for image in range(200):
            correct = [run.predictions[place, image] == labels[image] for run in runs]
            flagged = [
                getattr(run, row["reading"])[place, image] > thresholds[row["reading"]]
                for run in runs
            ]
            left += all(correct)
            withstanding += all(c or f for c, f in zip(correct, flagged, strict=True))
        assert (row["accuracy"], row["combined"]) == (left / 200, withstanding / 200)
        assert row["combined_low"] < row["combined"] <= row["combined_high"]
        assert (row["model"], row["steps"], row["starts"], row["n"]) == ("secret", 40, 3, 200)


def test_the_findings_name_the_largest_falls_and_the_attack_without_gradients():
    rows = [
        ("pgd", 0.1, 10, 1, 0.9, 0.95), ("pgd", 0.1, 40, 1, 0.8, 0.9),
        ("pgd", 0.2, 10, 1, 0.8, 0.9), ("pgd", 0.2, 40, 1, 0.5, 0.99),
        ("pgd", 0.1, 40, 20, 0.6, 0.85), ("pgd", 0.2, 40, 20, 0.45, 0.98),
        ("square", 0.1, 2000, 1, 0.85, 0.86), ("square", 0.2, 2000, 1, 0.01, 0.02),
    ]  # fmt: skip
    columns = ["attack", "epsilon", "steps", "starts", "accuracy", "combined"]
    table = pd.DataFrame(rows, columns=columns).assign(
        model="natural", reading="as_published", n=200, combined_low=0.005, combined_high=0.07
    )
    other = table.assign(reading="as_written", accuracy=0.123, combined=0.123)
    adaptive = pd.DataFrame(
        {"model": "natural", "epsilon": [0.1, 0.3], "reading": "as_published", "n": 1000,
         "combined": [0.345, 0.567]}
    )  # fmt: skip
    text = " ".join(convergence_findings(pd.concat([table, other]), adaptive, 40))
    assert "follows gradients leaves 0.345 correct or flagged, on 1000 images" in text
    assert "0.567" not in text
    assert "epsilon 0.20, from 0.800 with 10 to 0.500 with 40 steps" in text
    assert "epsilon 0.10, from 0.800 with 1 to 0.600 with 20 starts" in text
    assert "2000 queries without gradients leave 0.020 (0.005 to 0.070) correct or flagged" in text
    assert "and 0.010 correct" in text
    assert "leaves 0.990 and 0.500" in text
    assert "0.123" not in text
