"""The CPU time of the default run, which no change may exceed."""

import time
from pathlib import Path

import pytest
import torch

from triptych.provenance import making as provenance

# CPU seconds of all jobs of `make run`, to their records, on two cores of the Xeon in
# benchmarks/README.md.
CAP = 610
# What the yardstick takes there at its fastest.
YARDSTICK_THERE = 0.12
# CPU seconds of the run's four attacks there, 50 epsilons of 200 images in ten steps.
ATTACKS_THERE = 29.7
# The attacks excuse no more than that, so that slower attacks do not hide slower trainings.
MOST = 1.5
# The same work takes a third longer there in one hour than in another.
NOISE = 1.35


def yardstick() -> float:
    """CPU seconds of small convolutions, most of the run's work, on this machine."""
    generator = torch.Generator().manual_seed(1)
    layer = torch.nn.Conv2d(32, 32, 3, padding=1)
    images = torch.rand(8, 32, 48, 48, generator=generator)
    taken = []
    for _ in range(7):
        began = time.process_time()
        for _ in range(20):
            layer(images).square().mean().backward()
        taken.append(time.process_time() - began)
    return min(taken)


@pytest.mark.dag
def test_the_default_run_stays_within_its_cpu_time(smoke: Path) -> None:
    folders = (smoke / "results/smoke", smoke / "data/prepared/smoke")
    jobs = {
        making.key: making.cpu_seconds
        for folder in folders
        for making in map(provenance.read, provenance.recorded_files(folder))
    }
    assert len(jobs) > 70
    attacks = [
        provenance.read(path).cpu_seconds
        for path in (smoke / "results/smoke/adversarial/attacks").rglob("*.safetensors")
    ]
    assert len(attacks) == 4
    # A slower machine takes longer for everything. A busy host may have been slow during the run
    # and fast again now: the attacks say how slow it was.
    slower = max(yardstick() / YARDSTICK_THERE, min(sum(attacks) / ATTACKS_THERE, MOST))
    assert sum(jobs.values()) <= CAP * NOISE * slower
