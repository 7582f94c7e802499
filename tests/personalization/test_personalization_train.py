"""The training loop of panel 3: its schedule, its history, and what a kill leaves of it."""

import math

import pytest
import torch
from tiny_base import (
    ALONE,
    DROPOUT,
    WIDTH,
    assert_same_weights,
    embeddings,
    fingerprint,
    fresh,
    loop,
    stirred_attention,
    with_adapter,
)
from torch import nn

from triptych.errors import UserError
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.personalization import adapter, train
from triptych.personalization.denoising import (
    AdapterObjective,
    Captioned,
    ReferenceSets,
    TextObjective,
)
from triptych.personalization.networks.set_attention import SetSelfAttention
from triptych.personalization.photos import Latents
from triptych.personalization.train import (
    Objective,
    fit,
    learning_rate,
)


class _KilledError(Exception):
    pass


class _Line(Objective):
    """Weights that follow numbers, with dropout, and something frozen beside them."""

    def __init__(self, dies_at=None):
        super().__init__()
        torch.manual_seed(1)
        self.network = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 1))
        self.frozen = nn.Linear(3, 3).requires_grad_(False)
        self.dies_at, self.made, self.averaged = dies_at, [], 0

    def batch(self, step):
        if step == self.dies_at:
            raise _KilledError
        self.made.append(step)
        generator = torch.Generator().manual_seed(derive(7, step))
        return torch.randn(4, 3, generator=generator), torch.randn(4, 1, generator=generator)

    def validation_batch(self):
        return torch.ones(2, 3), torch.zeros(2, 1)

    def forward(self, given, wanted):
        return ((self.network(self.frozen(given)) - wanted) ** 2).mean()

    def after_step(self):
        self.averaged += 1


def _fit(objective, workspace=None, *, seed=3, **changes):
    return fit(
        objective,
        loop(**{"steps": 6, "log_every": 2, "checkpoint_every": 2, **changes}),
        seed=seed,
        team=ALONE,
        workspace=workspace,
        description="fit",
    )


# Schedule


def test_a_rate_rises_over_the_warm_up_and_stays():
    parameters = loop(learning_rate=0.4, warmup_steps=3, schedule="constant", steps=9)
    rates = [learning_rate(parameters, step) for step in range(9)]
    assert rates == pytest.approx([0.1, 0.2, 0.3, *[0.4] * 6])


def test_a_cosine_falls_to_nought_after_the_warm_up():
    parameters = loop(learning_rate=0.4, warmup_steps=2, schedule="cosine", steps=12)
    rates = [learning_rate(parameters, step) for step in range(13)]
    assert rates[2] == max(rates) == 0.4
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[7] == pytest.approx(0.2)
    assert rates[12] == pytest.approx(0)
    assert rates[4] == pytest.approx(0.4 * 0.5 * (1 + math.cos(math.pi * 0.2)))


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_warm_up_as_long_as_the_training_is_no_mistake(schedule):
    parameters = loop(learning_rate=0.4, warmup_steps=4, steps=4, schedule=schedule)
    assert [learning_rate(parameters, step) for step in range(4)] == pytest.approx(
        [0.08, 0.16, 0.24, 0.32]
    )


def test_the_optimiser_follows_the_schedule():
    still, moving = _Line(), _Line()
    before = fingerprint(still.network)
    _fit(still, steps=1, learning_rate=1e-30, weight_decay=0.0)
    _fit(moving, steps=1)
    assert fingerprint(still.network) == before != fingerprint(moving.network)
    # AdamW's first step is as long as the rate, which the warm-up makes a tenth.
    slow = _Line()
    start = slow.network[0].bias.clone()
    _fit(slow, steps=1, warmup_steps=9, weight_decay=0.0)
    moved = (slow.network[0].bias - start).abs()
    assert moved.max().item() == pytest.approx(0.001, rel=1e-3)


# What it leaves


def test_only_the_network_is_trained_and_it_is_ready_for_use():
    objective, untrained = _Line(), _Line()
    _fit(objective)
    assert fingerprint(objective.network) != fingerprint(untrained.network)
    assert fingerprint(objective.frozen) == fingerprint(untrained.frozen)
    assert not objective.network.training
    assert objective.averaged == 6


