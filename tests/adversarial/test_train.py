"""Training: what it reaches, its schedules, and that an interruption leaves no trace."""

import math
from contextlib import contextmanager
from dataclasses import asdict

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy
from torch.nn.modules.module import register_module_forward_pre_hook

from triptych.adversarial import train
from triptych.adversarial.networks import MadryNetwork, initialize
from triptych.config.adversarial import AdversaryParameters, TrainingParameters
from triptych.data.images import LabelledImages
from triptych.errors import UserError
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace

_CPU = torch.device("cpu")
_ADVERSARY = AdversaryParameters(epsilon=0.2, steps=2, step_size=0.1, ramp=0.5)


def _recipe(**changes) -> TrainingParameters:
    values = {
        "recipe": "test",
        "steps": 16,
        "batch_size": 10,
        "learning_rate": 0.005,
        "schedule": "cosine",
        "log_every": 3,
        "checkpoint_every": 5,
    }
    return TrainingParameters(**{**values, **changes})


def _numbered(count: int) -> LabelledImages:
    """Images that can be told apart by their first pixel."""
    images = np.full((count, 28, 28), 128, np.uint8)
    images[:, 0, 0] = np.arange(count)
    return LabelledImages(images, np.arange(count) % 10)


def _fit(data, recipe, folder, *, validation=None, width=0.0625, seed=4):
    nothing = data.first(0)
    return train.fit(
        data,
        nothing if validation is None else validation,
        recipe,
        width=width,
        seed=seed,
        device=_CPU,
        workspace=Workspace(folder),
    )


@contextmanager
def _watched():
    """Collect the images of every pass through a network while the block runs."""
    seen = []

    def note(module, arguments):
        if isinstance(module, MadryNetwork):
            seen.append(arguments[0].detach().clone())

    handle = register_module_forward_pre_hook(note)
    try:
        yield seen
    finally:
        handle.remove()


def _numbers(*batches: torch.Tensor) -> list[int]:
    """Which images of :func:`_numbered` the batches hold, one after another."""
    return (torch.cat(batches)[:, 0, 0, 0] * 255).round().int().tolist()


class _KilledError(Exception):
    pass


def _fit_until(step: int, monkeypatch, *arguments, **options):
    """Train, and die before a step as if killed there."""

    def steps_until_death(items, *_, **__):
        for item in items:
            if item == step:
                raise _KilledError
            yield item

    with monkeypatch.context() as patch:
        patch.setattr(train, "bar", steps_until_death)
        with pytest.raises(_KilledError):
            _fit(*arguments, **options)


def _assert_equal(one, other):
    assert one[1] == other[1]
    for (name, left), right in zip(
        one[0].state_dict().items(), other[0].state_dict().values(), strict=True
    ):
        assert torch.equal(left, right), name


def test_a_brief_training_learns_the_digits(digits, tmp_path):
    data, test = digits
    recipe = _recipe(steps=120, batch_size=50, learning_rate=0.01)
    network, history = _fit(data, recipe, tmp_path, validation=test, width=0.125)
    assert train.clean_accuracy(network, test, _CPU) > 0.8
    assert history[-1].validation_accuracy == train.clean_accuracy(network, test, _CPU)
    assert history[-1].loss < history[0].loss / 2


def test_the_trained_network_is_frozen(tmp_path):
    network, _ = _fit(_numbered(20), _recipe(steps=1), tmp_path)
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_training_on_adversarial_examples_makes_another_network(digits, tmp_path):
    data = digits[0].first(40)
    natural, _ = _fit(data, _recipe(), tmp_path / "natural")
    robust, _ = _fit(data, _recipe(adversary=_ADVERSARY), tmp_path / "robust")
    assert not torch.equal(natural.conv1.weight, robust.conv1.weight)


def test_equal_seeds_give_equal_networks_and_other_seeds_others(digits, tmp_path):
    data = digits[0].first(40)
    recipe = _recipe(adversary=_ADVERSARY)
    first = _fit(data, recipe, tmp_path / "first")
    _assert_equal(first, _fit(data, recipe, tmp_path / "second"))
    other, _ = _fit(data, recipe, tmp_path / "other", seed=5)
    assert not torch.equal(first[0].fc2.weight, other.fc2.weight)


