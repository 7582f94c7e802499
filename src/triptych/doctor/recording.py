"""Record the time and the output size of a finished run's jobs."""

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
    """Return a record for each finished job of a run.

    Parameters
    ----------
    run
        The project folder of the run.
    resumed
        Total seconds of each job that was killed and resumed, by its name. The job's own
        records cover only its last part.
    adopted
        Read the adopted run below ``reference``, which has no logs.

    Raises
    ------
    UserError
        A name in ``resumed`` is not a finished job, or no job has finished.
    """
    records = {}
    for job in jobs:
        outputs = [run / _place(output, adopted) for output in job.outputs]
        making = read_if_sound(outputs[0])
        if making is not None:
            log = None if adopted else run / LOGS / f"{job.name}.benchmark.tsv"
            measured = {} if log is None else read_benchmark(log)
            if job.name in resumed:
                measured = {**measured, "stated": resumed[job.name]}
            work = job_work(job, scale, parameters)
            records[job.name] = _record(scale, job, work, making, measured, _bytes(outputs))
    unknown = sorted(resumed.keys() - records.keys())
    if unknown or not records:
        raise UserError(
            expected=f"finished jobs of scale {scale}",
            found=f"none named {', '.join(unknown)}" if unknown else "none",
            where=str(run / (REFERENCE if adopted else RESULTS) / scale),
            remedy="give the folder of a run of this scale, and name jobs as their logs are named",
        )
    return list(records.values())


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
        # Snakemake, too, measured only the last part of a resumed job.
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
    """Add up a job's outputs and the files in their manifests; None where a size is unknown."""
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
