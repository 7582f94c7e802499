"""What the Snakefile needs of the package: checked parameters, seeds, a lock, a cluster."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from filelock import FileLock, Timeout

from triptych.config import Parameters, parse
from triptych.errors import UserError
from triptych.runtime.cluster import cancel_orphans, check_cluster
from triptych.runtime.disk import require_room, require_writable
from triptych.runtime.seeds import derive

PARAMETERS = Path("params.yaml")
_STATE = Path(".snakemake")
_LOCK = FileLock(_STATE / "triptych.lock")
_WRITTEN = (
    _STATE / "metadata",
    _STATE / "incomplete",
    *map(Path, ("data/prepared", "logs", "results", "work")),
)


def load_parameters(config: Mapping[str, Any]) -> Parameters:
    """Check the parameters that Snakemake merged from params.yaml and the command line.

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
        parameters = parse(config, PARAMETERS)
    except UserError as error:
        _refuse(error)
    if parameters.data.mirror:
        # The jobs read no parameters: they find the mirror here.
        os.environ.setdefault("TRIPTYCH_MIRROR", parameters.data.mirror)
    return parameters


def job_seed(parameters: Parameters, *names: str) -> int:
    """The seed of a job by its name."""
    return derive(parameters.seed, *names)


def lock_workflow() -> None:
    """Hold this folder's workflow for the life of the process.

    A kernel lock: a killed Snakemake leaves nothing to be removed by hand.

    Raises
    ------
    SystemExit
        Another Snakemake is at work in this folder, or nothing can be written here.
    """
    try:
        for folder in _WRITTEN:
            require_writable(folder)
            require_room(folder)
        _LOCK.acquire(timeout=0)
    except Timeout:
        _refuse(
            UserError(
                expected="no other workflow at work in this folder",
                found="a running snakemake that holds the lock",
                where=str(Path(_LOCK.lock_file).resolve()),
                remedy="wait until it has finished, or stop it",
            )
        )
    except UserError as error:
        _refuse(error)


def prepare_cluster(workflow: Any) -> None:
    """Before anything is submitted to a SLURM cluster: can it run this, and is it free of orphans?

    Parameters
    ----------
    workflow
        Snakemake's own, about to be executed, which holds this folder's lock.

    Raises
    ------
    SystemExit
        The cluster cannot run it; the message has the four parts of a user's error.
    """
    try:
        check_cluster(workflow)
        cancel_orphans(workflow)
    except UserError as error:
        _refuse(error)


def _refuse(error: UserError) -> NoReturn:
    # Not a WorkflowError: Snakemake would add the lines of code that raised it.
    raise SystemExit(f"\n{error}") from None
