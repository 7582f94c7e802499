"""The attack that knows the detector finds planted examples, stays in its ball, and resumes."""

import numpy as np
import pandas as pd
import pytest
import torch
from interrupted import KilledError
from support import error_of

from triptych.adversarial import adaptive, aware, detector
from triptych.adversarial.artifacts.adaptive import adaptive_table, both_attacks
from triptych.adversarial.raw import Adapted
from triptych.data.images import LabeledImages
from triptych.job.workspace import Workspace

_CPU = torch.device("cpu")
_EPSILONS = [0.1, 0.3, 0.5]
_LIMITS = {"as_written": 0.0130549, "as_published": 0.0143219}


@pytest.fixture(scope="module")
def test_set(digits):
    return digits[1].first(12)


@pytest.fixture
def adapt(model, test_set, tmp_path):
    """The attack with settings that a test may replace."""

    def run(folder="work", **changes):
        arguments = {
            "network": model,
            "data": test_set,
            "epsilons": _EPSILONS,
            "thresholds": _LIMITS,
            "steps": 8,
            "starts": 2,
            "batch_size": 5,
            "seed": 5,
            "device": _CPU,
            "workspace": Workspace(tmp_path / folder),
        }
        return adaptive.adapt(**{**arguments, **changes})

    return run


def _combined(images, thresholds=_LIMITS):
    table = adaptive_table({"natural": images}, thresholds)
    return table[table["reading"] == "as_published"]["combined"].tolist()


def _brightness(images):
    """Logits of a network that calls an image of a mean above 0.55 the other class."""
    margin = 100 * (images.mean((1, 2, 3)) - 0.55)
    return torch.stack([torch.zeros_like(margin), margin], 1)


def _checkered(images):
    """Logits of a network that looks at every other pixel: its gradient draws a checkerboard."""
    columns = torch.arange(28)
    board = (columns[:, None] + columns) % 2
    margin = 100 * ((images * (2.2 * board - 0.2)).mean((1, 2, 3)) - 0.5)
    return torch.stack([torch.zeros_like(margin), margin], 1)


def _fractions(images):
    """Logits of a network that sees only what the truncation to 8 bits removes."""
    values = images * 255
    margin = (values - values.floor().detach()).mean((1, 2, 3)) - 0.1
    return torch.stack([torch.zeros_like(margin), margin], 1)


def _always(images, *, wrong):
    """Logits of a network whose answer does not depend on the image: class 1, or class 0."""
    return torch.tensor([float(not wrong), float(wrong)]) + 0 * images.mean((1, 2, 3))[:, None]


@pytest.fixture(scope="module")
def gray():
    return LabeledImages(np.full((3, 28, 28), 127, np.uint8), np.zeros(3, np.int64))


@pytest.mark.parametrize("reading", detector.READINGS)
def test_the_differentiable_score_is_the_detectors(test_set, reading):
    images = test_set.images
    values = torch.from_numpy(images).float()
    expected = detector.scores(images, reading)
    np.testing.assert_allclose(adaptive.scores(values, reading).numpy(), expected, rtol=1e-5)


def test_a_planted_evading_example_is_found(adapt, gray):
    # Brighter everywhere by 0.05: another class, and nothing for a filter to see.
    plain = adapt(data=gray, network=_brightness, epsilons=[0.02, 0.1], steps=40)
    assert _combined(plain) == [1.0, 0.0]


def test_a_pattern_that_the_detector_sees_is_smoothed_away(adapt, gray, monkeypatch):
    attack = {"data": gray, "network": _checkered, "epsilons": [0.2], "steps": 60, "starts": 1}
    assert _combined(adapt(**attack)) == [0.0]
    monkeypatch.setattr(aware, "_CONFIDENT", torch.inf)
    assert _combined(adapt("climbing", **attack)) == [1.0]


def test_a_wrong_class_that_the_truncation_corrects_is_no_success(adapt, gray):
    images = adapt(data=gray, network=_fractions)
    assert _combined(images) == [1.0, 1.0, 1.0]
    assert (images.predictions == images.labels).all()


def test_a_detector_that_flags_everything_is_never_evaded(adapt):
    thresholds = {"as_written": -1.0, "as_published": -1.0}
    images = adapt(thresholds=thresholds)
    assert _combined(images, thresholds) == [1.0, 1.0, 1.0]


def test_a_detector_that_flags_nothing_leaves_the_accuracy(adapt):
    thresholds = {"as_written": np.inf, "as_published": np.inf}
    table = adaptive_table({"natural": adapt(thresholds=thresholds)}, thresholds)
    assert (table["combined"] == table["accuracy"]).all()
    assert table["accuracy"].min() < 0.5


