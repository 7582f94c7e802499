"""Results that Snakemake has no record of: their job outlived the Snakemake that had begun it.

On a cluster the jobs of a killed Snakemake live on. One that ends by itself publishes its
files, but how a file was made is recorded by Snakemake alone, and without that record no later
change of a parameter or of the code would be noticed.
"""

import shlex
from pathlib import Path
from typing import Any

from cyclopts import CycloptsError

from triptych.engine.start import refuse
from triptych.errors import UserError
from triptych.provenance import record as provenance
from triptych.storage.files import sha256


def record_finished(workflow: Any) -> None:
    """Let Snakemake record the jobs whose files are there, and are those that it would make.

    Parameters
    ----------
    workflow
        Snakemake's own, about to be executed.

    Raises
    ------
    SystemExit
        A file without a record was made otherwise than it would be made now; the message has
        the four parts of a user's error.
    """
    from snakemake.common import async_run

    for job in workflow.dag.jobs:
        if workflow.dag.needrun(job) or workflow.persistence.has_metadata(job):
            continue
        makings = {Path(output): provenance.read(Path(output)) for output in job.output}
        if not makings or not all(path.is_file() for path in makings) or None in makings.values():
            # What is fetched or not there has no record of ours to go by.
            continue
        for path, making in makings.items():
            if not _would_be_made_so(path, making, job):
                refuse(
                    UserError(
                        expected="a file that the present parameters, code and inputs make",
                        found="one that was made otherwise, and of which Snakemake has no record",
                        where=str(path),
                        remedy="delete it and run again",
                    )
                )
        async_run(workflow.persistence.finished(job))


def _would_be_made_so(path: Path, making: Any, job: Any) -> bool:
    inputs = {Path(name): digest for name, digest in making["inputs"].items()}
    return (
        making["sha256"] == sha256(path)
        and making["code"] == job.params.code
        and all(sha256(name) == digest for name, digest in inputs.items() if name.is_file())
        and call_of(making["command"]) == call_of(job.shellcmd)
    )


def call_of(command: str) -> Any:
    """The step that a command runs, with all of its arguments; None where it is none."""
    from triptych.cli import app

    try:
        tokens = shlex.split(command.partition(" 2> ")[0])[1:]
        step, bound, *_ = app.parse_args(tokens, exit_on_error=False, print_error=False)
    except (CycloptsError, ValueError):
        return None
    bound.apply_defaults()
    return step, bound.arguments