# An infinite rate makes every weight infinite, or NaN; after step 10 a checkpoint is due.
@pytest.mark.parametrize(
    ("step", "ends"), [(8, "nan at step 9,"), (10, "infinity in conv1.weight at step 10,")]
)
@pytest.mark.parametrize("adversary", [None, _ADVERSARY], ids=["natural", "adversarial"])
def test_a_training_that_leaves_the_finite_numbers_ends_and_keeps_nothing_of_them(
    tmp_path, monkeypatch, adversary, step, ends
):
    real = train.learning_rate
    monkeypatch.setattr(
        train,
        "learning_rate",
        lambda recipe, now: math.inf if now + 1 == step else real(recipe, now),
    )
    recipe = _recipe(adversary=adversary, log_every=100)
    for _ in range(2):
        # A rerun ends as the first run did.
        with pytest.raises(UserError, match=ends) as ended:
            _fit(_numbered(40), recipe, tmp_path)
        assert "training test of" in ended.value.where
        tensors, state = Workspace(tmp_path).load("training")
        assert state["step"] == 5
        assert all(value.isfinite().all() for value in tensors.values())


def test_a_last_step_that_leaves_the_finite_numbers_makes_no_network(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "learning_rate", lambda _, now: math.inf if now == 2 else 0.005)
    with pytest.raises(UserError, match="at step 3, with a learning rate of inf"):
        _fit(_numbered(20), _recipe(steps=3), tmp_path)


# Of a power cut, while the newest checkpoint was written.
@pytest.mark.parametrize("left", [0, 40, 3000])
def test_a_torn_checkpoint_costs_the_steps_since_the_one_before(
    digits, tmp_path, monkeypatch, capsys, left
):
    data = digits[0].first(43)
    expected = _fit(data, _recipe(), tmp_path / "whole")
    _fit_until(12, monkeypatch, data, _recipe(), tmp_path / "broken")
    newest = tmp_path / "broken/training.safetensors"
    newest.write_bytes(newest.read_bytes()[:left])
    with _watched() as seen:
        resumed = _fit(data, _recipe(), tmp_path / "broken")
    _assert_equal(expected, resumed)
    assert len(seen) == 16 - 5
    assert f"{newest} is damaged" in capsys.readouterr().err


