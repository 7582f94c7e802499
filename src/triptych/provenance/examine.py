"""Compare files with the records of how they were made."""

from dataclasses import dataclass
from pathlib import Path

from triptych.errors import UserError
from triptych.provenance.making import Making, RecordError, State, read
from triptych.storage.files import sha256

MAKE_AGAIN = "delete it and run the workflow, which makes it again"


@dataclass(frozen=True)
class Examination:
    """The result of an examination of a file.

    Attributes
    ----------
    state
        The first problem of the file, then of its record.
    making
        The record; None where there is none, or none that can be relied on.
    fault
        What is wrong with the record, after the words "its record"; empty where nothing is.
    """

    state: State
    making: Making | None
    fault: str = ""


class Examiner:
    """Examines files, and hashes each file once."""

    def __init__(self) -> None:
        self._hashes: dict[Path, str | None] = {}
        self._records: dict[Path, Making | RecordError] = {}

    def sha256(self, path: Path) -> str | None:
        """Return the SHA-256 of a file; None where there is no file.

        Raises
        ------
        OSError
            The file cannot be read.
        """
        if path not in self._hashes:
            self._hashes[path] = sha256(path) if path.is_file() else None
        return self._hashes[path]

    def making(self, path: Path) -> Making | None:
        """Return the record of a file; None where no record can be relied on."""
        record = self._record(path)
        return None if isinstance(record, RecordError) else record

    def examine(self, path: Path) -> Examination:
        """Compare a file with its record."""
        record, digest = self._record(path), None
        state = record.state if isinstance(record, RecordError) else State.INTACT
        try:
            digest = self.sha256(path)
        except OSError:
            state = State.UNREADABLE
        else:
            if digest is None:
                state = State.MISSING
            elif isinstance(record, Making) and digest != record.sha256:
                state = State.ALTERED
        if isinstance(record, RecordError):
            return Examination(state, None, str(record))
        return Examination(state, record)

    def _record(self, path: Path) -> Making | RecordError:
        if path not in self._records:
            try:
                self._records[path] = read(path)
            except RecordError as error:
                self._records[path] = error
        return self._records[path]


def examine(path: Path) -> Examination:
    """Compare one file with its record."""
    return Examiner().examine(path)


def unaltered(path: Path, remedy: str = MAKE_AGAIN) -> str:
    """Return the SHA-256 of a file, which must equal its record where it has one.

    Raises
    ------
    UserError
        The file or its record was altered, or the file was cut short.
    """
    examiner = Examiner()
    entry = examiner.examine(path)
    if entry.state is State.ALTERED and entry.making:
        expected = f"the file that was made, SHA-256 {entry.making.sha256}"
        found = f"SHA-256 {examiner.sha256(path)}: the file was altered, or cut short"
    elif entry.state in (State.RECORD_ALTERED, State.RECORD_FOREIGN):
        expected, found = "a file with its own, unaltered record", f"its record {entry.fault}"
    else:
        return examiner.sha256(path) or sha256(path)
    raise UserError(expected=expected, found=found, where=str(path), remedy=remedy)


def has_content(path: Path, size: int, digest: str) -> bool:
    """Tell whether a file has this size in bytes and this SHA-256."""
    # The size first: to hash a large file takes long.
    return path.is_file() and path.stat().st_size == size and sha256(path) == digest
