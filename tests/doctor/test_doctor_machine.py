"""Resources of this machine, and devices that a run cannot use."""

import os
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
import torch
from doctor_cases import job

from triptych.doctor.machine import Gpu, look_at_machine
from triptych.job import devices


def test_a_cpu_with_its_memory_and_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIPTYCH_DEVICE", "cpu")
    machine, obstacles = look_at_machine([job("a", gpus=1)])
    assert (machine.gpus, obstacles) == ((), [])
    assert machine.cpu.startswith("CPU, ")
    assert 1 <= machine.cores <= (os.cpu_count() or 1)
    assert 0 < machine.memory_bytes <= psutil.virtual_memory().total
    assert 0 < machine.free_memory_bytes <= machine.memory_bytes
    assert machine.free_disk_bytes > 0


def test_the_limits_of_a_container_are_those_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("triptych.doctor.machine.usable_memory", lambda: 2_000_000_000)
    monkeypatch.setattr("triptych.doctor.machine.free_memory", lambda: 1_000_000_000)
    monkeypatch.setattr("triptych.doctor.machine.usable_cores", lambda: 1)
    machine, _ = look_at_machine([job("a")])
    assert (machine.memory_bytes, machine.free_memory_bytes) == (2_000_000_000, 1_000_000_000)
    assert machine.cores == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
@pytest.mark.parametrize(
    ("device", "expected"), [("cuda", "a GPU that torch can use"), ("gpu", "cpu, cuda or")]
)
def test_a_device_that_torch_cannot_use_is_an_obstacle(
    monkeypatch: pytest.MonkeyPatch, device: str, expected: str
) -> None:
    monkeypatch.setenv("TRIPTYCH_DEVICE", device)
    _, (obstacle,) = look_at_machine([job("a", gpus=1)])
    assert obstacle.expected.startswith(expected)
    # A device is opened only if a job uses it; a wrong name is refused in any case.
    assert bool(look_at_machine([job("a")])[1]) == (device == "gpu")


def test_a_driver_that_fails_is_an_obstacle(
    monkeypatch: pytest.MonkeyPatch, failing_driver: Path
) -> None:
    monkeypatch.setenv("PATH", str(failing_driver))
    monkeypatch.delenv("TRIPTYCH_DEVICE", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    _, (obstacle,) = look_at_machine([job("a", gpus=1)])
    assert obstacle.found == "exit code 18: no output"
    # Nothing asks for a GPU.
    assert look_at_machine([job("a")])[1] == []


def test_fewer_gpus_than_a_job_asks_for_are_an_obstacle(monkeypatch: pytest.MonkeyPatch) -> None:
    # Simulates two GPUs.
    monkeypatch.delenv("TRIPTYCH_DEVICE", raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    monkeypatch.setattr(devices, "open_device", lambda *_, **__: None)
    monkeypatch.setattr(devices, "describe", lambda name: f"{name}, Some Model")
    found = SimpleNamespace(total_memory=9, major=7)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: found)
    machine, obstacles = look_at_machine([job("a", gpus=2)])
    assert machine.gpus == tuple(Gpu(f"cuda:{i}, Some Model", 9, bfloat16=False) for i in (0, 1))
    assert obstacles == []
    found.major = 8
    assert all(gpu.bfloat16 for gpu in look_at_machine([job("a", gpus=2)])[0].gpus)
    _, (obstacle,) = look_at_machine([job("a", gpus=4), job("b")])
    assert obstacle.expected.startswith("4 GPUs")
    assert obstacle.found.startswith("2: ")
