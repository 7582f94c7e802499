"""Several processes that train one network of panel 3, joined on the CPU."""

import os
from functools import partial

import pytest
import torch
from tiny_base import DENOISER, SIDE, drawn, loop, random_parts

from triptych.job.workspace import Workspace
from triptych.personalization import base
from triptych.personalization.building import text_objective
from triptych.personalization.train import fit_together

RECIPE = loop(steps=3, log_every=1, checkpoint_every=3, learning_rate=0.001)


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Builds the training of a UNet on drawn photos."""
    torch.set_num_threads(1)
    folder, parts = tmp_path_factory.mktemp("task"), random_parts()
    photos, captions = drawn(folder, "corpus", persons=10, photos=2)
    encoders, autoencoder = (folder / name / "MANIFEST.sha256" for name in ("e", "a"))
    base.save_encoders(encoders, parts.encoders, parts.tokenizer)
    base.save_autoencoder(autoencoder, parts.autoencoder)
    return partial(
        text_objective,
        photos=photos,
        captions=captions,
        encoders=encoders,
        autoencoder=autoencoder,
        parameters=DENOISER,
        resolution=SIDE,
        snr_gamma=None,
        seed=3,
    )


def _train(build, folder, processes):
    return fit_together(
        build,
        RECIPE,
        seed=4,
        processes=processes,
        device="cpu",
        threads=1,
        workspace=Workspace(folder),
        description="fit",
    )


def _idle_here(build):
    """The same objective, but in this process, which must take up what others trained."""
    here = os.getpid()

    def building(device):
        objective = build(device)
        if os.getpid() == here:
            objective.batch = None
        return objective

    return building


def test_two_processes_train_as_one_does(build, tmp_path):
    one, alone = _train(build, tmp_path / "one", 1)
    two, together = _train(_idle_here(build), tmp_path / "two", 2)

    assert [row.step for row in together] == [1, 2, 3]
    for expected, found in zip(alone, together, strict=True):
        assert found.loss == pytest.approx(expected.loss, rel=1e-4)
        assert found.validation == pytest.approx(expected.validation, rel=1e-4)
        assert found.learning_rate == expected.learning_rate
    # The caller takes up what they trained, with the averaged weights.
    left = Workspace(tmp_path / "two").load("training")[0]
    assert torch.equal(
        left["network.average.module.conv_in.weight"], two.result.state_dict()["conv_in.weight"]
    )
    for mine, theirs in zip(one.result.parameters(), two.result.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=2e-3)
