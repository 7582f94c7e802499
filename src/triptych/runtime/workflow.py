"""What the Snakefile needs of the package: checked parameters, seeds, a lock."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from filelock import FileLock, Timeout

from triptych.config import Parameters, parse
from triptych.errors import UserError
from triptych.runtime.seeds import derive

PARAMETERS = Path("params.yaml")
_LOCK = FileLock(".snakemake/triptych.lock")


def load_parameters(config: Mapping[str, Any]) -> Parameters:
    """Check the parameters that Snakemake merged from params.yaml and the command line.

    Raises
    ------
    SystemExit
        Something is not allowed; the message has the four parts of a user's error.
    """
    try:
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
        Another Snakemake is at work in this folder.
    """
    try:
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


def _refuse(error: UserError) -> NoReturn:
    # Not a WorkflowError: Snakemake would add the lines of code that raised it.
    raise SystemExit(f"\n{error}") from None
