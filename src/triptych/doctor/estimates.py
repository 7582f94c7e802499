"""How long each job would take, from the records of earlier runs, and how that is known."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from triptych.config.models import Parameters
from triptych.config.section import Scale
from triptych.doctor.records import JobRecord
from triptych.doctor.work import job_work, recorded_scale
from triptych.engine.jobs import Job
from triptych.job.work import Work

Basis = Literal["recorded", "scaled", "unknown", "fetched"]

# How fast the network is nobody knows before it is asked.
_FETCHING = ("fetch", "fetch_weights")


@dataclass(frozen=True)
class Estimate:
    """What a job would take.

    Attributes
    ----------
    job
        The job.
    basis
        ``recorded``: as a job with equal work took. ``scaled``: in proportion to the
        work. ``unknown``: there is no record to go by. ``fetched``: up to the
        network or the mirror.
    seconds
        By the clock; None where unknown.
    cpu_seconds
        Of the CPU alone, where that was measured, else as seconds.
    bytes
        Of the outputs; None where unknown.
    memory_mb
        Most memory at a time in the recorded job; None where not measured.
    factor
        Work of this job over that of the recorded one.
    record
        The record.
    """

    job: Job
    basis: Basis
    seconds: float | None = None
    cpu_seconds: float | None = None
    bytes: float | None = None
    memory_mb: float | None = None
    factor: float | None = None
    record: JobRecord | None = None

    @property
    def measured_mb(self) -> float | None:
        """Memory that the same work took; None where that was not measured."""
        return self.memory_mb if self.basis == "recorded" else None

    @property
    def needed_mb(self) -> float:
        """Memory that it needs: as the same work did, else what its rule asks for."""
        return self.measured_mb or self.job.memory_mb


def estimate(
    jobs: Sequence[Job],
    scale: Scale,
    parameters: Parameters,
    records: Sequence[JobRecord],
    cpu: str,
    gpus: Sequence[str],
) -> list[Estimate]:
    """Estimate every job of a run.

    Parameters
    ----------
    jobs, scale, parameters
        The run.
    records
        Of earlier runs.
    cpu, gpus
        The devices found, described as in the records. A job that would use a GPU is
        estimated by records of a GPU, or, where there are none, by those of a CPU.
    """
    return [_estimate(job, scale, parameters, records, cpu, gpus) for job in jobs]


def _estimate(
    job: Job,
    scale: Scale,
    parameters: Parameters,
    records: Sequence[JobRecord],
    cpu: str,
    gpus: Sequence[str],
) -> Estimate:
    if job.rule in _FETCHING:
        return Estimate(job, "fetched")
    work = job_work(job, scale, parameters)
    at = recorded_scale(job, scale)
    known = [record for record in records if _speaks_of(record, job, at, work, scale)]
    if job.gpus and gpus and any(record.on_gpu for record in known):
        known, here = [record for record in known if record.on_gpu], gpus
    else:
        known, here = [record for record in known if not record.on_gpu], [cpu]
    if not known:
        return Estimate(job, "unknown")
    record = min(
        known,
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
    )


def _speaks_of(record: JobRecord, job: Job, at: str, work: Work | None, scale: str) -> bool:
    if (record.rule, record.scale) != (job.rule, at):
        return False
    if work is None:
        return record.name == job.name.replace(f"{scale}/", f"{at}/", 1)
    return record.shape == work.shape and bool(record.amount)


def _factor(work: Work | None, record: JobRecord) -> float:
    return work.amount / record.amount if work and record.amount else 1.0
