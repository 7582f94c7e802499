"""What a run needs, determined before it starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from triptych.config.load import read
from triptych.config.models import Panel, Parameters
from triptych.config.section import Scale
from triptych.data.sources import missing_folders
from triptych.doctor.estimates import Estimate, estimate
from triptych.doctor.gpus import misfits
from triptych.doctor.machine import Machine, look_at_machine
from triptych.doctor.records import read_records
from triptych.doctor.schedule import makespan
from triptych.doctor.supplies import Supply, find_supplies
from triptych.engine.jobs import Job, list_jobs
from triptych.errors import UserError
from triptych.layout import PARAMETERS


@dataclass(frozen=True)
class Duration:
    """Seconds of all jobs whose time is known; other jobs are not counted.

    Attributes
    ----------
    shortest
        On this machine, from the CPU time of each job.
    longest
        On this machine, from the wall time of each job.
    one_by_one
        Sum of the wall times.
    chain
        Wall time with any number of cores and GPUs.
    """

    shortest: float
    longest: float
    one_by_one: float
    chain: float


@dataclass(frozen=True)
class Examination:
    """The needs of a run, compared with this machine; no panel means all.

    Attributes
    ----------
    supplies
        Data sets and weights that the jobs read.
    result_bytes
        Size of the jobs' outputs, where records have it.
    memory_mb
        Sum over the largest jobs, one for each core.
    obstacles
        What is missing and the run cannot get by itself.
    """

    scale: Scale
    panel: Panel | None
    overlays: tuple[Path, ...]
    estimates: tuple[Estimate, ...]
    supplies: tuple[Supply, ...]
    machine: Machine
    result_bytes: float
    memory_mb: float
    duration: Duration
    obstacles: tuple[UserError, ...]

    @property
    def bytes_to_bring(self) -> int:
        """Bytes to copy or download, as far as sizes are known."""
        return sum(supply.bytes for supply in self.supplies)

    @property
    def doubtful(self) -> list[Estimate]:
        """Jobs whose rules request more memory than this machine has, the largest first.

        These are not obstacles. At the small scales rules request far more than jobs use, and
        on one machine Snakemake starts a job whatever its request.
        """
        unmeasured = [each for each in self.estimates if not each.measured_mb]
        return _too_large(unmeasured, self.machine)


def examine(scale: Scale, overlays: Sequence[Path] = (), panel: Panel | None = None) -> Examination:
    """Determine what a run needs, without running a job or using the network.

    Raises
    ------
    UserError
        The parameters or the workflow are refused.
    """
    # First: its errors name the line of a file, those of Snakemake do not.
    parameters = read(PARAMETERS, overlays, {"scale": scale})
    return assess(list_jobs(scale, overlays, panel), parameters, overlays, panel)


def assess(
    jobs: Sequence[Job],
    parameters: Parameters,
    overlays: Sequence[Path],
    panel: Panel | None,
) -> Examination:
    """Determine what the listed jobs of a run need, as :func:`examine` does."""
    scale = parameters.scale
    machine, unusable = look_at_machine(jobs)
    supplies, missing = find_supplies(jobs, parameters.data.mirror)
    missing += missing_folders((path for job in jobs for path in job.outputs), parameters)
    known = read_records(), machine.cpu, [gpu.name for gpu in machine.gpus]
    estimates = [estimate(job, scale, parameters, *known) for job in jobs]
    results = sum(each.bytes or 0 for each in estimates)
    needed = sum(supply.bytes for supply in supplies) + results
    full_disk = [] if needed < machine.free_disk_bytes else [_disk(needed, machine)]
    measured = [each for each in estimates if each.measured_mb]
    little_memory = [_memory(each, machine) for each in _too_large(measured, machine)[:1]]
    return Examination(
        scale=scale,
        panel=panel,
        overlays=tuple(overlays),
        estimates=tuple(estimates),
        supplies=tuple(supplies),
        machine=machine,
        result_bytes=results,
        memory_mb=sum(sorted((e.needed_mb for e in estimates), reverse=True)[: machine.cores]),
        duration=_duration(estimates, machine),
        obstacles=(*missing, *unusable, *full_disk, *little_memory, *misfits(estimates, machine)),
    )


def _duration(estimates: Sequence[Estimate], machine: Machine) -> Duration:
    jobs = [each.job for each in estimates]
    clock = [each.seconds or 0.0 for each in estimates]
    cpu = [each.cpu_seconds or 0.0 for each in estimates]
    return Duration(
        shortest=makespan(jobs, cpu, machine.cores, len(machine.gpus)),
        longest=makespan(jobs, clock, machine.cores, len(machine.gpus)),
        one_by_one=sum(clock),
        chain=makespan(jobs, clock, None),
    )


def _too_large(estimates: Sequence[Estimate], machine: Machine) -> list[Estimate]:
    """Return the jobs that need more memory than this machine has, the largest first."""
    large = [each for each in estimates if each.needed_mb * 1e6 > machine.memory_bytes]
    return sorted(large, key=lambda each: -each.needed_mb)


def _memory(largest: Estimate, machine: Machine) -> UserError:
    return UserError(
        expected=f"{largest.needed_mb / 1e3:.1f} GB of memory, recorded for {largest.job.name}",
        found=f"{machine.memory_bytes / 1e9:.1f} GB in total",
        where="this machine",
        remedy="use a machine with more memory, or a cluster: docs/clusters.md",
    )


def _disk(needed: float, machine: Machine) -> UserError:
    return UserError(
        expected=f"{needed / 1e9:.1f} GB for data, weights and results",
        found=f"{machine.free_disk_bytes / 1e9:.1f} GB free",
        where=str(Path.cwd()),
        remedy="free space on this disk, or use another disk",
    )
