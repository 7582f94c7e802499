"""How a file was made, as its record of provenance says, and what a whole run was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from triptych.provenance import record as provenance

_PREPARED = ("data", "prepared")


class Commit(BaseModel):
    """The commit that was checked out; ``modified`` where tracked files differed from it."""

    model_config = ConfigDict(frozen=True)

    id: str | None
    modified: bool | None


class Making(BaseModel):
    """One record of provenance, see :mod:`triptych.provenance.record`."""

    model_config = ConfigDict(frozen=True)

    artifact: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int
    step: str
    command: str
    parameters: dict[str, Any]
    inputs: dict[str, str]
    code: str
    key: str
    commit: Commit
    software: dict[str, str]
    device: str
    platform: str
    started: datetime
    wall_seconds: float


@dataclass(frozen=True)
class Run:
    """What was run to make a number of files.

    Attributes
    ----------
    jobs
        How many jobs; one job may make several files.
    seconds
        Their wall times added up. Of a job that was interrupted and resumed, the record
        holds the last piece only.
    started, finished
        When the first job began and the last one ended.
    devices, platforms
        What they ran on, in words.
    commits
        The commits that were checked out.
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


def read_making(artifact: Path) -> Making | None:
    """The record of a file; None where there is none, or none that can be relied on."""
    try:
        record = provenance.read(artifact)
        making = Making.model_validate(record)
    except (OSError, ValidationError):
        return None
    # Step, parameters, inputs or code of another key were altered in the record.
    return making if record and provenance.job_key(record) == making.key else None


def summarise(makings: Iterable[Making]) -> Run | None:
    """What was run to make some files; None where nothing is known.

    Parameters
    ----------
    makings
        The records of the files and of all that they were made from.
    """
    jobs = {(making.key, making.started): making for making in makings}
    if not jobs:
        return None
    ordered = [jobs[key] for key in sorted(jobs, key=lambda key: (key[1], key[0]))]
    return Run(
        jobs=len(ordered),
        seconds=sum(making.wall_seconds for making in ordered),
        started=ordered[0].started,
        finished=max(making.started + timedelta(seconds=making.wall_seconds) for making in ordered),
        devices=tuple(dict.fromkeys(making.device for making in ordered)),
        platforms=tuple(dict.fromkeys(making.platform for making in ordered)),
        commits=tuple(dict.fromkeys(making.commit for making in ordered)),
        data=tuple(sorted({name for making in ordered for name in _data_sets(making)})),
    )


def _data_sets(making: Making) -> Iterable[str]:
    """``NAME`` of each path ``data/prepared/SCALE/NAME/...`` that was read or made."""
    for path in (making.artifact, *making.inputs):
        parts = Path(path).parts
        if parts[:2] == _PREPARED and len(parts) > 4:
            yield parts[3]
