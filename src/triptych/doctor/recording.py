"""Take the records of a finished run: how long its jobs took, and what they left."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from triptych.config.models import Parameters
from triptych.config.section import Scale
from triptych.doctor.records import JobRecord
from triptych.doctor.work import job_work
from triptych.engine.jobs import Job, read_benchmark
from triptych.errors import UserError
from triptych.job.work import Work
from triptych.layout import LOGS, REFERENCE, RESULTS
from triptych.provenance.making import Making, read_if_sound
from triptych.storage.folders import MANIFEST, read_manifest


def record_run(
    run: Path,
    scale: Scale,
    jobs: Sequence[Job],
    parameters: Parameters,
    resumed: Mapping[str, float],
    *,
    adopted: bool = False,
) -> list[JobRecord]:
    """The records of the jobs of a run that have finished.

    Parameters
    ----------
    run
        The folder of the project in which it ran.
    scale, jobs, parameters
        The scale, all its jobs, and the parameters of that run.
    resumed
        Seconds of all pieces of a job that was killed and resumed, by its name: its own
        records speak of the last piece alone.
    adopted
        Take what was adopted of the run below ``reference``, which has no logs.

    Raises
    ------
    UserError
        A name in ``resumed`` is not that of a finished job; or there is none at all.
    """
    found = {}
    for job in jobs:
        outputs = [run / _place(output, adopted) for output in job.outputs]
        making = read_if_sound(outputs[0])
        if making is not None:
            log = None if adopted else run / LOGS / f"{job.name}.benchmark.tsv"
            measured = {} if log is None else read_benchmark(log)
            if job.name in resumed:
                measured = {**measured, "stated": resumed[job.name]}
            work = job_work(job, scale, parameters)
            found[job.name] = _record(scale, job, work, making, measured, _bytes(outputs))
    unknown = sorted(resumed.keys() - found.keys())
    if unknown or not found:
        raise UserError(
            expected=f"finished jobs of scale {scale}",
            found=f"none named {', '.join(unknown)}" if unknown else "none",
            where=str(run / (REFERENCE if adopted else RESULTS) / scale),
            remedy="name the folder of a run of this scale, and its jobs by their logs",
        )
    return list(found.values())


def _record(
    scale: Scale,
    job: Job,
    work: Work | None,
    making: Making,
    measured: Mapping[str, float],
    size: int | None,
) -> JobRecord:
    names = {"stated": "stated", "s": "benchmark"}
    column = next((name for name in names if name in measured), None)
    commit = making.commit
    return JobRecord(
        scale=scale,
        rule=job.rule,
        name=job.name,
        seconds=measured[column] if column else making.wall_seconds,
        # Of a resumed job Snakemake, too, has seen the last piece alone.
        cpu_seconds=None if "stated" in measured else measured.get("cpu_time"),
        memory_mb=measured.get("max_rss"),
        bytes=size,
        device=making.device,
        commit=f"{commit.id or 'unknown'}{'+' if commit.modified else ''}",
        source=names[column] if column else "record",
        amount=work.amount if work else None,
        shape=work.shape if work else "",
        size=work.size if work else None,
    )


def _place(output: str, adopted: bool) -> str:
    return output.replace(f"{RESULTS}/", f"{REFERENCE}/", 1) if adopted else output


def _bytes(outputs: Sequence[Path]) -> int | None:
    """The bytes of a job's outputs, with what their manifests list; None where one is unknown."""
    total = 0
    for output in outputs:
        making = read_if_sound(output)
        if making is None:
            return None
        total += making.bytes
        if output.name == MANIFEST:
            names = read_manifest(output) if output.is_file() else ()
            listed = [output.parent / name for name in names]
            if not listed or not all(path.is_file() for path in listed):
                return None
            total += sum(path.stat().st_size for path in listed)
    return total