def test_history_has_every_so_many_steps_and_the_last():
    rows = _fit(_Line(), steps=5)
    assert [row.step for row in rows] == [2, 4, 5]
    assert [row.learning_rate for row in rows] == pytest.approx(
        [learning_rate(loop(steps=5), row.step - 1) for row in rows]
    )
    # Dropout plays no part in a validation: the same weights give the same number.
    assert all(row.validation is not None for row in rows)
    objective = _Line()
    last = _fit(objective, steps=5)[-1]
    with torch.no_grad():
        expected = objective(*objective.validation_batch())
    assert last.validation == pytest.approx(expected.item())
    assert last.loss != pytest.approx(last.validation)


def test_looking_at_held_out_photos_changes_nothing(monkeypatch):
    seen, unseen = _Line(), _Line()
    _fit(seen)
    monkeypatch.setattr(_Line, "validation_batch", Objective.validation_batch)
    rows = _fit(unseen, log_every=3)
    assert [row.validation for row in rows] == [None, None]
    assert_same_weights(seen.network, unseen.network)


def test_equal_seeds_give_equal_networks_and_other_seeds_others():
    one, again, other = _Line(), _Line(), _Line()
    rows = _fit(one)
    assert _fit(again) == rows
    assert _fit(other, seed=4) != rows
    assert_same_weights(one.network, again.network)
    assert fingerprint(one.network) != fingerprint(other.network)


def test_a_cpu_computes_in_float32_whatever_a_gpu_does():
    assert _fit(_Line()) == _fit(_Line(), precision_cuda="bfloat16")


# A training that leaves the finite numbers


def _leave_after(step, monkeypatch):
    """Let the rate of a step be infinite: all weights are, too, after it, or NaN."""
    real = train.learning_rate
    monkeypatch.setattr(
        train,
        "learning_rate",
        lambda recipe, now: math.inf if now + 1 == step else real(recipe, now),
    )


# A checkpoint is due after 2, 4 and 6.
@pytest.mark.parametrize(("step", "ends"), [(3, "nan at step 4,"), (4, "0.weight at step 4,")])
def test_a_training_that_leaves_the_finite_numbers_ends_and_keeps_nothing_of_them(
    tmp_path, monkeypatch, step, ends
):
    _leave_after(step, monkeypatch)
    for made in ([0, 1, 2, 3], [2, 3]):
        objective = _Line()
        with pytest.raises(UserError, match=ends) as ended:
            _fit(objective, Workspace(tmp_path))
        assert ended.value.where == "the training 'fit'"
        # A rerun carries on from the sound checkpoint, and ends as the first run did.
        assert objective.made == made
        tensors, state = Workspace(tmp_path).load("checkpoint")
        assert state["step"] == 2
        assert all(value.isfinite().all() for value in tensors.values())


def test_so_does_one_without_a_workspace_at_its_last_step(monkeypatch):
    _leave_after(6, monkeypatch)
    with pytest.raises(UserError, match=r"0\.weight at step 6,"):
        _fit(_Line())


def test_a_validation_that_is_not_finite_ends_a_training(monkeypatch):
    monkeypatch.setattr(
        _Line, "validation_batch", lambda _: (torch.ones(2, 3), torch.full((2, 1), math.inf))
    )
    with pytest.raises(UserError, match="inf at step 2,"):
        _fit(_Line())


# A killed training


