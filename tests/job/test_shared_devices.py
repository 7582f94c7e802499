"""Devices shared by jobs: no two on one GPU, and none waits for a GPU that is not its own."""

import json
import select
import time
from itertools import pairwise
from pathlib import Path

import pytest

from triptych.adversarial import networks, raw
from triptych.data import images
from triptych.data.digits import split_digits

pytestmark = pytest.mark.usefixtures("locks")

# The system's monotonic clock is common to all processes: intervals can be compared.
BORROW = """
import json, os, sys, time
from triptych.job.devices import lease

with lease() as device:
    start = time.monotonic()
    print("held", flush=True)
    time.sleep(float(sys.argv[1]))
    answer = [device, os.environ.get("CUDA_VISIBLE_DEVICES"), start, time.monotonic()]
print(json.dumps(answer))
"""

# No machine of the tests has two GPUs: the CPU stands in for the one that was lent, and no chunk
# begins before both have one.
ATTACK = """
import os, sys, time
from pathlib import Path

import torch
from triptych.adversarial.steps import attack
from triptych.config.adversarial import PgdParameters
from triptych.job import devices

def stand_in(name, threads):
    Path(f"{chunk}.lent").write_text(f"{name} {os.environ['CUDA_VISIBLE_DEVICES']}")
    while len(list(Path().glob("*.lent"))) < 2:
        time.sleep(0.02)
    return torch.device("cpu")

devices.open_device, devices.describe = stand_in, str
chunk, *epsilons = sys.argv[1:]
attack(
    network=Path("network.safetensors"),
    data=Path("test.safetensors"),
    attacks=Path(f"{chunk}.safetensors"),
    epsilons=[float(epsilon) for epsilon in epsilons],
    test_images=2,
    pgd=PgdParameters(steps=1, step_size=0.1, batch_size_cpu=2, batch_size_cuda=2),
    random_start=True,
    seed=1,
    threads=1,
)
"""


@pytest.mark.parametrize("allocation", [None, "1"])
def test_four_jobs_share_two_gpus_never_two_on_one(start, allocation: str | None) -> None:
    shared = {"CUDA_VISIBLE_DEVICES": "0,1", "SLURM_JOB_ID": allocation}
    children = [start(BORROW, "0.3", **shared) for _ in range(4)]
    answers = [json.loads(child.communicate(timeout=30)[0].splitlines()[1]) for child in children]

    assert {device for device, *_ in answers} == {"cuda"}
    assert {gpu for _, gpu, *_ in answers} <= {"0", "1"}
    for gpu in ("0", "1"):
        held = sorted((start, end) for _, lent, start, end in answers if lent == gpu)
        assert all(end <= later for (_, end), (later, _) in pairwise(held))


@pytest.mark.parametrize(
    ("visible", "allocations"),
    [("0,1", (None, None)), ("0,1", ("1", "1")), ("0", ("1", "2"))],
    ids=["machine", "allocation", "renumbered by the cluster"],
)
def test_two_gpus_are_lent_at_the_same_time(
    start, visible: str, allocations: tuple[str | None, str | None]
) -> None:
    children = [
        start(BORROW, "60", CUDA_VISIBLE_DEVICES=visible, SLURM_JOB_ID=allocation)
        for allocation in allocations
    ]

    # Both hold one: neither waits for the other's minute to end.
    for child in children:
        assert select.select([child.stdout], [], [], 20)[0], "no GPU was lent"


def test_two_chunks_of_an_attack_are_made_at_the_same_time_on_two_gpus(
    start, in_folder: Path
) -> None:
    networks.save(networks.initialize(0.05, seed=1), in_folder / "network.safetensors")
    images.save(split_digits(2, 1)[1], in_folder / "test.safetensors")

    chunks = {"0": ("0.1", "0.3"), "1": ("0.2",)}
    jobs = [start(ATTACK, chunk, *chunks[chunk], CUDA_VISIBLE_DEVICES="4,5") for chunk in chunks]

    assert [job.wait(60) for job in jobs] == [0, 0]
    assert {Path(f"{chunk}.lent").read_text() for chunk in chunks} == {"cuda 4", "cuda 5"}
    swept = raw.read_attacks([Path(f"{chunk}.safetensors") for chunk in chunks])
    assert swept.epsilons.tolist() == [0.1, 0.2, 0.3]


def test_a_third_job_waits_and_a_killed_one_gives_its_gpu_back(start) -> None:
    holder = start(BORROW, "60", CUDA_VISIBLE_DEVICES="7")
    assert holder.stdout.readline() == "held\n"
    waiting = start(BORROW, "0", CUDA_VISIBLE_DEVICES="7")
    time.sleep(0.6)
    assert waiting.poll() is None

    holder.kill()
    killed = time.monotonic()
    holder.wait()

    device, gpu, started, _ = json.loads(waiting.communicate(timeout=30)[0].splitlines()[1])
    assert (device, gpu) == ("cuda", "7")
    assert started >= killed
