"""The captured training step, on a machine with a GPU: the same as the step it captures."""

import pytest
import torch
from interrupted import killed_before

from triptych.adversarial import train
from triptych.config.adversarial import AdversaryParameters, TrainingParameters
from triptych.data.digits import split_digits
from triptych.job.devices import open_device
from triptych.job.workspace import Workspace

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")

_RECIPE = TrainingParameters(
    recipe="captured",
    steps=20,
    batch_size=50,
    learning_rate=0.001,
    schedule="cosine",
    log_every=1,
    checkpoint_every=7,
    adversary=AdversaryParameters(epsilon=0.3, steps=3, step_size=0.1, ramp=0.5),
    restart={"steps": 5, "learning_rate": 0.001},
)


def _fit(folder, **changes):
    data, _ = split_digits(200, 1)
    return train.fit(
        data,
        data.first(0),
        _RECIPE.model_copy(update=changes),
        width=0.25,
        seed=2,
        device=open_device("cuda", 1),
        workspace=Workspace(folder),
    )


def test_a_captured_step_is_the_step(tmp_path, monkeypatch):
    _, captured = _fit(tmp_path / "captured")
    monkeypatch.setattr(train, "capture", lambda update, network, optimizer: update)
    _, eager = _fit(tmp_path / "eager")
    losses = [[row.loss for row in rows] for rows in (captured, eager)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)


def test_a_captured_training_goes_on_after_an_interruption(tmp_path):
    _, whole = _fit(tmp_path / "whole")
    with killed_before(16):
        _fit(tmp_path / "broken")
    _, resumed = _fit(tmp_path / "broken")
    assert [row.loss for row in resumed] == pytest.approx([row.loss for row in whole], rel=1e-3)


def test_a_captured_step_of_several_pieces_is_that_of_one(tmp_path):
    _, whole = _fit(tmp_path / "whole")
    _, pieces = _fit(tmp_path / "pieces", accumulate=5)
    assert [row.loss for row in pieces] == pytest.approx([row.loss for row in whole], rel=1e-3)
