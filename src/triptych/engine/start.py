"""The functions of the Snakefile: checked parameters, seeds, checks before a run."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from filelock import FileLock, Timeout

from triptych.config.load import read
from triptych.config.models import Parameters
from triptych.engine.cluster import cancel_orphans, check_cluster
from triptych.engine.state import INCOMPLETE, METADATA, STATE
from triptych.errors import UserError
from triptych.job.devices import visible_gpus
from triptych.layout import PARAMETERS, RESULTS, WORK
from triptych.provenance.making import record_path
from triptych.storage.disk import require_room, require_writable
from triptych.system.project import beside_snakefile, project_folder

_LOCK = FileLock(STATE / "triptych.lock")
# DVC sets it for the command of a stage.
DVC_STAGE = "DVC_STAGE"
# A run writes here in addition to the files of the jobs.
_WRITTEN = (METADATA, INCOMPLETE, RESULTS, WORK)


def load_parameters(workflow: Any, config: Mapping[str, Any]) -> Parameters:
    """Read params.yaml, overridden by ``--configfile`` and ``--config`` of Snakemake.

    As a module of another workflow, read the params.yaml of this project, overridden by the
    ``config:`` of the module.

    Snakemake's own reading of these files is not used. Of two equal keys it takes the last, and
    it reads some numbers by YAML 1.1, other than the rest of the project does. The Snakefile
    calls this before ``configfile:``, whose errors name no line, and then replaces ``config``.

    Parameters
    ----------
    config
        The ``config`` of the Snakefile, which is that of the module if it is one.

    Raises
    ------
    SystemExit
        Something is not allowed, or Snakemake cannot keep its state here; the message has the
        four parts of a user's error.
    """
    try:
        # Even a dry run writes here.
        require_writable(STATE)
        require_room(STATE)
        settings = workflow.config_settings
        files = [Path(os.path.relpath(path)) for path in settings.configfiles]
        if not (files and settings.replace_workflow_config):
            files.insert(0, PARAMETERS)
        values = settings.config
        if not workflow.modifier.is_main_snakefile():
            _require_configuration(workflow)
            own = beside_snakefile(project_folder(workflow), str(PARAMETERS))
            files, values = [Path(own)], config
        parameters = read(files[0], files[1:], values)
        _keep_photos_here(parameters)
    except UserError as error:
        refuse(error)
    if parameters.data.mirror:
        # The jobs read no parameters: they find the mirror here.
        os.environ.setdefault("TRIPTYCH_MIRROR", parameters.data.mirror)
    return parameters


def _require_configuration(workflow: Any) -> None:
    """Refuse a module without ``config:``, for which Snakemake looks for params.yaml here."""
    if not workflow.modifier.skip_configfile:
        raise UserError(
            expected="a module with parameters",
            found="no config:",
            where=f"the module of {workflow.current_basedir.get_path_or_uri(secret_free=True)}",
            remedy='add config: {"scale": "smoke"}; docs/module.md has an example',
        )


def _keep_photos_here(parameters: Parameters) -> None:
    """Refuse photos of the user's own in a stage of DVC, whose store may be pushed to others."""
    faces = parameters.active.personalization.faces
    if faces.dataset == "folder" and faces.folder is not None and DVC_STAGE in os.environ:
        raise UserError(
            expected="data that DVC may store and push",
            found=f"photos of the user's own: {faces.folder.path}",
            where=f"DVC's stage {os.environ[DVC_STAGE]}, scale {parameters.scale}",
            remedy="run snakemake itself, without dvc repro: the photos stay on this machine",
        )


def configuration_files(workflow: Any) -> list[str]:
    """List params.yaml and the files of ``--configfile``, relative to the current folder."""
    return sorted({os.path.relpath(path) for path in workflow.configfiles})


def overlays(workflow: Any) -> list[str]:
    """List the files of ``--configfile`` in their order."""
    return [os.path.relpath(path) for path in workflow.overwrite_configfiles]


def begin_run(workflow: Any, check_sources: Callable[[Iterable[str]], object]) -> None:
    """Lock this folder and check, before anything is computed, that the run can be written.

    ``check_sources`` gets the files to be made, and refuses these if their sources are unusable.

    The lock is a kernel lock, held for the life of the process: a killed Snakemake leaves
    nothing to be removed by hand. A SLURM cluster is asked whether it can run the jobs. Jobs
    that a killed Snakemake left in its queue are canceled.

    Raises
    ------
    SystemExit
        Another Snakemake works in this folder, a file of the run cannot be written, a source
        is unusable, or the cluster cannot run it; the message has the four parts of a user's
        error.
    """
    try:
        _lock()
        jobs = list(workflow.dag.needrun_jobs())
        for folder in sorted({*_WRITTEN, *(folder for job in jobs for folder in _folders(job))}):
            require_writable(folder)
            require_room(folder)
        check_sources(str(output) for job in jobs for output in job.output)
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
    """Report here that the driver fails: the report of a job goes to the job's log."""
    here = workflow.executor_plugin.name == "local" and not os.environ.get("TRIPTYCH_DEVICE")
    if here and any("gpu" in job.rule.resources for job in jobs):
        visible_gpus()


def _folders(job: Any) -> Iterator[Path]:
    """Yield the folders to which a job writes: outputs, their records, log and benchmark."""
    for output in map(Path, job.output):
        yield output.parent
        yield record_path(output).parent
    yield from (Path(file).parent for file in (*job.log, job.benchmark) if file)


def refuse(error: UserError) -> NoReturn:
    """End Snakemake with the four parts of a user's error, and nothing else."""
    # To a WorkflowError Snakemake would add the lines of code that raised it.
    raise SystemExit(f"\n{error}") from None
