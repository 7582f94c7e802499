"""Training: what it learns, its schedule, which weights it keeps, and what a kill leaves."""

import math
from dataclasses import replace

import pytest
import torch
from interrupted import killed_before
from tiny_models import CPU, recipe, saved, streets, task
from weights import assert_same_weights

from triptych.data import scenes
from triptych.errors import UserError
from triptych.job.processes import Team
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.segmentation import train
from triptych.segmentation.batches import TrainingCrops, training_batches
from triptych.segmentation.losses import TrainingLoss, count_valid
from triptych.segmentation.networks import initialize
from triptych.segmentation.normalization import normalize

ALONE = Team(CPU)
KINDS = [("danet", "multiple_layer"), ("deeplabv3plus", "single")]


def _fit(folder, network="deeplabv3plus", method="single", work="work", **changes):
    """Train on scenes that every training of a test shares."""
    return train.fit(task(folder, network, method, **changes), ALONE, Workspace(folder / work))


def _assert_same(one, other):
    assert one[1] == other[1]
    assert_same_weights(one[0], other[0])


def test_the_loss_falls_and_the_trained_model_is_frozen_and_ready_to_predict(tmp_path):
    model, history = _fit(tmp_path, "danet", steps=16, log_every=1, warmup_steps=0)
    losses = [row.loss for row in history]
    assert all(math.isfinite(loss) for loss in losses)
    assert sum(losses[-3:]) < 0.8 * sum(losses[:3])
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())


def test_equal_seeds_give_equal_models_and_other_seeds_others(tmp_path):
    first = _fit(tmp_path, steps=2)
    _assert_same(first, _fit(tmp_path, steps=2, work="again"))
    other, _ = _fit(tmp_path, steps=2, seed=4, work="other")
    assert not torch.equal(
        first[0].branches[0].classifier.weight, other.branches[0].classifier.weight
    )


def test_loading_images_as_needed_gives_the_same_model(tmp_path):
    held = _fit(tmp_path, steps=3)
    _assert_same(held, _fit(tmp_path, steps=3, hold_in_memory=False, work="loaded"))


def test_a_cpu_computes_in_float32_whatever_a_gpu_does(tmp_path):
    plain = _fit(tmp_path, steps=2)
    _assert_same(plain, _fit(tmp_path, steps=2, precision_cuda="bfloat16", work="lower"))


# Options of the recipe


def test_adamw_frozen_parts_and_class_weights_train_other_weights(tmp_path):
    plain, _ = _fit(tmp_path, steps=2)
    for number, changes in enumerate(
        (
            {"optimizer": "adamw"},
            {"frozen_parts": 2},
            {"frozen_statistics": True},
            {"class_weight_power": 0.5},
        )
    ):
        other, _ = _fit(tmp_path, steps=2, work=f"other{number}", **changes)
        weights = (model.branches[0].classifier.weight for model in (plain, other))
        assert not torch.equal(*weights), changes


def test_frozen_parts_are_those_that_the_training_began_with(tmp_path):
    begun = initialize(task(tmp_path).config, derive(3, "weights"), None)
    model, _ = _fit(tmp_path, frozen_parts=3, frozen_statistics=True, optimizer="adamw")
    first, last = begun.branches[0].backbone.resnet, model.branches[0].backbone.resnet
    for part in ("conv1", "bn1", "layer1", "layer2"):
        assert_same_weights(getattr(first, part), getattr(last, part))
    assert not torch.equal(first.layer3[0].conv1.weight, last.layer3[0].conv1.weight)
    assert torch.equal(first.layer3[0].bn1.running_mean, last.layer3[0].bn1.running_mean)


def test_maps_computed_again_end_with_the_same_weights(tmp_path):
    plain = _fit(tmp_path, "danet", "multiple_layer", steps=3)
    saving = {"steps": 3, "activation_checkpointing": True, "work": "saving"}
    _assert_same(plain, _fit(tmp_path, "danet", "multiple_layer", **saving))


def test_a_detached_connection_keeps_the_gradient_out_of_the_top_network(tmp_path):
    detached, _ = _fit(tmp_path, method="same_layer_detached", work="detached")
    flowing, _ = _fit(tmp_path, method="same_layer", work="flowing")
    tops = [
        model.branches[0].backbone.resnet.layer4[0].conv2.weight for model in (detached, flowing)
    ]
    assert not torch.equal(*tops)


# A killed training


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Undisturbed trainings, and the folder of their scenes."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("whole")
    return folder, {kind: _fit(folder, *kind, work="-".join(kind)) for kind in KINDS}


# At a checkpoint, and between two; validations at 3 and 6.
@pytest.mark.parametrize("step", [2, 5])
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_an_interrupted_training_ends_as_if_undisturbed(whole, kind, step):
    folder, expected = whole
    work = f"broken-{step}-{'-'.join(kind)}"
    with killed_before(step):
        _fit(folder, *kind, work=work)
    _assert_same(_fit(folder, *kind, work=work), expected[kind])


