"""Devices: which are lent to a job, and none where the user or a launcher decides."""

import os
from pathlib import Path

import pytest

from triptych.errors import UserError
from triptych.job import devices
from triptych.job.devices import describe, lease, visible_gpus

pytestmark = pytest.mark.usefixtures("locks")


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


def test_on_a_machine_without_a_gpu_the_job_runs_on_the_cpu(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine_with(monkeypatch, tmp_path, None)

    with lease() as device:
        assert device == "cpu"
    assert "CUDA_VISIBLE_DEVICES" not in os.environ
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("answer", "found"),
    [("echo no driver; exit 9", "exit code 9: no driver"), ("exec /bin/sleep 60", "none;")],
)
def test_a_driver_that_fails_or_hangs_is_named_before_the_cpu_is_used(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    answer: str,
    found: str,
) -> None:
    machine_with(monkeypatch, tmp_path, answer)
    monkeypatch.setattr(devices, "_PATIENCE", 0.5)

    with lease() as device:
        assert device == "cpu"
    told = capsys.readouterr().err
    assert f"found:      {found}" in told
    assert "nvidia-smi" in told
    assert "TRIPTYCH_DEVICE=cpu" in told
    assert "The CPU is used instead" in told
    # Only a user who reads this may be refused.
    with pytest.raises(UserError):
        devices.ask_for_gpus()


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


@pytest.mark.parametrize(
    ("variable", "value", "visible", "found"),
    [
        ("TRIPTYCH_DEVICE", "", "4,5", "2: 4, 5"),
        ("SLURM_JOB_ID", "1", "4,5", "2: 4, 5"),
        ("TRIPTYCH_DEVICE", "cuda", "4,5", "2: 4, 5"),
        ("TRIPTYCH_DEVICE", "cuda", "", "none"),
    ],
)
def test_more_gpus_than_there_are_is_the_users_mistake(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, visible: str, found: str
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    with pytest.raises(UserError) as caught, lease(3):
        pass

    assert "3 GPUs" in caught.value.expected
    assert caught.value.found == found
    assert "CUDA_VISIBLE_DEVICES" in caught.value.where
    assert "processes in params.yaml" in caught.value.remedy


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


@pytest.mark.parametrize(
    ("visible", "count", "device", "lent"),
    [("3", 1, "cuda", "3"), ("2,3", 2, "cuda", "2,3"), ("2,3", 1, "cuda", "2"), ("", 2, "cpu", "")],
)
def test_a_cluster_job_is_lent_gpus_of_its_own_assignment(
    monkeypatch: pytest.MonkeyPatch, visible: str, count: int, device: str, lent: str
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    with lease(count) as name:
        assert (name, os.environ["CUDA_VISIBLE_DEVICES"]) == (device, lent)
    assert os.environ["CUDA_VISIBLE_DEVICES"] == visible


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

    monkeypatch.setenv("TRIPTYCH_DEVICE", "cuda")
    with lease(8) as device:
        assert device == "cuda"


def test_the_cpu_is_described_by_its_model() -> None:
    assert describe("cpu").startswith("CPU, ")
    assert len(describe("cpu")) > len("CPU, ")
