"""What the Snakefile needs of the package: checked parameters, seeds, a good beginning."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn

from filelock import FileLock, Timeout

from triptych.config.load import read
from triptych.config.models import Parameters
from triptych.engine.cluster import cancel_orphans, check_cluster
from triptych.errors import UserError
from triptych.job.devices import visible_gpus
from triptych.job.seeds import derive
from triptych.provenance import record as provenance
from triptych.storage.disk import require_room, require_writable

PARAMETERS = Path("params.yaml")
_STATE = Path(".snakemake")
_LOCK = FileLock(_STATE / "triptych.lock")
# What is written beside the files of the jobs.
_WRITTEN = (_STATE / "metadata", _STATE / "incomplete", Path("results"), Path("work"))


def load_parameters(workflow: Any) -> Parameters:
    """Read params.yaml with what the command line of Snakemake lays over it.

    Snakemake's own reading of these files is not used: of two equal keys it takes the last, and
    YAML 1.1 has other numbers than the rest of the project would read. The Snakefile calls this
    before ``configfile:``, whose refusals have no place, and then replaces ``config``.

    Parameters
    ----------
    workflow
        Snakemake's own, whose settings hold ``--configfile`` and ``--config``.

    Raises
    ------
    SystemExit
        Something is not allowed, or Snakemake cannot keep its state here; the message has the
        four parts of a user's error.
    """
    try:
        # Even a dry run writes here.
        require_writable(_STATE)
        require_room(_STATE)
        settings = workflow.config_settings
        files = [Path(os.path.relpath(path)) for path in settings.configfiles]
        if not (files and settings.replace_workflow_config):
            files.insert(0, PARAMETERS)
        parameters = read(files[0], files[1:], settings.config)
    except UserError as error:
        refuse(error)
    if parameters.data.mirror:
        # The jobs read no parameters: they find the mirror here.
        os.environ.setdefault("TRIPTYCH_MIRROR", parameters.data.mirror)
    return parameters


def job_seed(parameters: Parameters, *names: str) -> int:
    """The seed of a job by its name."""
    return derive(parameters.seed, *names)


def begin_run(workflow: Any) -> None:
    """Before anything is computed: be alone in this folder, and see that the run can be written.

    The lock is a kernel lock, held for the life of the process: a killed Snakemake leaves
    nothing to be removed by hand. A SLURM cluster is asked whether it can run the jobs, and
    freed of those that a killed Snakemake left there.

    Parameters
    ----------
    workflow
        Snakemake's own, about to be executed.

    Raises
    ------
    SystemExit
        Another Snakemake is at work in this folder, a file of the run could not be written, or
        the cluster cannot run it; the message has the four parts of a user's error.
    """
    try:
        _lock()
        jobs = list(workflow.dag.needrun_jobs())
        for folder in sorted({*_WRITTEN, *(folder for job in jobs for folder in _folders(job))}):
            require_writable(folder)
            require_room(folder)
        check_cluster(workflow)
        cancel_orphans(workflow)
        _look_for_gpus(workflow, jobs)
    except UserError as error:
        refuse(error)


def _lock() -> None:
    try:
        _LOCK.acquire(timeout=0)
    except Timeout:
        raise UserError(
            expected="no other workflow at work in this folder",
            found="a running snakemake that holds the lock",
            where=str(Path(_LOCK.lock_file).resolve()),
            remedy="wait until it has finished, or stop it",
        ) from None


def _look_for_gpus(workflow: Any, jobs: Iterable[Any]) -> None:
    """Say here that the driver fails: what a job says of it goes to the job's log."""
    here = workflow.executor_plugin.name == "local" and not os.environ.get("TRIPTYCH_DEVICE")
    if here and any("gpu" in job.rule.resources for job in jobs):
        visible_gpus()


def _folders(job: Any) -> Iterator[Path]:
    """Where a job writes: its outputs, the records beside them, its log and its benchmark."""
    for output in map(Path, job.output):
        yield output.parent
        yield provenance.record_path(output).parent
    yield from (Path(file).parent for file in (*job.log, job.benchmark) if file)


def refuse(error: UserError) -> NoReturn:
    """End Snakemake with the four parts of a user's error, and nothing else."""
    # Not a WorkflowError: Snakemake would add the lines of code that raised it.
    raise SystemExit(f"\n{error}") from None
