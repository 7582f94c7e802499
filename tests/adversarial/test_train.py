"""Training: what it reaches, its schedules, and that an interruption leaves no trace."""

import math
from contextlib import contextmanager
from dataclasses import asdict

import numpy as np
import pytest
import torch
from interrupted import killed_before
from torch.nn.modules.module import register_module_forward_pre_hook

from triptych.adversarial import train
from triptych.adversarial.networks import MadryNetwork, initialize
from triptych.config.adversarial import AdversaryParameters, TrainingParameters
from triptych.data.images import LabeledImages
from triptych.errors import UserError
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


def _numbered(count: int) -> LabeledImages:
    """Images that can be told apart by their first pixel."""
    images = np.full((count, 28, 28), 128, np.uint8)
    images[:, 0, 0] = np.arange(count)
    return LabeledImages(images, np.arange(count) % 10)


def _fit(data, recipe, folder, *, validation=None, width=0.0625, seed=4):
    return train.fit(
        data,
        data.first(0) if validation is None else validation,
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
    assert history[-1].validation == train.clean_accuracy(network, test, _CPU)
    assert history[-1].loss < history[0].loss / 2
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_equal_seeds_give_equal_networks_and_other_seeds_others(digits, tmp_path):
    data = digits[0].first(40)
    recipe = _recipe(adversary=_ADVERSARY)
    first = _fit(data, recipe, tmp_path / "first")
    _assert_equal(first, _fit(data, recipe, tmp_path / "second"))
    other, _ = _fit(data, recipe, tmp_path / "other", seed=5)
    assert not torch.equal(first[0].fc2.weight, other.fc2.weight)


def test_a_diverging_training_ends_and_says_which(tmp_path, monkeypatch):
    monkeypatch.setattr(train, "learning_rate", lambda _, now: math.inf if now == 7 else 0.005)
    with pytest.raises(UserError, match="nan at step 9,") as ended:
        _fit(_numbered(40), _recipe(adversary=_ADVERSARY, log_every=100), tmp_path)
    assert ended.value.where == "the training 'test'"


# At a checkpoint, and between two.
@pytest.mark.parametrize("step", [5, 8])
@pytest.mark.parametrize("adversary", [None, _ADVERSARY], ids=["natural", "adversarial"])
def test_an_interrupted_training_ends_as_if_undisturbed(digits, tmp_path, step, adversary):
    data, validation = digits[0].first(43), digits[1].first(20)
    recipe = _recipe(adversary=adversary)
    expected = _fit(data, recipe, tmp_path / "whole", validation=validation)
    with killed_before(step):
        _fit(data, recipe, tmp_path / "broken", validation=validation)
    _assert_equal(expected, _fit(data, recipe, tmp_path / "broken", validation=validation))


@pytest.mark.parametrize("step", [14, 17, 23])
def test_a_restart_raises_the_rate_forgets_the_moments_and_can_be_interrupted(
    digits, tmp_path, step
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

    with killed_before(step):
        _fit(data, recipe, tmp_path / "broken")
    _assert_equal((network, history), _fit(data, recipe, tmp_path / "broken"))

    plain, _ = _fit(data, _recipe(adversary=_ADVERSARY), tmp_path / "plain")
    Workspace(tmp_path / "fresh").save("training", *_after(plain, 16, history[:16]))
    _assert_equal((network, history), _fit(data, recipe, tmp_path / "fresh"))


def _after(network: MadryNetwork, step: int, history):
    """A checkpoint with an optimizer that has no past."""
    tensors = {f"network.{key}": value for key, value in network.state_dict().items()}
    for number, parameter in enumerate(network.parameters()):
        for name in ("exp_avg", "exp_avg_sq"):
            tensors[f"optimizer.{number}.{name}"] = torch.zeros_like(parameter)
        tensors[f"optimizer.{number}.step"] = torch.tensor(0.0)
    return tensors, {"step": step, "history": [asdict(row) for row in history]}


def test_without_validation_images_the_history_has_no_accuracy(tmp_path):
    _, history = _fit(_numbered(20), _recipe(steps=3), tmp_path)
    assert [row.validation for row in history] == [None]


def test_fewer_images_than_a_batch_are_one_batch(tmp_path):
    with _watched() as seen:
        _fit(_numbered(7), _recipe(steps=3, adversary=_ADVERSARY), tmp_path)
    assert {len(batch) for batch in seen} == {7}


def test_the_rate_is_constant_or_falls_as_a_half_cosine():
    constant, cosine = _recipe(schedule="constant"), _recipe()
    assert [train.learning_rate(constant, step) for step in (0, 8, 15)] == [0.005] * 3
    assert [train.learning_rate(cosine, step) for step in (0, 8)] == pytest.approx([0.005, 0.0025])


def test_pieces_of_a_batch_train_as_the_whole_batch(digits, tmp_path):
    data, constant = digits[0].first(43), {"schedule": "constant", "adversary": _ADVERSARY}
    whole, rows = _fit(data, _recipe(steps=3, **constant), tmp_path / "whole")
    pieces, same = _fit(data, _recipe(steps=3, accumulate=5, **constant), tmp_path / "pieces")
    assert [row.loss for row in same] == pytest.approx([row.loss for row in rows], rel=1e-3)
    torch.testing.assert_close(pieces.fc2.weight, whole.fc2.weight, rtol=0, atol=1e-3)


@pytest.mark.parametrize(
    ("ramp", "step", "expected"),
    [(0.5, 0, 0.1), (0.5, 25, 0.55), (0.5, 50, 1), (0.5, 99, 1), (0.0, 0, 1), (1.0, 50, 0.55)],
)
def test_the_adversary_grows_from_a_tenth_to_its_full_strength(ramp, step, expected):
    adversary = AdversaryParameters(epsilon=0.3, steps=1, step_size=0.1, ramp=ramp)
    assert train.strength(adversary, step, 100) == pytest.approx(expected)


def _attacked(folder, steps):
    """The images of every pass while gray images are attacked and learned."""
    gray = LabeledImages(np.full((30, 28, 28), 128, np.uint8), np.arange(30) % 10)
    with _watched() as seen:
        _fit(gray, _recipe(steps=steps, adversary=_ADVERSARY), folder)
    return seen


def test_training_batches_are_attacked_with_the_epsilon_of_their_step(tmp_path):
    seen = _attacked(tmp_path, 12)
    # Of the three passes of a step the last is the one that is learned from.
    distances = [(batch - 128 / 255).abs().max().item() for batch in seen[2::3]]
    expected = [0.2 * train.strength(_ADVERSARY, step, 12) for step in range(12)]
    assert distances == pytest.approx(expected, abs=1e-6)


def test_every_training_batch_starts_at_another_random_point(tmp_path):
    draws = [
        (batch - 128 / 255) / (0.2 * train.strength(_ADVERSARY, step, 3))
        for step, batch in enumerate(_attacked(tmp_path, 3)[::3])
    ]
    for one, other in ((0, 1), (1, 2)):
        pair = torch.stack([draws[one].flatten(), draws[other].flatten()])
        assert abs(torch.corrcoef(pair)[0, 1]) < 0.1


@pytest.mark.parametrize("count", [1, 499, 501])
def test_predictions_of_many_images_equal_those_of_each(count):
    generator = np.random.default_rng(2)
    images = generator.integers(0, 256, (count, 28, 28)).astype(np.uint8)
    data = LabeledImages(images, np.zeros(count, np.int64))
    network = initialize(0.0625, 1)
    found = train.predict(network, data, _CPU)
    assert found.shape == (count,)
    last = train.predict(network, data.last(1), _CPU)
    assert found[-1] == last[0]
