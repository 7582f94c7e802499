"""Estimates of each job's time, disk and memory from the records of earlier runs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from triptych.config.models import Parameters
from triptych.config.section import Scale
from triptych.doctor.records import JobRecord
from triptych.doctor.work import job_work, recorded_scale
from triptych.engine.jobs import Job
from triptych.job.work import GpuNeed, Work

Basis = Literal["recorded", "scaled", "unknown", "fetched"]

# The speed of the network is not known.
_FETCHING = ("fetch", "fetch_weights")


@dataclass(frozen=True)
class Estimate:
    """Time, disk and memory of a job, and the record that they come from.

    What it needs of a GPU is counted from its network instead.

    Attributes
    ----------
    basis
        ``recorded``: from a job with equal work. ``scaled``: in proportion to the work.
        ``unknown``: no record fits. ``fetched``: depends on the network or the mirror.
    seconds
        Wall time; None where unknown.
    cpu_seconds
        CPU time where it was measured, else the wall time.
    bytes
        Size of the outputs; None where unknown.
    memory_mb
        Peak memory of the recorded job; None where not measured.
    factor
        Work of this job divided by the work of the recorded job.
    gpu
        What the job needs of a GPU; None where it uses none, or its step does not count it.
    """

    job: Job
    basis: Basis
    seconds: float | None = None
    cpu_seconds: float | None = None
    bytes: float | None = None
    memory_mb: float | None = None
    factor: float | None = None
    record: JobRecord | None = None
    gpu: GpuNeed | None = None

    @property
    def measured_mb(self) -> float | None:
        """Memory that equal work took; None where it was not measured."""
        return self.memory_mb if self.basis == "recorded" else None

    @property
    def needed_mb(self) -> float:
        """Memory that the job needs: measured, else what its rule requests."""
        return self.measured_mb or self.job.memory_mb


def estimate(
    job: Job,
    scale: Scale,
    parameters: Parameters,
    records: Sequence[JobRecord],
    cpu: str,
    gpus: Sequence[str],
) -> Estimate:
    """Estimate a job from the records of earlier runs.

    The devices of this machine are described as in the records. Records of a GPU estimate a
    job that would use a GPU; without them, records of a CPU do.
    """
    if job.rule in _FETCHING:
        return Estimate(job, "fetched")
    work = job_work(job, scale, parameters)
    need = work.gpu() if job.gpus and work and work.gpu else None
    at = recorded_scale(job, scale)
    fitting = [record for record in records if _fits(record, job, at, work, scale)]
    on_gpu = bool(job.gpus and gpus) and any(record.on_gpu for record in fitting)
    fitting, here = [r for r in fitting if r.on_gpu == on_gpu], gpus if on_gpu else [cpu]
    if not fitting:
        return Estimate(job, "unknown", gpu=need)
    record = min(
        fitting,
        key=lambda r: (r.device not in here, abs(math.log(_factor(work, r))), r.name != job.name),
    )
    factor = _factor(work, record)
    exact = math.isclose(factor, 1) and at == scale
    size = work.size / record.size if work and record.size else 1.0
    cpu_seconds = record.seconds if record.cpu_seconds is None else record.cpu_seconds
    return Estimate(
        job,
        "recorded" if exact else "scaled",
        seconds=record.seconds * factor,
        cpu_seconds=cpu_seconds * factor,
        bytes=None if record.bytes is None else record.bytes * size,
        memory_mb=record.memory_mb,
        factor=factor,
        record=record,
        gpu=need,
    )


def _fits(record: JobRecord, job: Job, at: str, work: Work | None, scale: str) -> bool:
    if (record.rule, record.scale) != (job.rule, at):
        return False
    if work is None:
        return record.name == job.name.replace(f"{scale}/", f"{at}/", 1)
    return record.shape == work.shape and bool(record.amount)


def _factor(work: Work | None, record: JobRecord) -> float:
    return work.amount / record.amount if work and record.amount else 1.0
