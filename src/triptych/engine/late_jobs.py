"""Adopt the results of jobs that outlived their Snakemake process.

On a cluster the jobs of a killed Snakemake continue. Such a job publishes its files, but
Snakemake has no record of them. Without that record it would notice no later change of a
parameter or of the code.
"""

from pathlib import Path
from typing import Any

from cyclopts import App

from triptych.engine.calls import call_of
from triptych.engine.start import refuse
from triptych.errors import UserError
from triptych.provenance.examine import Examination, examine
from triptych.provenance.making import State
from triptych.storage.files import sha256

# Files that were fetched, that are not there, or whose job must run again anyway.
_PASSED_OVER = (State.MISSING, State.UNRECORDED, State.RECORD_DAMAGED)


def record_finished(workflow: Any, app: App) -> None:
    """Let Snakemake record the finished jobs whose files equal what it would make now.

    The command line ``app`` parses the commands of the records.

    Raises
    ------
    SystemExit
        A file without a record of Snakemake's was made otherwise than it would be made now.
        The message has the four parts of a user's error.
    """
    from snakemake.common import async_run

    for job in workflow.dag.jobs:
        if workflow.dag.needrun(job) or workflow.persistence.has_metadata(job):
            continue
        entries = {Path(output): examine(Path(output)) for output in job.output}
        if not entries or any(entry.state in _PASSED_OVER for entry in entries.values()):
            continue
        for path, entry in entries.items():
            if not _is_current(entry, job, app):
                refuse(
                    UserError(
                        expected="a file that the present parameters, code and inputs make",
                        found="a file made otherwise, without a record of Snakemake's",
                        where=str(path),
                        remedy="delete it and run again",
                    )
                )
        async_run(workflow.persistence.finished(job))


def _is_current(entry: Examination, job: Any, app: App) -> bool:
    """Tell whether the job would make the file as its record says."""
    making = entry.making
    if entry.state is not State.INTACT or making is None:
        return False
    inputs = {Path(name): digest for name, digest in making.inputs.items()}
    return (
        making.code == job.params.code
        and all(sha256(path) == digest for path, digest in inputs.items() if path.is_file())
        and call_of(making.command, app) == call_of(job.shellcmd, app)
    )
