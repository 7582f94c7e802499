"""The jobs that made a number of files, summarized."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from triptych.layout import PREPARED
from triptych.provenance.making import Commit, Making


@dataclass(frozen=True)
class Run:
    """The jobs that made a number of files; one job may make several.

    Attributes
    ----------
    seconds
        The sum of their computing times: CPU time of a job on the CPU, wall time on a GPU. Of a
        job that was interrupted and resumed, the record has the last part only.
    started, finished
        When the first job began and the last one ended.
    data
        Names of the prepared data sets.
    """

    jobs: int
    seconds: float
    started: datetime
    finished: datetime
    devices: tuple[str, ...]
    platforms: tuple[str, ...]
    commits: tuple[Commit, ...]
    data: tuple[str, ...]


def summarize(makings: Iterable[Making]) -> Run | None:
    """Summarize the jobs behind some files and all their sources; None where there is no record."""
    jobs = {(making.key, making.started): making for making in makings}
    if not jobs:
        return None
    ordered = [jobs[key] for key in sorted(jobs, key=lambda key: (key[1], key[0]))]
    return Run(
        jobs=len(ordered),
        seconds=sum(map(_computing_seconds, ordered)),
        started=ordered[0].started,
        finished=max(making.started + timedelta(seconds=making.wall_seconds) for making in ordered),
        devices=tuple(dict.fromkeys(making.device for making in ordered)),
        platforms=tuple(dict.fromkeys(making.platform for making in ordered)),
        commits=tuple(dict.fromkeys(making.commit for making in ordered)),
        data=tuple(sorted({name for making in ordered for name in _data_sets(making)})),
    )


def _computing_seconds(making: Making) -> float:
    """Return the time that a job had its device for itself: jobs may share the cores of a CPU."""
    if making.device.startswith("CPU") and making.cpu_seconds is not None:
        return making.cpu_seconds
    return making.wall_seconds


def _data_sets(making: Making) -> Iterable[str]:
    """Yield ``NAME`` of each path ``data/prepared/SCALE/NAME/...`` that was read or made."""
    for path in (making.artifact, *making.inputs):
        parts = Path(path).parts
        if parts[:2] == PREPARED.parts and len(parts) > 4:
            yield parts[3]
