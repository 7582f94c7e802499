"""Save the times of a finished run's jobs: ``python -m benchmarks.jobs --scale lab``.

``triptych doctor`` estimates a run from the file, benchmarks/jobs.csv.
"""

import sys
from pathlib import Path

from cyclopts import App

from triptych.config.load import read
from triptych.config.models import Panel
from triptych.config.section import Scale
from triptych.doctor.recording import record_run
from triptych.doctor.records import RECORDS, read_records, write_records
from triptych.engine.jobs import list_jobs
from triptych.errors import UserError
from triptych.layout import PARAMETERS

app = App(name="python -m benchmarks.jobs", help="Save the times of a run's jobs.")


@app.default
def keep(
    *,
    scale: Scale,
    configfile: tuple[Path, ...] = (),
    panel: Panel | None = None,
    run: Path = Path(),
    adopted: bool = False,
    resumed: dict[str, float] | None = None,
) -> None:
    """Add the jobs of a finished run to benchmarks/jobs.csv and replace older entries.

    Parameters
    ----------
    scale, configfile, panel
        What was run, as for ``triptych doctor``.
    run
        The project's folder in which it was run; the current folder by default.
    adopted
        Read the adopted copy of the run in reference, if nothing else is left of it.
    resumed
        Total seconds of a job that was killed and resumed: --resumed.NAME 4740.
    """
    parameters = read(PARAMETERS, configfile, {"scale": scale})
    jobs = list_jobs(scale, configfile, panel, finished=True)
    new = record_run(run, scale, jobs, parameters, resumed or {}, adopted=adopted)
    replaced = {(record.name, record.device) for record in new}
    unchanged = [old for old in read_records() if (old.name, old.device) not in replaced]
    write_records([*unchanged, *new])
    print(f"{len(new)} jobs of {run.resolve()} written to {RECORDS}", file=sys.stderr)


if __name__ == "__main__":
    try:
        app()
    except UserError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
