"""Resources of this machine: cores, memory, disk and devices."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from triptych.engine.jobs import Job
from triptych.errors import UserError
from triptych.job import devices
from triptych.system.memory import free_memory, usable_cores, usable_memory

# The major number of NVIDIA's compute capability.
_FIRST_WITH_BFLOAT16 = 8


@dataclass(frozen=True)
class Gpu:
    """A GPU that a job can lease.

    Attributes
    ----------
    name
        The model, as in provenance records.
    memory_bytes
        Its memory.
    bfloat16
        Whether it computes in bfloat16; older GPUs only imitate it.
    """

    name: str
    memory_bytes: int
    bfloat16: bool


@dataclass(frozen=True)
class Machine:
    """Resources that a run can use.

    Attributes
    ----------
    cpu
        The model, as in provenance records.
    cores
        Cores that this process may use.
    gpus
        Empty if all jobs run on the CPU.
    memory_bytes, free_memory_bytes
        Main memory that this process may use, total and free.
    free_disk_bytes
        Free space on the project's disk.
    """

    cpu: str
    cores: int
    gpus: tuple[Gpu, ...]
    memory_bytes: int
    free_memory_bytes: int
    free_disk_bytes: int


def look_at_machine(jobs: Iterable[Job]) -> tuple[Machine, list[UserError]]:
    """Return the resources of this machine, and why its GPUs cannot be used.

    GPUs are examined only if a job would use one.
    """
    wanted = max((job.gpus for job in jobs), default=0)
    gpus, obstacles = _gpus(wanted)
    machine = Machine(
        cpu=devices.describe("cpu"),
        cores=usable_cores(),
        gpus=tuple(gpus),
        memory_bytes=usable_memory(),
        free_memory_bytes=free_memory(),
        free_disk_bytes=psutil.disk_usage(str(Path.cwd())).free,
    )
    return machine, obstacles


def _gpus(wanted: int) -> tuple[list[Gpu], list[UserError]]:
    """Return the GPUs available to a job that requests this many."""
    chosen = os.environ.get("TRIPTYCH_DEVICE")
    try:
        if chosen:
            # Checks the name without waiting.
            with devices.lease(wanted):
                pass
        if not wanted or chosen == "cpu":
            return [], []
        count = len(devices.ask_for_gpus())
        if not (count or chosen):
            return [], []
        lent = [chosen] if chosen else [f"cuda:{index}" for index in range(count)]
        devices.open_device(lent[0], threads=1)
        gpus = [_look_at_gpu(device) for device in lent]
    except UserError as error:
        return [], [error]
    too_few = not chosen and count < wanted
    names = [gpu.name for gpu in gpus]
    return gpus, [devices.too_few_gpus(wanted, names)] if too_few else []


def _look_at_gpu(device: str) -> Gpu:
    import torch

    properties = torch.cuda.get_device_properties(torch.device(device))
    bfloat16 = properties.major >= _FIRST_WITH_BFLOAT16
    return Gpu(devices.describe(device), properties.total_memory, bfloat16)