# Before the first checkpoint, at one, between two, and the last step.
@pytest.mark.parametrize("step", [0, 2, 3, 5])
def test_an_interrupted_training_ends_as_if_undisturbed(tmp_path, step):
    whole = _Line()
    expected = _fit(whole)
    workspace = Workspace(tmp_path)
    with pytest.raises(_KilledError):
        _fit(_Line(dies_at=step), workspace)

    resumed = _Line()
    assert _fit(resumed, workspace) == expected
    assert_same_weights(resumed.network, whole.network)
    # The steps before the last checkpoint are not made again.
    assert resumed.made == list(range(step // 2 * 2, 6))


def test_a_finished_training_is_not_made_again(tmp_path):
    first, second = _Line(), _Line()
    rows = _fit(first, Workspace(tmp_path))
    assert _fit(second, Workspace(tmp_path)) == rows
    assert second.made == []
    assert_same_weights(first.network, second.network)


def test_without_a_workspace_it_begins_at_the_beginning():
    objective = _Line()
    _fit(objective)
    _fit(objective)
    assert objective.made == [*range(6), *range(6)]


# The UNet with averaged weights


def _photos(count=8):
    return Captioned(
        latents=Latents(embeddings(count, 4, 8, 8), torch.full((count, 4, 8, 8), 0.1)),
        texts=embeddings(count, 16, WIDTH, seed=6),
        empty_text=torch.zeros(16, WIDTH),
    )


def _text_objective(pipeline, **changes):
    options = {"drop_text": 0.1, "ema_decay": 0.5, "snr_gamma": None, "batch_size": 2, "seed": 3}
    unet = fresh(pipeline).unet.requires_grad_(True)
    return TextObjective(unet, pipeline.scheduler, _photos(), **{**options, **changes})


def test_the_result_is_the_mean_of_the_weights_on_their_way(pipeline):
    objective = _text_objective(pipeline)
    path, real = [], objective.after_step

    def noting():
        real()
        path.append([p.detach().clone() for p in objective.unet.parameters()])

    objective.after_step = noting
    _fit(objective, steps=3)

    assert objective.result is not objective.unet
    for found, one, two, three in zip(objective.result.parameters(), *path, strict=True):
        # The mean begins at the weights after the first step.
        torch.testing.assert_close(found, 0.5 * (0.5 * one + 0.5 * two) + 0.5 * three)
    assert fingerprint(objective.result) != fingerprint(objective.unet)


def test_without_a_memory_the_result_is_the_last_weights(pipeline):
    objective = _text_objective(pipeline, ema_decay=0.0)
    _fit(objective, steps=3)
    for found, last in zip(objective.result.parameters(), objective.unet.parameters(), strict=True):
        assert torch.equal(found, last)


def test_the_average_survives_an_interruption(pipeline, tmp_path):
    whole = _text_objective(pipeline)
    expected = _fit(whole, steps=4)
    broken = _text_objective(pipeline)
    broken.batch = _dying(broken.batch, at=3)
    with pytest.raises(_KilledError):
        _fit(broken, Workspace(tmp_path), steps=4)

    resumed = _text_objective(pipeline)
    assert _fit(resumed, Workspace(tmp_path), steps=4) == expected
    assert_same_weights(resumed.unet, whole.unet)
    assert_same_weights(resumed.result, whole.result)


def _dying(batch, at):
    def until(step):
        if step == at:
            raise _KilledError
        return batch(step)

    return until


# The adapter beside what is frozen


def _adapter_objective(pipeline, attention):
    return AdapterObjective(
        pipeline,
        _photos(),
        embeddings(8, WIDTH, seed=7),
        ReferenceSets({"Ann": [0, 1, 2, 3], "Bob": [4, 5, 6, 7]}, 3, seed=4),
        set_attention=attention,
        dropout=DROPOUT,
        snr_gamma=None,
        batch_size=2,
        seed=3,
    )


def _base_weights(pipeline):
    """The weights that the base model had before it was given an adapter, by name."""
    return {
        f"{part}.{name}": value.clone()
        for part in ("unet", "vae", "text_encoder", "image_encoder")
        for name, value in getattr(pipeline, part).state_dict().items()
    }


def test_an_adapters_training_leaves_the_base_model_as_it_was(pipeline):
    before = _base_weights(pipeline)
    adapted = with_adapter(pipeline)
    attention = SetSelfAttention(WIDTH, heads=2)
    parts = {
        name: p.detach().clone() for name, p in adapter.trained_parts(adapted).named_parameters()
    }
    attended = {name: p.detach().clone() for name, p in attention.named_parameters()}

    _fit(_adapter_objective(adapted, attention), steps=2)

    after = _base_weights(adapted)
    assert before.keys() <= after.keys()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    trained = dict(adapter.trained_parts(adapted).named_parameters())
    assert all(not torch.equal(trained[name], value) for name, value in parts.items())
    moved = {name for name, p in attention.named_parameters() if not torch.equal(p, attended[name])}
    # Before its first step the output projection is zero, and nothing behind it has a gradient.
    assert {"blocks.0.attention.out_proj.weight", "blocks.0.attention.out_proj.bias"} <= moved


def test_an_interrupted_adapter_training_ends_as_if_undisturbed(pipeline, tmp_path):
    def make():
        return _adapter_objective(with_adapter(pipeline), stirred_attention().requires_grad_(True))

    whole, broken, resumed = make(), make(), make()
    expected = _fit(whole, steps=4)
    broken.batch = _dying(broken.batch, at=3)
    with pytest.raises(_KilledError):
        _fit(broken, Workspace(tmp_path), steps=4)
    assert _fit(resumed, Workspace(tmp_path), steps=4) == expected
    assert_same_weights(resumed.network, whole.network)
    assert_same_weights(resumed.pipeline.unet, whole.pipeline.unet)
