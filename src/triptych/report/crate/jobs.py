"""The jobs that made the results of a scale, from their records of provenance.

Every file that a job made must be there with the recorded size, and every job must have read
the files that are there now. Otherwise there is an error and no crate: a crate must not
claim what is not true. Files are not hashed again; `triptych verify` does that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from triptych.errors import UserError, run_command
from triptych.provenance.making import (
    Making,
    RecordError,
    no_records,
    read,
    record_path,
    recorded_files,
)
from triptych.storage.files import sha256
from triptych.storage.folders import MANIFEST, read_manifest

_NAMED_AT_MOST = 5
# The files of one job share its key and its command, which names the outputs.
_Group = list[tuple[Path, Making]]


@dataclass(frozen=True)
class MadeFile:
    """A file that a job made: its name in commands and records, and the path where it is."""

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
        The files it made, and those that a manifest among them lists.
    """

    record: Making
    files: tuple[MadeFile, ...]

    @property
    def started(self) -> str:
        """The start of the job (ISO 8601, to the second)."""
        return self.record.started.isoformat(timespec="seconds")

    @property
    def ended(self) -> str:
        """The end of the job (ISO 8601, to the second)."""
        ended = self.record.started + timedelta(seconds=self.record.wall_seconds)
        return ended.isoformat(timespec="seconds")


def read_jobs(*folders: Path, leaving_out: str, files: Sequence[Path] = ()) -> list[Job]:
    """Return the jobs whose files are in some folders, in the order of their start.

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
    recorded = [
        (artifact, _read(artifact)) for folder in folders for artifact in recorded_files(folder)
    ]
    kept = [(path, record) for path, record in recorded if record.step != leaving_out]
    if not any(path.is_relative_to(folders[0]) for path, _ in kept):
        raise no_records(folders[0])
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
        remedy=f"delete those that were altered, and run: {run_command(folders[0].name)}",
    )
    jobs = [
        Job(group[0][1], tuple(file for path, record in group for file in _made(path, record)))
        for group in needed
    ]
    _refuse_other_versions(jobs, folders[0])
    return sorted(jobs, key=lambda job: (job.record.started, job.record.step, job.files[0].name))


def _behind(files: Sequence[Path], groups: Mapping[tuple[str, str], _Group]) -> list[_Group]:
    """Return the jobs, each as its files, that contributed to some files."""
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


def _read(artifact: Path) -> Making:
    try:
        return read(artifact)
    except RecordError as error:
        raise UserError(
            expected=f"a record that says how {artifact} was made",
            found=f"a record that {error}",
            where=str(record_path(artifact)),
            remedy=f"delete it and {artifact}, and make both again: snakemake {artifact}",
        ) from None


def _differences(path: Path, record: Making) -> list[str]:
    """Return the differences from a record, each in a few words."""
    if not path.is_file():
        return ["gone"]
    size = path.stat().st_size
    if size != record.bytes:
        return [f"{size} bytes, recorded {record.bytes}"]
    if path.name != MANIFEST:
        return []
    # A manifest is small: to hash it costs nothing.
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
    # The newest job first: for files that no job made, the version it read counts.
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
        remedy=f"run: {run_command(where.name)}; delete a file that no rule makes any more",
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
