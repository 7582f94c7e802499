"""The training loop of panel 3: its schedule, its history, and what a kill leaves of it."""

import math

import pytest
import torch
from interrupted import killed_before
from tiny_base import (
    ALONE,
    DROPOUT,
    WIDTH,
    embeddings,
    fingerprint,
    fresh,
    loop,
    with_adapter,
)
from torch import nn
from weights import assert_same_weights

from triptych.errors import UserError
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.personalization import adapter, train
from triptych.personalization.conditioning import AdapterObjective, ReferenceSets
from triptych.personalization.denoising import Captioned, TextObjective
from triptych.personalization.networks.set_attention import SetSelfAttention
from triptych.personalization.photos import Latents
from triptych.personalization.train import Objective, fit, learning_rate


class _Line(Objective):
    """Weights that follow numbers, with dropout, and something frozen beside them."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(1)
        self.network = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 1))
        self.frozen = nn.Linear(3, 3).requires_grad_(False)
        self.made, self.averaged = [], 0

    def batch(self, step):
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


def test_a_rate_rises_over_the_warm_up_and_stays_or_falls_as_a_half_cosine():
    constant, cosine = (
        loop(learning_rate=0.4, warmup_steps=2, schedule=schedule, steps=12)
        for schedule in ("constant", "cosine")
    )
    rates = [learning_rate(constant, step) for step in (0, 1, 2, 11)]
    assert rates == pytest.approx([0.4 / 3, 0.8 / 3, 0.4, 0.4])
    rates = [learning_rate(cosine, step) for step in (0, 1, 2, 7, 12)]
    assert rates == pytest.approx([0.4 / 3, 0.8 / 3, 0.4, 0.2, 0])


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_warm_up_as_long_as_the_training_is_no_mistake(schedule):
    parameters = loop(learning_rate=0.4, warmup_steps=4, steps=4, schedule=schedule)
    assert [learning_rate(parameters, step) for step in range(4)] == pytest.approx(
        [0.08, 0.16, 0.24, 0.32]
    )


def test_the_optimizer_follows_the_schedule():
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


def test_the_history_has_the_loss_of_held_out_photos_without_dropout():
    objective = _Line()
    rows = _fit(objective, steps=5)
    assert [row.step for row in rows] == [2, 4, 5]
    with torch.no_grad():
        expected = objective(*objective.validation_batch())
    assert rows[-1].validation == pytest.approx(expected.item())


def test_equal_seeds_give_equal_networks_and_other_seeds_others():
    one, again, other = _Line(), _Line(), _Line()
    rows = _fit(one)
    assert _fit(again) == rows
    assert _fit(other, seed=4) != rows
    assert_same_weights(one.network, again.network)
    assert fingerprint(one.network) != fingerprint(other.network)


def test_a_cpu_computes_in_float32_whatever_a_gpu_does():
    assert _fit(_Line()) == _fit(_Line(), precision_cuda="bfloat16")


def test_a_diverging_training_ends_and_says_which(monkeypatch):
    monkeypatch.setattr(train, "learning_rate", lambda *_: math.inf)
    with pytest.raises(UserError, match=r"at step 2,") as ended:
        _fit(_Line())
    assert ended.value.where == "the training 'fit'"


def test_pieces_of_a_batch_train_as_the_whole_batch(monkeypatch):
    monkeypatch.setattr(nn.Dropout, "forward", lambda _, given: given)
    whole, pieces = _Line(), _Line()
    rows = _fit(whole)
    assert [row.loss for row in _fit(pieces, accumulate=2)] == pytest.approx(
        [row.loss for row in rows]
    )
    for mine, theirs in zip(pieces.network.parameters(), whole.network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-4)


def _resumed_as_undisturbed(make, folder, **changes):
    """Train to the same end without and with an interruption; return the resumed objective."""
    whole, broken, resumed = make(), make(), make()
    expected = _fit(whole, **changes)
    with killed_before(3):
        _fit(broken, Workspace(folder), **changes)
    assert _fit(resumed, Workspace(folder), **changes) == expected
    assert_same_weights(resumed.network, whole.network)
    return resumed


def test_an_interrupted_training_ends_as_an_undisturbed_one(tmp_path):
    assert _resumed_as_undisturbed(_Line, tmp_path).made == [2, 3, 4, 5]


# The UNet with averaged weights


def _photos(count=8):
    return Captioned(
        latents=Latents(embeddings(2 * count, 4, 8, 8), torch.full((2 * count, 4, 8, 8), 0.1)),
        texts=embeddings(2 * count, 16, WIDTH, seed=6),
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
    # The network holds the UNet and its average.
    _resumed_as_undisturbed(lambda: _text_objective(pipeline), tmp_path, steps=4)


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