def test_images_stay_in_their_ball_and_evade_in_all_larger_ones(adapt, test_set):
    images = adapt()
    changes = np.abs(images.images.astype(int) - test_set.images.astype(int)).max((1, 2, 3))
    # Truncation darkens by less than a gray level.
    assert (changes <= np.array(_EPSILONS) * 255 + 1).all()
    combined = _combined(images)
    assert combined == sorted(combined, reverse=True)
    assert combined[-1] < combined[0]


def test_scores_and_classes_are_those_of_the_written_images(adapt, model):
    images = adapt()
    for position in range(len(_EPSILONS)):
        values = torch.from_numpy(images.images[position])[:, None].float() / 255
        classes = model(values).argmax(1).numpy()
        wrong = images.truncated_predictions[position] != images.labels
        assert (classes[wrong] == images.truncated_predictions[position][wrong]).all()
        for reading in detector.READINGS:
            expected = detector.scores(images.images[position], reading)
            np.testing.assert_array_equal(getattr(images, reading)[position], expected)


@pytest.mark.parametrize("finished", [0, 1, 2])
def test_a_killed_attack_resumes_with_the_same_images(adapt, model, monkeypatch, finished):
    expected = adapt("whole")

    def dying(epsilons, *_, **__):
        yield from list(epsilons)[:finished]
        raise KilledError

    with monkeypatch.context() as patch:
        patch.setattr(aware, "bar", dying)
        with pytest.raises(KilledError):
            adapt()
    calls = []

    def counting(images):
        calls.append(len(images))
        return model(images)

    resumed = adapt(network=counting)
    for name, values in vars(expected).items():
        np.testing.assert_array_equal(getattr(resumed, name), values)
    again = len(calls)
    adapt(network=counting)
    # Only the clean images are predicted again.
    assert len(calls) - again < again


def test_a_score_is_compared_with_its_threshold_in_double_precision(adapt, test_set):
    exact = detector.scores(test_set.images, "as_written")
    single = adaptive.scores(torch.from_numpy(test_set.images).float(), "as_written").numpy()
    image = int(np.argmax(exact - single))
    limit = (exact[image] + single[image]) / 2
    assert single[image] < limit < exact[image]
    data = LabeledImages(test_set.images[[image]], np.zeros(1, np.int64))
    adapted = adapt(
        network=lambda images: _always(images, wrong=True),
        data=data,
        thresholds={"as_written": limit, "as_published": 1.0},
    )
    assert (adapted.as_written <= limit).all()


def test_a_score_is_never_asked_about_no_image(gray, tmp_path):
    def largest(values):
        return values.amax((0, 1, 2)).expand(len(values))

    images, _, _ = aware.candidates(
        lambda images: _always(images, wrong=False),
        gray,
        [0.1],
        aware.Aim([(largest, 0.0)], followed=largest),
        steps=2,
        starts=1,
        batch_size=3,
        seed=1,
        device=_CPU,
        workspace=Workspace(tmp_path),
    )
    assert (images[0] == gray.images).all()


def test_a_network_without_numbers_is_refused(adapt):
    error = error_of(adapt, network=lambda images: images.mean((1, 2)) * torch.nan)
    assert "the attacked network" in error.where + error.expected + error.found


def test_an_image_that_only_the_truncation_rescues_counts_as_correct():
    scores = np.full((1, 4), 0.02)
    images = Adapted(
        np.array([0.1]),
        np.zeros(4, np.int64),
        np.zeros((1, 4, 28, 28), np.uint8),
        np.array([[0, 1, 1, 1]]),
        np.array([[0, 0, 1, 1]]),
        as_written=scores,
        as_published=np.array([[0.0, 0.0, 0.0, 0.02]]),
    )
    table = adaptive_table({"secret": images}, _LIMITS).set_index("reading")
    published = table.loc["as_published"]
    assert (published["accuracy"], published["flagged"]) == (0.5, 0.25)
    assert (published["tpr"], published["combined"]) == (0.25, 0.75)
    assert table.loc["as_written", "combined"] == 1


def test_both_attacks_are_joined_where_both_ran(paper_as_run, aware):
    joined = both_attacks(paper_as_run, aware)
    assert isinstance(joined, pd.DataFrame)
    assert set(zip(joined["model"], joined["epsilon"], strict=True)) == set(
        zip(aware["model"], aware["epsilon"], strict=True)
    )
    assert (joined["combined_aware"] <= joined["combined"]).all()
