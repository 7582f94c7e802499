"""The sweep over epsilons, how it resumes, the scores, and the control of plain noise."""

import numpy as np
import pytest
import torch
from interrupted import KilledError
from support import error_of

from triptych.adversarial import detector, evaluate, pgd
from triptych.adversarial.raw import Attacks
from triptych.job.workspace import Workspace

_CPU = torch.device("cpu")
_EPSILONS = [0.05, 0.1, 0.2, 0.3, 0.5]
_PGD = {"steps": 3, "step_size": 0.1}


@pytest.fixture(scope="module")
def test_set(digits):
    return digits[1].first(12)


@pytest.fixture
def sweep(model, test_set, tmp_path):
    """The sweep with settings that a test may replace."""

    def run(folder="work", **changes):
        arguments = {
            "network": model,
            "data": test_set,
            "epsilons": _EPSILONS,
            "random_start": True,
            "batch_size": 12,
            "seed": 5,
            "device": _CPU,
            "workspace": Workspace(tmp_path / folder),
            **_PGD,
        }
        return evaluate.sweep(**{**arguments, **changes})

    return run


@pytest.fixture
def killed_after(monkeypatch, sweep):
    """Let a sweep die after a number of batches of epsilons."""

    def run(count, **changes):
        def groups_until_death(items, *_, **__):
            yield from list(items)[:count]
            raise KilledError

        with monkeypatch.context() as patch:
            patch.setattr(evaluate, "bar", groups_until_death)
            with pytest.raises(KilledError):
                sweep(**changes)

    return run


def _assert_equal(one: Attacks, other: Attacks) -> None:
    np.testing.assert_array_equal(one.epsilons, other.epsilons)
    np.testing.assert_array_equal(one.predictions, other.predictions)
    np.testing.assert_array_equal(one.images, other.images)


@pytest.mark.parametrize("random_start", [True, False])
def test_a_sweep_is_one_attack_for_each_epsilon(sweep, model, test_set, random_start):
    found = sweep(random_start=random_start)
    images = torch.from_numpy(test_set.images).unsqueeze(1).float() / 255
    labels = torch.from_numpy(test_set.labels)
    assert found.images.dtype == np.uint8
    assert found.images.shape == (5, 12, 28, 28)
    np.testing.assert_array_equal(found.epsilons, _EPSILONS)
    for position, epsilon in enumerate(_EPSILONS):
        attacked = pgd.attack(
            model, images, labels, epsilon, random_start=random_start, seed=5, **_PGD
        )
        # Truncated, not rounded, as the paper stores its images.
        expected = np.floor(attacked.numpy() * np.float32(255))[:, 0]
        np.testing.assert_array_equal(found.images[position], expected)
        predicted = model(attacked).argmax(1).numpy()
        np.testing.assert_array_equal(found.predictions[position], predicted)


@pytest.mark.parametrize("batch_size", [1, 5, 11, 13, 24, 30, 60, 1000])
def test_the_size_of_a_batch_does_not_change_the_sweep(sweep, batch_size):
    _assert_equal(sweep("whole"), sweep(batch_size=batch_size))


def test_a_batch_holds_no_more_images_than_its_size(sweep, model):
    sizes = []

    def counting(images):
        sizes.append(len(images))
        return model(images)

    sweep(network=counting, batch_size=30)
    assert max(sizes) == 24
    sweep("again", network=counting, batch_size=5)
    assert max(sizes[-5:]) <= 5