# Before the first checkpoint, at one, between two, and after the last.
@pytest.mark.parametrize("step", [0, 3, 5, 8, 10, 15])
@pytest.mark.parametrize("adversary", [None, _ADVERSARY], ids=["natural", "adversarial"])
def test_an_interrupted_training_ends_as_if_undisturbed(
    digits, tmp_path, monkeypatch, step, adversary
):
    data, validation = digits[0].first(43), digits[1].first(20)
    recipe = _recipe(adversary=adversary)
    expected = _fit(data, recipe, tmp_path / "whole", validation=validation)
    _fit_until(step, monkeypatch, data, recipe, tmp_path / "broken", validation=validation)
    with _watched() as seen:
        resumed = _fit(data, recipe, tmp_path / "broken", validation=validation)
    _assert_equal(expected, resumed)
    # The steps before the last checkpoint are not made again.
    passes = 1 if adversary is None else 1 + adversary.steps
    assert sum(len(batch) == recipe.batch_size for batch in seen) == passes * (16 - step // 5 * 5)


def test_the_history_survives_two_interruptions(digits, tmp_path, monkeypatch):
    data, validation = digits[0].first(43), digits[1].first(20)
    recipe = _recipe(adversary=_ADVERSARY)
    expected = _fit(data, recipe, tmp_path / "whole", validation=validation)
    for step in (7, 12):
        _fit_until(step, monkeypatch, data, recipe, tmp_path / "broken", validation=validation)
    _assert_equal(expected, _fit(data, recipe, tmp_path / "broken", validation=validation))


def test_a_training_that_was_killed_after_its_last_checkpoint_makes_no_more_steps(tmp_path):
    data, recipe = _numbered(30), _recipe(steps=10, log_every=4)
    finished = _fit(data, recipe, tmp_path)
    with _watched() as seen:
        again = _fit(data, recipe, tmp_path)
    assert not seen
    _assert_equal(finished, again)


@pytest.mark.parametrize("step", [14, 17, 23])
def test_a_restart_raises_the_rate_forgets_the_moments_and_can_be_interrupted(
    digits, tmp_path, monkeypatch, step
):
    data = digits[0].first(43)
    restart = {"steps": 8, "learning_rate": 0.01}
    recipe = _recipe(adversary=_ADVERSARY, restart=restart, log_every=1)
    network, history = _fit(data, recipe, tmp_path / "whole")
    rates = [row.learning_rate for row in history]
    assert len(rates) == 24
    assert rates[15] < 0.001
    assert rates[16] == 0.01
    assert rates[16:] == sorted(rates[16:], reverse=True)

    _fit_until(step, monkeypatch, data, recipe, tmp_path / "broken")
    _assert_equal((network, history), _fit(data, recipe, tmp_path / "broken"))

    plain, _ = _fit(data, _recipe(adversary=_ADVERSARY), tmp_path / "plain")
    Workspace(tmp_path / "fresh").save("training", *_after(plain, 16, history[:16]))
    _assert_equal((network, history), _fit(data, recipe, tmp_path / "fresh"))


def _after(network: MadryNetwork, step: int, history):
    """A checkpoint with an optimiser that has no past."""
    tensors = {f"network.{key}": value for key, value in network.state_dict().items()}
    for number, parameter in enumerate(network.parameters()):
        for name in ("exp_avg", "exp_avg_sq"):
            tensors[f"optimizer.{number}.{name}"] = torch.zeros_like(parameter)
        tensors[f"optimizer.{number}.step"] = torch.tensor(0.0)
    return tensors, {"step": step, "history": [asdict(row) for row in history]}


@pytest.mark.parametrize(
    ("steps", "log_every", "expected"),
    [(16, 3, [3, 6, 9, 12, 15, 16]), (6, 3, [3, 6]), (2, 100, [2])],
)
def test_the_history_has_every_so_many_steps_and_always_the_last(
    steps, log_every, expected, tmp_path
):
    _, history = _fit(_numbered(20), _recipe(steps=steps, log_every=log_every), tmp_path)
    assert [row.step for row in history] == expected
    assert all(math.isfinite(row.loss) for row in history)


def test_without_validation_images_the_history_has_no_accuracy(tmp_path):
    _, history = _fit(_numbered(20), _recipe(steps=3), tmp_path)
    assert [row.validation_accuracy for row in history] == [None]


def test_the_logged_loss_is_that_of_the_steps_own_batch(tmp_path):
    data = _numbered(30)
    with _watched() as seen:
        _, history = _fit(data, _recipe(steps=1), tmp_path)
    labels = torch.from_numpy(data.labels)[_numbers(seen[0])]
    network = initialize(0.0625, derive(4, "weights"))
    expected = cross_entropy(network(seen[0]), labels).item()
    assert history[0].loss == pytest.approx(expected, rel=1e-5)


def test_every_epoch_shows_each_image_once_in_a_new_order(tmp_path):
    with _watched() as seen:
        _fit(_numbered(40), _recipe(steps=12), tmp_path)
    epochs = [_numbers(*seen[start : start + 4]) for start in (0, 4, 8)]
    assert all(sorted(epoch) == list(range(40)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_the_ragged_end_of_an_epoch_is_left_out(tmp_path):
    with _watched() as seen:
        _fit(_numbered(47), _recipe(steps=8), tmp_path)
    epochs = [_numbers(*seen[start : start + 4]) for start in (0, 4)]
    assert [len(set(epoch)) for epoch in epochs] == [40, 40]
    # Another order each time: the same seven are not left out for ever.
    assert set(epochs[0]) != set(epochs[1])


@pytest.mark.parametrize("adversary", [None, _ADVERSARY], ids=["natural", "adversarial"])
def test_fewer_images_than_a_batch_are_one_batch(tmp_path, adversary):
    with _watched() as seen:
        _fit(_numbered(7), _recipe(steps=3, adversary=adversary), tmp_path)
    assert {len(batch) for batch in seen} == {7}


def test_labels_go_with_their_images(tmp_path):
    # Bright images are ones, dark ones zeros: with wrong labels nothing can be learnt.
    labels = np.random.default_rng(1).integers(0, 2, 60)
    images = np.repeat(labels * 200, 784).reshape(60, 28, 28).astype(np.uint8)
    data = LabelledImages(images, labels)
    recipe = _recipe(steps=40, learning_rate=0.01, schedule="constant")
    network, _ = _fit(data, recipe, tmp_path)
    assert train.clean_accuracy(network, data, _CPU) == 1


def test_a_constant_schedule_keeps_the_learning_rate():
    recipe = _recipe(schedule="constant")
    assert [train.learning_rate(recipe, step) for step in (0, 8, 15)] == [0.005] * 3


def test_a_cosine_schedule_falls_from_the_full_rate_through_half_towards_zero():
    recipe = _recipe(steps=100)
    rates = [train.learning_rate(recipe, step) for step in range(100)]
    assert rates[0] == 0.005
    assert rates[50] == pytest.approx(0.0025)
    assert rates[25] == pytest.approx(0.005 * (2 + math.sqrt(2)) / 4)
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[99] < 2e-6


def test_the_optimiser_follows_the_schedule(tmp_path):
    # Adam's first step changes every weight by the learning rate, whatever the gradient.
    start = initialize(0.0625, derive(4, "weights"))
    network, history = _fit(_numbered(20), _recipe(steps=1, log_every=1), tmp_path / "first")
    changes = [
        (after - before).abs().max().item()
        for after, before in zip(network.parameters(), start.parameters(), strict=True)
    ]
    assert max(changes) == pytest.approx(0.005, rel=1e-3)
    assert history[0].learning_rate == 0.005
    # At the end of the cosine hardly anything changes any more.
    recipe = _recipe(steps=40, log_every=1, checkpoint_every=39)
    late, history = _fit(_numbered(20), recipe, tmp_path / "late")
    kept, _ = Workspace(tmp_path / "late").load("training")
    assert (late.fc1.weight - kept["network.fc1.weight"]).abs().max() < 1e-4
    assert [row.learning_rate for row in history] == [
        train.learning_rate(recipe, step) for step in range(40)
    ]


@pytest.mark.parametrize(
    ("ramp", "step", "expected"),
    [(0.5, 0, 0.1), (0.5, 25, 0.55), (0.5, 50, 1), (0.5, 99, 1), (0.0, 0, 1), (1.0, 50, 0.55)],
)
def test_the_adversary_grows_from_a_tenth_to_its_full_strength(ramp, step, expected):
    adversary = AdversaryParameters(epsilon=0.3, steps=1, step_size=0.1, ramp=ramp)
    assert train.strength(adversary, step, 100) == pytest.approx(expected)


def test_training_batches_are_attacked_with_the_epsilon_of_their_step(tmp_path):
    recipe = _recipe(steps=12, adversary=_ADVERSARY)
    data = LabelledImages(np.full((30, 28, 28), 128, np.uint8), np.arange(30) % 10)
    with _watched() as seen:
        _fit(data, recipe, tmp_path)
    # Of the three passes of a step the last is the one that is learnt from.
    distances = [(batch - 128 / 255).abs().max().item() for batch in seen[2::3]]
    expected = [0.2 * train.strength(_ADVERSARY, step, 12) for step in range(12)]
    assert distances == pytest.approx(expected, abs=1e-6)


def test_every_training_batch_starts_at_another_random_point(tmp_path):
    recipe = _recipe(steps=3, adversary=_ADVERSARY)
    data = LabelledImages(np.full((30, 28, 28), 128, np.uint8), np.arange(30) % 10)
    with _watched() as seen:
        _fit(data, recipe, tmp_path)
    draws = [
        (batch - 128 / 255) / (0.2 * train.strength(_ADVERSARY, step, 3))
        for step, batch in enumerate(seen[::3])
    ]
    for one, other in ((0, 1), (1, 2)):
        pair = torch.stack([draws[one].flatten(), draws[other].flatten()])
        assert abs(torch.corrcoef(pair)[0, 1]) < 0.1


@pytest.mark.parametrize("count", [1, 499, 501])
def test_predictions_of_many_images_equal_those_of_each(count):
    generator = np.random.default_rng(2)
    data = LabelledImages(
        generator.integers(0, 256, (count, 28, 28)).astype(np.uint8), np.zeros(count, np.int64)
    )
    network = initialize(0.0625, 1)
    found = train.predict(network, data, _CPU)
    assert found.shape == (count,)
    last = train.predict(network, data.last(1), _CPU)
    assert found[-1] == last[0]
