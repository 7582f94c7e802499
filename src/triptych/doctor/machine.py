"""What this machine has: cores, memory, disk and devices."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from triptych.engine.jobs import Job
from triptych.errors import UserError
from triptych.job import devices
from triptych.system.memory import free_memory, usable_cores, usable_memory


@dataclass(frozen=True)
class Machine:
    """What a run would find.

    Attributes
    ----------
    cpu
        The model, as records of provenance name it.
    cores
        That this process may use.
    gpus
        The model of each GPU that a job may be lent; empty where all run on the CPU.
    memory_bytes, free_memory_bytes
        Main memory that this process may use, all and free.
    free_disk_bytes
        Free where the project lies.
    """

    cpu: str
    cores: int
    gpus: tuple[str, ...]
    memory_bytes: int
    free_memory_bytes: int
    free_disk_bytes: int


def look_at_machine(jobs: Iterable[Job]) -> tuple[Machine, list[UserError]]:
    """Look at this machine.

    Parameters
    ----------
    jobs
        The jobs of the run: torch is asked for GPUs only where one of them would use one.

    Returns
    -------
    tuple
        What there is, and why its GPUs could not be used.
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


def _gpus(wanted: int) -> tuple[list[str], list[UserError]]:
    """The GPUs that a job which asks for so many would be lent."""
    chosen = os.environ.get("TRIPTYCH_DEVICE")
    try:
        if chosen:
            # Checks the name and waits for nothing.
            with devices.lease(wanted):
                pass
        if not wanted or chosen == "cpu":
            return [], []
        count = len(devices.ask_for_gpus())
        if not (count or chosen):
            return [], []
        lent = [chosen] if chosen else [f"cuda:{index}" for index in range(count)]
        devices.open_device(lent[0], threads=1)
        names = [devices.describe(device) for device in lent]
    except UserError as error:
        return [], [error]
    too_few = not chosen and count < wanted
    return names, [_too_few(names, wanted)] if too_few else []


def _too_few(names: list[str], wanted: int) -> UserError:
    return UserError(
        expected=f"{wanted} GPUs, one for each process",
        found=f"{len(names)}: {', '.join(names)}",
        where="this machine, or CUDA_VISIBLE_DEVICES",
        remedy="lower processes in params.yaml, or make more GPUs visible",
    )