@pytest.mark.parametrize("batch_size", [12, 30])
@pytest.mark.parametrize("finished", [0, 1, 2])
def test_an_interrupted_sweep_resumes_without_repeating_what_is_finished(
    sweep, killed_after, model, finished, batch_size
):
    expected = sweep("whole", batch_size=batch_size)
    killed_after(finished, batch_size=batch_size)
    attacked = []

    def counting(images):
        attacked.append(len(images))
        return model(images)

    _assert_equal(sweep(network=counting, batch_size=batch_size), expected)
    left = len(_EPSILONS) - finished * (batch_size // 12)
    # A pass for each step, and one to predict.
    assert sum(attacked) == left * 12 * (_PGD["steps"] + 1)


@pytest.mark.parametrize("left", [0, 40, 200])
@pytest.mark.parametrize("batch_size", [12, 30])
def test_a_torn_epsilon_is_attacked_again(sweep, killed_after, tmp_path, capsys, batch_size, left):
    expected = sweep("whole", batch_size=batch_size)
    killed_after(2, batch_size=batch_size)
    torn = tmp_path / "work/epsilon-0.1.safetensors"
    torn.write_bytes(torn.read_bytes()[:left])
    _assert_equal(sweep(batch_size=batch_size), expected)
    assert f"{torn} is damaged" in capsys.readouterr().err


def test_a_network_that_answers_nan_is_refused(sweep, model):
    error = error_of(lambda: sweep(network=lambda images: model(images) * float("nan")))
    assert error.found == "NaN"


@pytest.mark.parametrize(("before", "after"), [(24, 12), (12, 24), (36, 24)])
def test_a_sweep_resumes_on_a_device_with_another_size_of_batch(sweep, killed_after, before, after):
    # A job may run on a GPU, with many epsilons in a batch, or on a CPU, with one.
    expected = sweep("whole")
    killed_after(1, batch_size=before)
    _assert_equal(sweep(batch_size=after), expected)


def test_stronger_attacks_fool_more(sweep, model, test_set):
    attacks = sweep(epsilons=[0.02, 0.3], steps=8)
    found = evaluate.score(model, test_set, attacks)
    clean, weak, strong = (found.predictions == test_set.labels).mean(axis=1)
    assert clean >= weak > strong
    assert clean > 0.6
    assert strong < 0.2


def test_scores_have_the_clean_images_first(sweep, model, test_set):
    attacks = sweep()
    found = evaluate.score(model, test_set, attacks)
    np.testing.assert_array_equal(found.epsilons, [0, *_EPSILONS])
    np.testing.assert_array_equal(found.labels, test_set.labels)
    np.testing.assert_array_equal(found.predictions[1:], attacks.predictions)
    clean = torch.from_numpy(test_set.images).unsqueeze(1).float() / 255
    np.testing.assert_array_equal(found.predictions[0], model(clean).argmax(1).numpy())
    for reading in ("as_written", "as_published", "signed"):
        scores = getattr(found, reading)
        assert scores.shape == (6, 12)
        np.testing.assert_array_equal(scores[0], detector.scores(test_set.images, reading))
        for position in range(5):
            np.testing.assert_array_equal(
                scores[position + 1], detector.scores(attacks.images[position], reading)
            )


@pytest.mark.parametrize("epsilon", [0.0, 0.01, 0.1, 0.5])
def test_noise_stays_within_epsilon(test_set, epsilon):
    found = evaluate.noisy(test_set, epsilon, 1)
    change = found.astype(int) - test_set.images
    assert found.dtype == np.uint8
    assert change.max() <= 255 * epsilon
    # Truncation lowers a pixel by less than one gray value.
    assert change.min() > -255 * epsilon - 1


def test_noise_of_equal_seeds_is_equal_and_of_other_seeds_other(test_set):
    found = evaluate.noisy(test_set, 0.2, 1)
    np.testing.assert_array_equal(found, evaluate.noisy(test_set, 0.2, 1))
    assert (found != evaluate.noisy(test_set, 0.2, 2)).any()
    np.testing.assert_array_equal(found[:5], evaluate.noisy(test_set.first(5), 0.2, 1))


def test_noise_is_no_attack_yet_disturbs_the_detector(test_set):
    noisy = detector.scores(evaluate.noisy(test_set, 0.2, 1), "as_published")
    assert noisy.min() > detector.scores(test_set.images, "as_published").max()
