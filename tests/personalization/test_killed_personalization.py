"""A killed step of panel 3 carries on to the same bytes."""

import multiprocessing
import os
import signal
from functools import partial
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline
from small_steps import dreambooth_row, generate_row, manifest, train_denoiser

pytestmark = pytest.mark.usefixtures("in_made_folder")


def _killed_at(count, owner, name, work):
    """Run work in a process of its own that dies at its so many-th call of a method."""

    def dying():
        real, calls = getattr(owner, name), []

        def until_death(*arguments, **options):
            calls.append(name)
            if len(calls) == count:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        setattr(owner, name, until_death)
        work()

    process = multiprocessing.get_context("fork").Process(target=dying)
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL


def _checkpoints():
    return sorted(path.stem for path in Path("work").rglob("*.safetensors"))


# After the first checkpoint, between it and the next.
def test_a_killed_base_training_carries_on_to_the_same_bytes():
    work = partial(train_denoiser, "killed")
    _killed_at(4, torch.optim.AdamW, "step", work)
    assert _checkpoints() == ["training"]
    assert not manifest("killed").exists()
    work()
    assert manifest("killed").read_bytes() == manifest("base").read_bytes()
    assert Path("killed.history.csv").read_bytes() == Path("base.history.csv").read_bytes()


# Two steps a person: the third is within the second person's.
def test_a_dreambooth_killed_at_a_person_loses_that_person_alone():
    work = partial(dreambooth_row, "killed")
    _killed_at(3, torch.optim.AdamW, "step", work)
    assert _checkpoints() == ["test_0001"]
    assert not Path("killed.safetensors").exists()
    work()
    assert Path("killed.safetensors").read_bytes() == Path("dreambooth.safetensors").read_bytes()


def test_a_killed_generation_carries_on_to_the_same_bytes():
    work = partial(generate_row, "ip_adapter", "killed_row")
    _killed_at(3, StableDiffusionPipeline, "__call__", work)
    assert _checkpoints() == ["test_0001", "test_0002"]
    work()
    assert (
        Path("killed_row.safetensors").read_bytes() == Path("ip_adapter.safetensors").read_bytes()
    )
