"""Several processes that train one model, joined on the CPU."""

from functools import partial

import pytest
import torch
from tiny_models import CPU, STREETS, noise, stirred, task, tiny

from triptych.runtime.processes import Team, run_together
from triptych.runtime.tensors import read_tensors, write_tensors
from triptych.runtime.workspace import Workspace
from triptych.segmentation.losses import TrainingLoss, count_valid
from triptych.segmentation.train import fit


def _together(work):
    run_together(work, processes=2, device="cpu", threads=1)


def _one_step(folder, team):
    """The loss and the gradients of a batch of which each process has a part."""
    torch.manual_seed(team.rank)
    # Statistics and dropout of a part would differ from those of the whole.
    model = stirred(tiny("danet", "same_layer")).eval()
    masks = torch.arange(4 * 32 * 64).reshape(4, 32, 64) % 5
    # The parts do not hold equally many pixels that count.
    masks[0], masks[2, :20] = 255, 255
    images, masks = noise(4)[team.share], masks[team.share]
    valid = team.sum(count_valid(masks))
    # Named: without its wrapper a model would no longer exchange gradients.
    network = team.prepare(TrainingLoss(model))
    loss = network(images, masks, valid)
    (loss * team.size).backward()
    total = team.sum(loss.detach())
    if team.rank == 0:
        arrays = {name: p.grad.numpy() for name, p in model.named_parameters()}
        arrays |= {"loss": total.numpy(), "valid": valid.numpy()}
        write_tensors(folder / str(team.size), arrays)


def test_two_processes_make_the_step_of_one(tmp_path):
    _one_step(tmp_path, Team(CPU))
    _together(partial(_one_step, tmp_path))
    alone, together = (read_tensors(tmp_path / name)[0] for name in ("1", "2"))
    assert together["valid"] == alone["valid"] < 3 * 32 * 64
    assert together["loss"] == pytest.approx(alone["loss"], rel=1e-4)
    for name, expected in alone.items():
        assert abs(together[name] - expected).max() <= 1e-4 * abs(expected).max() + 1e-7, name


def test_two_processes_train_a_model_that_the_caller_takes_up(tmp_path):
    described = task(tmp_path, "deeplabv3plus", "same_layer", steps=3, validate_every=2)
    workspace = Workspace(tmp_path / "work")
    _together(partial(fit, described, workspace=workspace))
    assert workspace.load("training")[1]["step"] == 3

    model, history = fit(described, Team(CPU), workspace)
    assert [row.step for row in history] == [2, 3]
    assert history[-1].validation_miou is not None
    assert model(noise(1)).shape == (1, len(STREETS), 32, 64)
