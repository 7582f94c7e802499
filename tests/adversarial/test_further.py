"""Further detectors: exact scores, a threshold of clean images, an attack that knows them."""

import numpy as np
import pytest
import torch
from support import error_of

from triptych.adversarial import further
from triptych.adversarial.artifacts.further import further_adaptive, further_auc, further_curves
from triptych.adversarial.raw import Attacks
from triptych.config.adversarial import AdaptiveParameters
from triptych.job.workspace import Workspace

_ADAPTIVE = AdaptiveParameters(
    epsilons=(0.1, 0.5),
    readings=("as_written",),
    steps=20,
    starts=2,
    batch_size_cpu=5,
    batch_size_cuda=5,
)


@pytest.fixture
def judge(model, digits, tmp_path):
    """The judgment of total variation, with settings that a test may replace."""
    train, test = digits
    data = test.first(12)
    noise = np.random.default_rng(1).integers(0, 256, (1, *data.images.shape), np.uint8)

    def run(name="total_variation", folder="work"):
        attacks = Attacks(np.array([0.5]), noise, 1 - (data.labels[None] == 1))
        return further.judge(
            name,
            model,
            train.images[:50],
            data,
            attacks,
            _ADAPTIVE,
            batch_size=5,
            seed=3,
            device=torch.device("cpu"),
            workspace=Workspace(tmp_path / folder),
        )

    return run


def test_total_variation_is_the_mean_difference_of_neighbors() -> None:
    stripes = torch.tensor([0.0, 10.0]).repeat(28, 14)[None]
    np.testing.assert_allclose(further.total_variation(stripes).numpy(), [10.0])
    assert further.total_variation(torch.full((1, 28, 28), 77.0)).item() == 0.0


def test_the_threshold_is_the_highest_score_of_clean_training_images(judge, digits) -> None:
    images = digits[0].images[:50]
    expected = further.score_all("total_variation", images)
    assert judge().threshold[0] == expected.max()
    by_hand = np.abs(np.diff(images.astype(float), axis=2)).mean((1, 2))
    by_hand += np.abs(np.diff(images.astype(float), axis=1)).mean((1, 2))
    np.testing.assert_allclose(expected, by_hand)


def test_noise_is_flagged_and_an_attacker_who_knows_the_score_lowers_it(judge) -> None:
    judged = {"total_variation": {"natural": judge()}}
    curves, adaptive = further_curves(judged), further_adaptive(judged)
    assert curves.loc[curves["epsilon"] == "0.50", "detected"].tolist() == [1.0]
    assert curves.loc[curves["epsilon"] == "0.00", "detected"].item() <= 0.2
    strongest = adaptive[adaptive["epsilon"] == "0.50"]
    assert strongest["flagged"].item() < 0.2
    assert strongest["combined"].item() < 1.0
    assert set(further_auc(judged)["reading"]) == {"total_variation"}
    assert further_auc(judged)["auc"].item() == 1.0


def test_the_attack_follows_the_gradient_of_the_score(judge, monkeypatch) -> None:
    def brightness(values):
        return values.mean((1, 2))

    def without_gradient(values):
        return brightness(values.detach()) + 0 * brightness(values)

    lowest = {}
    for score in (brightness, without_gradient):
        monkeypatch.setitem(further.DETECTORS, "total_variation", score)
        lowest[score] = judge(folder=score.__name__).aware_scores[-1].mean()
    assert lowest[brightness] < 0.9 * lowest[without_gradient]


def test_a_detector_that_flags_everything_is_never_evaded(judge, monkeypatch) -> None:
    monkeypatch.setitem(further.DETECTORS, "total_variation", _always_higher())
    judged = {"total_variation": {"natural": judge(folder="other")}}
    assert further_adaptive(judged)["combined"].tolist() == [1.0, 1.0]


def _always_higher():
    """A score that is low for the clean training images alone, which it is asked for first."""
    calls = []

    def score(values):
        calls.append(len(values))
        return values.mean((1, 2)) * 0 + (0.0 if len(calls) == 1 else 1.0)

    return score


def test_what_a_detector_says_is_read_back(judge, tmp_path) -> None:
    judged = judge()
    further.write(judged, tmp_path / "a.safetensors")
    for key, value in vars(further.read(tmp_path / "a.safetensors")).items():
        np.testing.assert_array_equal(value, getattr(judged, key))


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (lambda values: values.mean((1, 2)) / 0, "50 of them not finite"),
        (lambda values: values.mean(), "scores of shape ()"),
        (lambda values: values.mean((1, 2))[:, None], "scores of shape (50, 1)"),
        (lambda values: values.mean((1, 2)).detach(), "no gradient"),
        (lambda values: (values - values).abs().sum((1, 2)).sqrt(), "not finite"),
    ],
)
def test_scores_that_cannot_be_used_are_refused(judge, monkeypatch, score, said) -> None:
    monkeypatch.setitem(further.DETECTORS, "total_variation", score)
    error = error_of(judge)
    assert said in error.found
    assert "total_variation" in error.where
