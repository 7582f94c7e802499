"""The jobs that made the results of a scale, from their records of provenance.

Every file that a job made is there and has the recorded size, and every job read the
files that are there now: else there is an error and no crate, for a crate must not
claim what is not so. Files are not hashed again; `triptych verify` does that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from triptych.errors import UserError
from triptych.provenance import record as provenance
from triptych.provenance.making import Making
from triptych.storage.files import sha256
from triptych.storage.folders import MANIFEST, read_manifest

_NAMED_AT_MOST = 5
# The files of one job, which share its key and its command: the command names the outputs, too.
_Group = list[tuple[Path, Making]]


@dataclass(frozen=True)
class MadeFile:
    """A file that a job made.

    Attributes
    ----------
    name
        Its path as the commands and the records name it.
    path
        Where it lies.
    sha256, bytes
        Its hash and size.
    """

    name: str
    path: Path
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Job:
    """One run of a step.

    Attributes
    ----------
    record
        The record of its first file; all but ``artifact``, ``sha256`` and ``bytes`` holds for
        every file of the job.
    files
        What it made; with a folder's manifest also the files that the manifest lists.
    """

    record: Making
    files: tuple[MadeFile, ...]

    @property
    def started(self) -> str:
        """When it began (ISO 8601, to the second)."""
        return self.record.started.isoformat(timespec="seconds")

    @property
    def ended(self) -> str:
        """When it was finished (ISO 8601, to the second)."""
        ended = self.record.started + timedelta(seconds=self.record.wall_seconds)
        return ended.isoformat(timespec="seconds")


def read_jobs(*folders: Path, leaving_out: str, files: Sequence[Path] = ()) -> list[Job]:
    """The jobs whose files lie in some folders, in the order of their beginning.

    Parameters
    ----------
    folders
        The results of a scale, and its prepared data.
    leaving_out
        A step whose files do not count.
    files
        Only the jobs that had a part in these files count, where any are given: a run with
        other parameters may have left files that no rule makes any more.

    Raises
    ------
    UserError
        There are no records; a record cannot be read; a file is gone or has another size than
        its record says; or a file was made from another version of a file than is there.
    """
    found = [
        (artifact, _parsed(artifact, record))
        for folder in folders
        for artifact, record in provenance.records(folder)
    ]
    kept = [(path, record) for path, record in found if record.step != leaving_out]
    if not any(path.is_relative_to(folders[0]) for path, _ in kept):
        raise UserError(
            expected="results with records of provenance",
            found="none",
            where=str(folders[0]),
            remedy=f"make them: snakemake --cores all --config scale={folders[0].name}",
        )
    groups: dict[tuple[str, str], _Group] = {}
    for path, record in kept:
        groups.setdefault((record.key, record.command), []).append((path, record))
    needed = _behind(files, groups) if files else list(groups.values())
    _refuse(
        [
            f"{path} ({found}; made by {record.step})"
            for group in needed
            for path, record in group
            for found in _differences(path, record)
        ],
        expected="every file as its record says",
        where=folders[0],
        remedy="delete those that were altered, and run: "
        f"snakemake --cores all --config scale={folders[0].name}",
    )
    jobs = [
        Job(group[0][1], tuple(file for path, record in group for file in _made(path, record)))
        for group in needed
    ]
    _refuse_other_versions(jobs, folders[0])
    return sorted(jobs, key=lambda job: (job.record.started, job.record.step, job.files[0].name))


def _behind(files: Sequence[Path], groups: Mapping[tuple[str, str], _Group]) -> list[_Group]:
    """The files of the jobs that made some files, or what these were made from."""
    makers = {
        name: job
        for job, group in groups.items()
        for path, record in group
        for name in (path, Path(record.artifact))
    }
    found: set[tuple[str, str]] = set()
    pending = list(files)
    while pending:
        job = makers.get(pending.pop())
        if job is not None and job not in found:
            found.add(job)
            pending += [Path(name) for name in groups[job][0][1].inputs]
    return [group for job, group in groups.items() if job in found]


def _parsed(artifact: Path, record: dict[str, Any] | None) -> Making:
    try:
        parsed = Making.model_validate(record)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "all of it"
        fault = "no JSON" if record is None else f"{place}: {first['msg']}"
    else:
        if provenance.job_key(parsed.model_dump()) == parsed.key:
            return parsed
        fault = "one that was altered: step, parameters, inputs and code do not give its key"
    raise UserError(
        expected=f"a record that says how {artifact} was made",
        found=fault,
        where=str(provenance.record_path(artifact)),
        remedy=f"delete it and {artifact}, and make both again: snakemake {artifact}",
    )


def _differences(path: Path, record: Making) -> list[str]:
    """What is other than a record says, each in a few words."""
    if not path.is_file():
        return ["gone"]
    size = path.stat().st_size
    if size != record.bytes:
        return [f"{size} bytes, recorded {record.bytes}"]
    if path.name != MANIFEST:
        return []
    # Read below, and so small that hashing costs nothing.
    if sha256(path) != record.sha256:
        return ["altered"]
    return [
        f"its file {name} is gone"
        for name in read_manifest(path)
        if not (path.parent / name).is_file()
    ]


def _made(path: Path, record: Making) -> list[MadeFile]:
    made = [MadeFile(record.artifact, path, record.sha256, record.bytes)]
    if path.name == MANIFEST:
        folder = Path(record.artifact).parent
        for name, digest in read_manifest(path).items():
            file = path.parent / name
            made.append(MadeFile((folder / name).as_posix(), file, digest, file.stat().st_size))
    return made


def _refuse_other_versions(jobs: list[Job], where: Path) -> None:
    versions = {file.name: file.sha256 for job in jobs for file in job.files}
    problems = []
    # The newest first: of files that no job made, its version counts.
    for job in sorted(jobs, key=lambda job: job.record.started, reverse=True):
        problems += [
            f"{job.record.artifact} (made from another {name}, SHA-256 then {digest})"
            for name, digest in job.record.inputs.items()
            if versions.setdefault(name, digest) != digest
        ]
    _refuse(
        problems,
        expected="every file made from the files that are there now",
        where=where,
        remedy=f"run: snakemake --cores all --config scale={where.name}; "
        "delete a file that no rule makes any more",
    )


def _refuse(problems: list[str], *, expected: str, where: Path, remedy: str) -> None:
    if problems:
        more = len(problems) - _NAMED_AT_MOST
        raise UserError(
            expected=expected,
            found="; ".join(problems[:_NAMED_AT_MOST]) + (f"; and {more} more" if more > 0 else ""),
            where=str(where),
            remedy=remedy,
        )
