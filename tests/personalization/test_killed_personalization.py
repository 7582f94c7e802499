"""A killed step of panel 3 carries on to the same bytes."""

import multiprocessing
import os
import signal
from functools import partial
from pathlib import Path

import pytest
import torch
from diffusers import StableDiffusionPipeline
from small_steps import dreambooth_row, generate_row, lora_row, train_denoiser

pytestmark = pytest.mark.usefixtures("in_made_folder")


def killed_at(count, owner, name, work):
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


@pytest.mark.parametrize(
    ("work", "output", "undisturbed", "dies_at", "checkpoints"),
    [
        # After the first checkpoint, between it and the next.
        (partial(train_denoiser, "killed"), "killed/MANIFEST.sha256", "base/MANIFEST.sha256",
         (4, torch.optim.AdamW, "step"), ["training"]),
        # Two steps a person: the third is within the second person's.
        (partial(dreambooth_row, "killed"), "killed.safetensors", "dreambooth.safetensors",
         (3, torch.optim.AdamW, "step"), ["test_0001"]),
        (partial(lora_row, "killed"), "killed.safetensors", "dreambooth_lora.safetensors",
         (3, torch.optim.AdamW, "step"), ["test_0001"]),
        # The LoRAs of three persons are kept while images are generated.
        (partial(lora_row, "killed"), "killed.safetensors", "dreambooth_lora.safetensors",
         (2, StableDiffusionPipeline, "__call__"),
         ["test_0001", "test_0001", "test_0002", "test_0003"]),
        (partial(generate_row, "ip_adapter", "killed"), "killed.safetensors",
         "ip_adapter.safetensors", (3, StableDiffusionPipeline, "__call__"),
         ["test_0001", "test_0002"]),
    ],
    ids=["base training", "dreambooth", "a LoRA", "images of a LoRA", "generation"],
)  # fmt: skip
def test_a_killed_step_carries_on_to_the_same_bytes(
    work, output, undisturbed, dies_at, checkpoints
):
    killed_at(*dies_at, work)
    assert sorted(path.stem for path in Path("work").rglob("*.safetensors")) == checkpoints
    assert not Path(output).exists()
    work()
    assert Path(output).read_bytes() == Path(undisturbed).read_bytes()
    if Path("killed_models").exists():
        trained = (Path(f"{name}_models/MANIFEST.sha256") for name in ("killed", "dreambooth_lora"))
        assert len({path.read_bytes() for path in trained}) == 1
    if checkpoints == ["training"]:
        assert Path("killed.history.csv").read_bytes() == Path("base.history.csv").read_bytes()
