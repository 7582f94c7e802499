"""Devices: no two jobs on one GPU, and none at all where the user or the cluster decides."""

import json
import os
import select
import tempfile
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from triptych.adversarial import networks, raw
from triptych.data import images
from triptych.data.digits import split_digits
from triptych.errors import UserError
from triptych.runtime.devices import describe, lease, visible_gpus

# The system's monotonic clock is common to all processes: intervals can be compared.
BORROW = """
import json, os, sys, time
from triptych.runtime.devices import lease

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
from triptych.config import PgdParameters
from triptych.runtime import devices

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


@pytest.fixture(autouse=True)
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for locks that no real job uses, and an environment that decides nothing."""
    folder = tmp_path / "locks"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    for name in ("TRIPTYCH_DEVICE", "TRIPTYCH_LAUNCHER", "SLURM_JOB_ID", "CUDA_VISIBLE_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    return folder


def machine_with(monkeypatch: pytest.MonkeyPatch, folder: Path, nvidia_smi: str | None) -> None:
    """A machine whose only command is nvidia-smi, or has not even that."""
    commands = folder / "bin"
    commands.mkdir()
    if nvidia_smi is not None:
        script = commands / "nvidia-smi"
        script.write_text(f"#!/bin/sh\n{nvidia_smi}\n")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", str(commands))


@pytest.mark.parametrize("name", ["cpu", "cuda", "cuda:0", "cuda:11"])
def test_the_users_choice_is_lent_as_it_is(
    monkeypatch: pytest.MonkeyPatch, locks: Path, name: str
) -> None:
    monkeypatch.setenv("TRIPTYCH_DEVICE", name)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")

    with lease() as device:
        assert device == name
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "0,1"

    assert list(locks.iterdir()) == []


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "cuda:-1", "tpu:0", "CPU", "cuda 1", "cuda:"])
def test_a_choice_that_names_no_device_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("TRIPTYCH_DEVICE", name)

    with pytest.raises(UserError) as caught, lease():
        pass

    assert caught.value.found == repr(name)
    assert "TRIPTYCH_DEVICE" in caught.value.where
    assert "cuda:INDEX" in caught.value.expected


@pytest.mark.parametrize("visible", ["", "-1", "NoDevFiles"])
def test_without_a_visible_gpu_the_job_runs_on_the_cpu(
    monkeypatch: pytest.MonkeyPatch, locks: Path, visible: str
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    with lease() as device:
        assert device == "cpu"

    assert list(locks.iterdir()) == []


@pytest.mark.parametrize("answer", [None, "exit 9"], ids=["no driver", "failing driver"])
def test_on_a_machine_without_a_gpu_the_job_runs_on_the_cpu(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str | None
) -> None:
    machine_with(monkeypatch, tmp_path, answer)

    with lease() as device:
        assert device == "cpu"
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


def test_the_machines_gpus_are_lent_one_by_one_and_the_environment_is_restored(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine_with(monkeypatch, tmp_path, "echo 0; echo 1")
    assert visible_gpus() == ["0", "1"]

    with lease() as device:
        assert (device, os.environ["CUDA_VISIBLE_DEVICES"]) == ("cuda", "0")
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


def test_a_job_of_several_processes_is_lent_several_gpus_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,6")

    with lease(2):
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "4,5"
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,6")
        with lease():
            assert os.environ["CUDA_VISIBLE_DEVICES"] == "6"


def test_more_gpus_than_there_are_is_the_users_mistake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")

    with pytest.raises(UserError) as caught, lease(3):
        pass

    assert "3 GPUs" in caught.value.expected
    assert caught.value.found == "2: 4, 5"


def test_one_named_gpu_is_not_enough_for_several_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TRIPTYCH_DEVICE", "cuda:1")

    with pytest.raises(UserError) as caught, lease(2):
        pass

    assert "TRIPTYCH_DEVICE" in caught.value.where
    assert caught.value.found == "cuda:1, which is one"


def test_a_lease_that_ends_by_an_exception_restores_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5")

    def fail_with_a_gpu() -> None:
        with lease():
            raise ValueError(f"broken on {os.environ['CUDA_VISIBLE_DEVICES']}")

    with pytest.raises(ValueError, match=r"broken on 4$"):
        fail_with_a_gpu()

    assert os.environ["CUDA_VISIBLE_DEVICES"] == "4,5"


@pytest.mark.parametrize(("visible", "expected"), [("3", "cuda"), ("2,3", "cuda"), ("", "cpu")])
def test_inside_a_cluster_job_its_assignment_is_untouched(
    monkeypatch: pytest.MonkeyPatch, locks: Path, visible: str, expected: str
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    with lease() as device:
        assert device == expected
        assert os.environ["CUDA_VISIBLE_DEVICES"] == visible

    # Leases of this machine do not count there.
    assert list(locks.iterdir()) == []


def test_four_jobs_share_two_gpus_never_two_on_one(start) -> None:
    children = [start(BORROW, "0.3", CUDA_VISIBLE_DEVICES="0,1") for _ in range(4)]
    answers = [json.loads(child.communicate(timeout=30)[0].splitlines()[1]) for child in children]

    assert {device for device, *_ in answers} == {"cuda"}
    assert {gpu for _, gpu, *_ in answers} <= {"0", "1"}
    for gpu in ("0", "1"):
        held = sorted((start, end) for _, lent, start, end in answers if lent == gpu)
        assert all(end <= later for (_, end), (later, _) in pairwise(held))


def test_two_gpus_are_lent_at_the_same_time(start) -> None:
    children = [start(BORROW, "60", CUDA_VISIBLE_DEVICES="0,1") for _ in range(2)]

    # Both hold one: neither waits for the other's minute to end.
    for child in children:
        assert select.select([child.stdout], [], [], 20)[0], "no GPU was lent"


def test_two_chunks_of_an_attack_are_made_at_the_same_time_on_two_gpus(
    start, in_folder: Path
) -> None:
    networks.save(networks.initialise(0.05, seed=1), in_folder / "network.safetensors")
    images.save(split_digits(2, 1)[1], in_folder / "test.safetensors")

    chunks = {"0": ("0.1", "0.3"), "1": ("0.2",)}
    jobs = [start(ATTACK, chunk, *chunks[chunk], CUDA_VISIBLE_DEVICES="4,5") for chunk in chunks]

    assert [job.wait(60) for job in jobs] == [0, 0]
    assert {Path(f"{chunk}.lent").read_text() for chunk in chunks} == {"cuda 4", "cuda 5"}
    swept = raw.read_attacks([Path(f"{chunk}.safetensors") for chunk in chunks])
    assert swept.epsilons.tolist() == [0.1, 0.2, 0.3]


def test_the_gpus_of_a_launcher_on_several_hosts_are_not_counted_here(
    monkeypatch: pytest.MonkeyPatch, locks: Path
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    monkeypatch.setenv("TRIPTYCH_LAUNCHER", "torchrun")

    with lease(8) as device:
        assert device == "cuda"
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "3"
    assert list(locks.iterdir()) == []

    # A job of one process is none of the launcher's.
    with lease():
        assert list(locks.rglob("3.lock"))


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


def test_the_cpu_is_described_by_its_model() -> None:
    assert describe("cpu").startswith("CPU, ")
    assert len(describe("cpu")) > len("CPU, ")


def test_a_gpu_that_is_not_there_is_the_users_mistake() -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    from triptych.runtime.devices import open_device

    with pytest.raises(UserError, match="TRIPTYCH_DEVICE"):
        open_device("cuda", threads=torch.get_num_threads())
