"""Rates of panel 1's work on a GPU; the duration of a training follows from these."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from benchmarks.records import Measured, Spread
from triptych.adversarial import pgd
from triptych.adversarial.networks import initialize
from triptych.adversarial.train import DigitTraining
from triptych.config.adversarial import AdversaryParameters, TrainingParameters
from triptych.data.images import LabeledImages
from triptych.errors import UserError
from triptych.job.devices import open_device

TITLE = "Panel 1 on a GPU"

_BATCH, _ATTACKED, _ATTACK_STEPS = 50, 30_000, 4
_MADRY = AdversaryParameters(epsilon=0.3, steps=40, step_size=0.01, ramp=0)
_NOTES = [
    "Training step: Madry's network at full width, batches of 50, float32 without TF32, "
    "one CUDA graph a step; the adversarial step has 40 attack steps in it.",
    f"Attack: {_ATTACKED:,} images in a batch, float32, without a CUDA graph.",
]


def measure(rounds: int) -> Measured:
    """Time training steps, natural and adversarial, and the attack, once a round.

    Raises
    ------
    UserError
        There is no GPU.
    """
    if not torch.cuda.is_available():
        raise UserError(
            expected="a GPU that torch can use",
            found="none",
            where="this machine",
            remedy="name the parts to be measured: python -m benchmarks adversarial",
        )
    device = open_device("cuda", 1)
    driver = subprocess.run(
        ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.split()[0]
    spreads = {
        "training step, natural": Spread.of(_rates(_training(None, device), 200, rounds)),
        "training step, adversarial": Spread.of(_rates(_training(_MADRY, device), 20, rounds)),
        "PGD attack": Spread.of(
            [rate * _ATTACKED * _ATTACK_STEPS for rate in _rates(_attack(device), 1, rounds)]
        ),
    }
    units = ("steps / second", "steps / second", "images x steps / second")
    rows = [
        {"what": what, "unit": unit, "rate": f"{spread.median:,.0f}"}
        for (what, spread), unit in zip(spreads.items(), units, strict=True)
    ]
    numbers: list[dict[str, Any]] = [
        {"what": what, "rate": asdict(spread)} for what, spread in spreads.items()
    ]
    machine = f"{torch.cuda.get_device_name()}, driver {driver}, CUDA {torch.version.cuda}"
    return Measured(rows, numbers, [f"Device: {machine}.", *_NOTES])


def _training(adversary: AdversaryParameters | None, device: torch.device) -> Callable[[], object]:
    recipe = TrainingParameters(
        recipe="Madry's",
        steps=100_000,
        batch_size=_BATCH,
        learning_rate=1e-4,
        schedule="constant",
        log_every=1000,
        checkpoint_every=1000,
        adversary=adversary,
    )
    data = LabeledImages(np.zeros((_BATCH, 28, 28), np.uint8), np.zeros(_BATCH, np.int64))
    network = initialize(1.0, 1).to(device)
    training = DigitTraining(network, data, data, recipe, seed=1, device=device)
    batch = _digits(_BATCH, device)
    return lambda: training.update(0, batch)


def _attack(device: torch.device) -> Callable[[], object]:
    network = initialize(1.0, 1).to(device).requires_grad_(False)
    images, labels = _digits(_ATTACKED, device)
    low, high = (images - 0.3).clamp(0, 1), (images + 0.3).clamp(0, 1)
    return lambda: pgd.ascend(
        network, images, labels, low, high, steps=_ATTACK_STEPS, step_size=0.01
    )


def _digits(count: int, device: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator(device).manual_seed(1)
    images = torch.rand(count, 1, 28, 28, device=device, generator=generator)
    return images, torch.randint(10, (count,), device=device, generator=generator)


def _rates(work: Callable[[], object], repeats: int, rounds: int) -> list[float]:
    work()
    rates = []
    for _ in range(rounds):
        torch.cuda.synchronize()
        began = time.monotonic()
        for _ in range(repeats):
            work()
        torch.cuda.synchronize()
        rates.append(repeats / (time.monotonic() - began))
    return rates