# A training that leaves the finite numbers


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_a_diverging_training_ends_and_says_which(tmp_path, kind):
    diverging = {"learning_rate": 1.0, "backbone_factor": 10.0, "momentum": 0.99}
    rare = {"log_every": 100, "validate_every": 100}
    with pytest.raises(UserError, match="with a learning rate of") as ended:
        _fit(tmp_path, *kind, **diverging, **rare, weight_decay=1.0, steps=60)
    assert ended.value.where == f"the training '{' '.join(kind)}'"
    tensors, _ = Workspace(tmp_path / "work").load("training")
    assert all(value.isfinite().all() for value in tensors.values())


# Which weights are kept


@pytest.mark.parametrize(("select", "chosen"), [("best", 1), ("last", 2)])
def test_the_selected_weights_are_kept(tmp_path, monkeypatch, select, chosen):
    seen, scores = [], [0.1, 0.3, 0.2]

    def score(model, *_):
        seen.append({k: v.clone() for k, v in model.state_dict().items()})
        return scores[len(seen) - 1]

    monkeypatch.setattr(train, "mean_iou", score)
    model, history = _fit(tmp_path, select=select, validate_every=2)
    assert [row.validation for row in history] == scores
    weights = model.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in seen[chosen].items())


# History and schedule


def test_the_history_has_the_rate_of_the_head_and_the_mean_iou(tmp_path):
    _, history = _fit(tmp_path, steps=5, log_every=2, validate_every=3)
    assert [row.step for row in history] == [2, 3, 4, 5]
    assert [row.validation is not None for row in history] == [False, True, False, True]
    assert all(0 <= row.validation <= 1 for row in history if row.validation is not None)
    rates = [train.learning_rate(recipe(steps=5), row.step - 1) for row in history]
    assert [row.learning_rate for row in history] == rates


def test_the_rate_rises_linearly_and_falls_with_a_power():
    parameters = recipe(steps=100, learning_rate=0.1, power=0.9, warmup_steps=4)
    rates = [train.learning_rate(parameters, step) for step in range(100)]
    assert rates[0] == pytest.approx(0.1 / 5)
    assert rates[3] == pytest.approx(0.1 * 4 / 5 * 0.97**0.9)
    assert rates[50] == pytest.approx(0.1 * 0.5**0.9)
    assert rates[4:] == sorted(rates[4:], reverse=True)


def test_a_step_is_one_of_sgd_with_a_rate_for_the_backbone_and_one_for_the_head(tmp_path):
    """By hand: from the drawn weights against the gradient of the first batch."""
    settings = {"steps": 1, "warmup_steps": 0, "backbone_factor": 0.1, "weight_decay": 0.01}
    described = task(tmp_path, "deeplabv3plus", "same_layer", **settings)
    found, history = train.fit(described, ALONE, Workspace(tmp_path / "work"))

    model = initialize(described.config, derive(described.seed, "weights"), None).train()
    model.to(memory_format=torch.channels_last)
    crops = TrainingCrops(
        described.train, described.parameters.augmentation, derive(described.seed, "images"), None
    )
    whole = {"steps": range(1), "share": slice(None), "workers": 0, "pinned": False}
    (batch,) = training_batches(crops, batch_size=4, accumulate=1, **whole)
    torch.manual_seed(derive(described.seed, "dropout", 0, 0))
    loss = TrainingLoss(model)(normalize(batch[0]), batch[1], count_valid(batch[1]))
    loss.backward()
    assert history[0].loss == pytest.approx(loss.item(), rel=1e-5)
    after = dict(found.named_parameters())
    for name, before in model.named_parameters():
        rate = 0.05 * (0.1 if ".backbone." in name else 1)
        expected = before - rate * (before.grad + 0.01 * before)
        torch.testing.assert_close(after[name], expected, rtol=1e-4, atol=1e-6, msg=name)


def test_the_momentum_of_batch_normalization_is_set_for_the_backbone_alone(tmp_path):
    model, _ = _fit(tmp_path, "danet", "same_layer", steps=1, backbone_batch_norm_momentum=0.02)
    found = {
        (".backbone." in name, module.momentum)
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.BatchNorm2d)
    }
    assert found == {(True, 0.02), (False, 0.1)}


# Data that are out of the ordinary


def test_scenes_whose_pixels_are_all_ignored_leave_every_weight_finite(tmp_path):
    described = task(tmp_path, "danet", "multiple_layer", steps=2)
    found = streets(tmp_path, 4)
    void = [
        scenes.Scene(name, scenes.as_png(found.image(i)), found.mask(i) * 0 + 255)
        for i, name in enumerate(found.names)
    ]
    described = replace(described, train=saved(void, tmp_path / "void"))
    model, history = train.fit(described, ALONE, Workspace(tmp_path / "work"))
    assert [row.loss for row in history] == [0.0]
    assert all(value.isfinite().all() for value in model.state_dict().values())
