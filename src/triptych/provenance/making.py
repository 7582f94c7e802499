"""How a file was made: one record for each file, in JSON beside it.

The record of ``FOLDER/NAME`` is ``FOLDER/provenance/NAME.json``.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_serializer

from triptych.errors import UserError, run_command
from triptych.layout import PROVENANCE
from triptych.storage.files import write_text


class Commit(BaseModel):
    """The commit that was checked out; ``modified`` where tracked files differed from it.

    Both are None where they are unknown.
    """

    model_config = ConfigDict(frozen=True)

    id: str | None
    modified: bool | None


class Making(BaseModel):
    """How one file was made.

    Attributes
    ----------
    artifact, sha256, bytes
        The path of the file, its hash and its size.
    step, command
        The step, such as ``adversarial.train``, and the command line that repeats it.
    parameters
        The effective parameters, with seed and threads.
    inputs
        SHA-256 of each input by its path.
    code
        Hash of the code, see :func:`triptych.provenance.codehash.code_hash`.
    key
        Hash of step, parameters, inputs and code, see :func:`job_key`.
    commit, software
        The commit, and the version of each package.
    device, platform
        What the job ran on, in words.
    environment
        Variables that may decide a number; None in records of earlier versions.
    started, wall_seconds, cpu_seconds
        When the job began, and its times. Of a resumed job these are the times of the last
        part. The CPU time is None in records of earlier versions.
    """

    # A number that is infinite is written as Python writes it: null would give another key.
    model_config = ConfigDict(frozen=True, ser_json_inf_nan="constants")

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
    environment: dict[str, str] | None = None
    started: datetime
    wall_seconds: float
    cpu_seconds: float | None = None

    @field_serializer("started")
    def _to_the_second(self, started: datetime) -> str:
        return started.isoformat(timespec="seconds")


class State(StrEnum):
    """The state of a file by its record; the value is the end of a sentence."""

    INTACT = "equals its record"
    MISSING = "is missing"
    UNREADABLE = "cannot be read"
    UNRECORDED = "has no record of how it was made"
    RECORD_DAMAGED = "has a damaged record"
    RECORD_ALTERED = "has a record that was altered"
    RECORD_FOREIGN = "has the record of another file"
    ALTERED = "is not the file that was made: its SHA-256 differs from its record"


class RecordError(ValueError):
    """A record that cannot be relied on; its text follows the words "its record"."""

    def __init__(self, state: State, fault: str) -> None:
        super().__init__(fault)
        self.state = state


def job_key(
    *, step: str, parameters: Mapping[str, Any], inputs: Mapping[str, str], code: str
) -> str:
    """Return the hash that identifies a job: of step, parameters, inputs and code."""
    identity = {"step": step, "parameters": parameters, "inputs": inputs, "code": code}
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def record_path(artifact: Path) -> Path:
    """Return the path of a file's record."""
    return artifact.parent / PROVENANCE / f"{artifact.name}.json"


def write(artifact: Path, making: Making) -> None:
    """Write the record of a finished file."""
    text = json.dumps(making.model_dump(mode="json"), indent=2)
    write_text(record_path(artifact), text + "\n")


def read(artifact: Path) -> Making:
    """Read the record of a file.

    Raises
    ------
    RecordError
        The record is missing, is damaged, was altered, or describes another file.
    """
    try:
        text = record_path(artifact).read_bytes()
    except OSError:
        raise RecordError(State.UNRECORDED, "is missing") from None
    try:
        making = Making.model_validate_json(text)
    except ValidationError as error:
        raise RecordError(State.RECORD_DAMAGED, _fault(error)) from None
    if making.key != job_key(
        step=making.step, parameters=making.parameters, inputs=making.inputs, code=making.code
    ):
        fault = "was altered: step, parameters, inputs and code do not give its key"
        raise RecordError(State.RECORD_ALTERED, fault)
    if Path(making.artifact).name != artifact.name:
        fault = f"describes another file, {making.artifact}"
        raise RecordError(State.RECORD_FOREIGN, fault)
    return making


def read_if_sound(artifact: Path) -> Making | None:
    """Read the record of a file; None where no record can be relied on."""
    try:
        return read(artifact)
    except RecordError:
        return None


def recorded_files(folder: Path) -> Iterator[Path]:
    """Yield the path of each file below a folder that has a record, whether it exists or not."""
    for path in sorted(folder.rglob(f"{PROVENANCE}/*.json")):
        yield path.parent.parent / path.stem


def no_records(folder: Path) -> UserError:
    """Return the error for a folder of results, ``results/SCALE``, without any record."""
    return UserError(
        expected="results with records of provenance",
        found="none",
        where=str(folder),
        remedy=f"make them: {run_command(folder.name)}",
    )


def _fault(error: ValidationError) -> str:
    """Say what is wrong with a record, after the words "its record"."""
    problems = error.errors()
    if missing := [str(each["loc"][0]) for each in problems if each["type"] == "missing"]:
        return f"lacks {', '.join(missing)}"
    if not problems[0]["loc"]:
        return "is no JSON"
    place = ".".join(map(str, problems[0]["loc"]))
    return f"has a wrong {place}: {problems[0]['msg']}"
