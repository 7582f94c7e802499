"""Everything that a run would need, found out before anything runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from triptych.config.models import Panel
from triptych.config.section import Scale
from triptych.doctor.estimates import Estimate, estimate
from triptych.doctor.machine import Machine, look_at_machine
from triptych.doctor.records import read_records
from triptych.doctor.schedule import makespan
from triptych.doctor.supplies import Supply, find_supplies
from triptych.engine.jobs import list_jobs, read_parameters
from triptych.errors import UserError


@dataclass(frozen=True)
class Duration:
    """Seconds of all jobs whose time is known; the others are not in it.

    Attributes
    ----------
    shortest
        On this machine, if each job took no more than its CPU time was.
    longest
        On this machine, if each job took as long as it did by the clock.
    one_by_one
        By the clock, one job after another.
    chain
        By the clock, with any number of cores and GPUs.
    """

    shortest: float
    longest: float
    one_by_one: float
    chain: float


@dataclass(frozen=True)
class Examination:
    """What a run would need, and what of it is there.

    Attributes
    ----------
    scale, panel, overlays
        The run; no panel means all.
    estimates
        The jobs, with what each would take.
    supplies
        Data sets and weights that they read.
    machine
        What this machine has.
    result_bytes
        Of the jobs' outputs, where records tell.
    memory_mb
        The most that as many jobs as there are cores could need together.
    duration
        How long the run would take.
    obstacles
        What is missing that the run cannot get by itself.
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
        """To be copied or downloaded, as far as sizes are known."""
        return sum(supply.bytes for supply in self.supplies)

    @property
    def doubtful(self) -> list[Estimate]:
        """Jobs whose rules ask for more memory than there is, the largest first.

        No obstacles: rules ask alike at every scale, at the small ones for many times what is
        taken, and on one machine Snakemake starts a job whatever it asks for.
        """
        unmeasured = [each for each in self.estimates if not each.measured_mb]
        return _too_large(unmeasured, self.machine)


def examine(scale: Scale, overlays: Sequence[Path] = (), panel: Panel | None = None) -> Examination:
    """Find out what a run would need; nothing is run, and the network is not asked.

    Parameters
    ----------
    scale
        The scale that would be run.
    overlays
        As after Snakemake's ``--configfile``.
    panel
        One panel alone; everything by default.

    Raises
    ------
    UserError
        The parameters or the workflow are refused.
    """
    parameters = read_parameters(scale, overlays)
    jobs = list_jobs(scale, overlays, panel)
    machine, unusable = look_at_machine(jobs)
    supplies, missing = find_supplies(jobs, parameters.data.mirror)
    estimates = estimate(jobs, scale, parameters, read_records(), machine.cpu, machine.gpus)
    results = sum(each.bytes or 0 for each in estimates)
    brought = sum(supply.bytes for supply in supplies)
    full = [] if brought + results < machine.free_disk_bytes else [_disk(brought, results, machine)]
    measured = [each for each in estimates if each.measured_mb]
    narrow = [_memory(each, machine) for each in _too_large(measured, machine)[:1]]
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
        obstacles=(*missing, *unusable, *full, *narrow),
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
    """Those that need more memory than there is, the largest first."""
    large = [each for each in estimates if each.needed_mb * 1e6 > machine.memory_bytes]
    return sorted(large, key=lambda each: -each.needed_mb)


def _memory(largest: Estimate, machine: Machine) -> UserError:
    return UserError(
        expected=f"{largest.needed_mb / 1e3:.1f} GB of memory, as recorded of {largest.job.name}",
        found=f"{machine.memory_bytes / 1e9:.1f} GB in all",
        where="this machine",
        remedy="run it on a machine with more, or on a cluster: docs/clusters.md",
    )


def _disk(brought: float, results: float, machine: Machine) -> UserError:
    return UserError(
        expected=f"{(brought + results) / 1e9:.1f} GB for data, weights and results",
        found=f"{machine.free_disk_bytes / 1e9:.1f} GB free",
        where=str(Path.cwd()),
        remedy="make room on that disk, or run on another",
    )
