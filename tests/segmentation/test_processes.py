"""Several processes that train one model, joined on the CPU."""

from dataclasses import replace
from functools import partial

import pytest
import torch
from tiny_models import CPU, STREETS, noise, saved, stirred, task, without_chance
from torch import nn
from torchvision.ops import FrozenBatchNorm2d

from triptych.data.classes import IGNORE
from triptych.data.drawn import scenes as drawn_scenes
from triptych.errors import UserError
from triptych.job.processes import Team, run_together
from triptych.job.workspace import Workspace
from triptych.segmentation import train
from triptych.segmentation.networks import initialize
from triptych.segmentation.train import fit


def _together(work, workspace):
    run_together(work, workspace, processes=2, device="cpu", threads=1)


def _freeze_batch_norm(module):
    """Let every batch normalization keep its statistics, in whichever mode the model is."""
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            frozen = FrozenBatchNorm2d(child.num_features)
            frozen.load_state_dict(child.state_dict())
            setattr(module, name, frozen)
        _freeze_batch_norm(child)
    return module


@pytest.fixture
def frozen_batch_norm(monkeypatch):
    """Models whose outputs for an image do not depend on the rest of the batch, nor on chance."""
    monkeypatch.setattr(
        train,
        "initialize",
        lambda *given: _freeze_batch_norm(without_chance(stirred(initialize(*given)))),
    )


def _partly_labeled(path):
    """Streets, every second one with few valid pixels: no process has its fair share."""
    drawn = list(drawn_scenes.draw("drawn_streets", 8, height=32, width=32, seed=1))
    for scene in drawn[::2]:
        scene.mask[:24] = IGNORE
    return saved(drawn, path)


@pytest.mark.usefixtures("frozen_batch_norm")
@pytest.mark.parametrize(
    ("network", "batch_size", "accumulate"), [("danet", 4, 1), ("deeplabv3plus", 8, 2)]
)
def test_the_loss_curve_of_two_processes_is_that_of_one(tmp_path, network, batch_size, accumulate):
    changes = {"steps": 5, "log_every": 1, "batch_size": batch_size}
    described = task(tmp_path, network, "same_layer", **changes)
    described = replace(described, train=_partly_labeled(tmp_path / "train.safetensors"))
    together = Workspace(tmp_path / "together")
    expected, alone = fit(described, Team(CPU), Workspace(tmp_path / "alone"))
    parameters = described.parameters.model_copy(update={"accumulate": accumulate})
    described = replace(described, parameters=parameters)
    _together(partial(fit, described), together)
    found, rows = fit(described, Team(CPU), together)

    assert [row.step for row in rows] == [1, 2, 3, 4, 5]
    assert [row.loss for row in rows] == pytest.approx([row.loss for row in alone], rel=1e-4)
    theirs = dict(found.named_parameters())
    for name, mine in expected.named_parameters():
        torch.testing.assert_close(theirs[name], mine, rtol=0, atol=1e-4)


def test_two_processes_train_a_model_that_the_caller_takes_up(tmp_path):
    described = task(tmp_path, "deeplabv3plus", "same_layer", steps=3, validate_every=2)
    workspace = Workspace(tmp_path / "work")
    _together(partial(fit, described), workspace)
    assert workspace.load("training")[1]["step"] == 3

    model, history = fit(described, Team(CPU), workspace)
    assert [row.step for row in history] == [2, 3]
    assert history[-1].validation is not None
    assert model(noise(1)).shape == (1, len(STREETS), 32, 64)


def test_a_loss_that_is_not_finite_ends_all_processes(tmp_path):
    diverging = {"learning_rate": 1.0, "backbone_factor": 10.0, "momentum": 0.99}
    described = task(
        tmp_path, steps=60, weight_decay=1.0, log_every=100, validate_every=100, **diverging
    )
    with pytest.raises(UserError, match="with a learning rate of") as ended:
        _together(partial(fit, described), Workspace(tmp_path / "work"))
    assert ended.value.where == "the training 'deeplabv3plus single'"
