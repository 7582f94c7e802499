"""Jobs and records for the tests of the doctor."""

import dataclasses
from functools import cache
from pathlib import Path
from typing import Any

from triptych.config.load import read
from triptych.config.models import Parameters
from triptych.config.section import Scale
from triptych.doctor.records import JobRecord
from triptych.engine.jobs import Job
from triptych.layout import PARAMETERS

CPU = "CPU, Some Model"


@cache
def parameters_of(scale: Scale, *overlays: Path) -> Parameters:
    """Read the project's parameters, which must be in the current folder, once."""
    return read(PARAMETERS, overlays, {"scale": scale})


def job(name: str, rule: str = "draw", **wanted: Any) -> Job:
    """A job of one core; its output is named after it."""
    values: dict[str, Any] = {
        "step": "adversarial.curves",
        "wildcards": {},
        "inputs": (),
        "outputs": (f"results/{name}",),
        "threads": 1,
        "gpus": 0,
        "memory_mb": 1000,
    }
    return Job(rule=rule, name=name, **values | wanted)


def training(network: str = "natural", **wanted: Any) -> Job:
    """A training of panel 1 at scale lab."""
    name = f"lab/adversarial/train_network/{network}"
    values: dict[str, Any] = {"step": "adversarial.train", "wildcards": {"network": network}}
    return job(name, "train_network", gpus=1, **values, **wanted)


def record(name: str, rule: str, seconds: float, **known: Any) -> JobRecord:
    """A record of a job that ran on a CPU."""
    blank = JobRecord(
        scale=name.split("/")[0],
        rule=rule,
        name=name,
        seconds=seconds,
        cpu_seconds=None,
        memory_mb=None,
        bytes=None,
        device=CPU,
        commit="0123456789abcdef",
        source="benchmark",
        amount=None,
        shape="",
        size=None,
    )
    return dataclasses.replace(blank, **known)
