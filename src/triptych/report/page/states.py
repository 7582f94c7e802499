"""The state of a file: whether it is the file that its record describes."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path

from triptych.errors import UserError
from triptych.provenance.making import Making, read_making
from triptych.storage.files import sha256
from triptych.storage.folders import MANIFEST, read_manifest

_UNREADABLE = "unreadable"


class State(StrEnum):
    """The state of a file, as the end of a sentence."""

    INTACT = "is intact"
    STALE = "is out of date"
    MISSING = "is missing"
    UNRECORDED = "has no valid record of how it was made"
    ALTERED = "was altered or is unfinished: its SHA-256 differs from its record"
    UNREADABLE = "cannot be read"


class Examiner:
    """Compares files with their records; hashes each file once.

    Parameters
    ----------
    place
        Returns where a path of a record is now, or None if that is unknown. By default the
        path itself: records name paths from the root of the project.
    """

    def __init__(self, place: Callable[[str], Path | None] = Path) -> None:
        self.place = place
        self._hashes: dict[Path, str | None] = {}
        self._makings: dict[Path, Making | None] = {}

    def state(self, path: Path) -> State:
        """Return the state of a file; it is stale if anything that it was made from changed."""
        digest, making = self._hash(path), self.making(path)
        if digest is None:
            return State.MISSING
        if digest == _UNREADABLE:
            return State.UNREADABLE
        if making is None:
            return State.UNRECORDED
        if digest != making.sha256:
            return State.ALTERED
        return State.STALE if any(self._changed_sources(path)) else State.INTACT

    def making(self, path: Path) -> Making | None:
        """Return the record of a file, see :func:`triptych.provenance.making.read_making`."""
        if path not in self._makings:
            self._makings[path] = read_making(path)
        return self._makings[path]

    def origins(self, path: Path) -> dict[Path, Making]:
        """Return the records of a file and of everything that it was made from."""
        origins: dict[Path, Making] = {}
        pending = [path]
        while pending:
            current = pending.pop()
            making = self.making(current)
            if making is None or current in origins:
                continue
            origins[current] = making
            places = (self.place(name) for name in making.inputs)
            pending += [place for place in places if place is not None]
        return origins

    def _changed_sources(self, path: Path) -> Iterator[Path]:
        """Return the files that differ from what a file was made from.

        A file that is gone does not count: a fresh clone need not have them all.
        """
        for making in self.origins(path).values():
            for name, used in making.inputs.items():
                source = self.place(name)
                if source is None:
                    continue
                own = self.making(source)
                expected = {source: {used, *([own.sha256] if own else [])}, **_listed(source)}
                for file, digests in expected.items():
                    if self._hash(file) is not None and {self._hash(file)} != digests:
                        yield file

    def _hash(self, path: Path) -> str | None:
        """Return the SHA-256 of a file; None if there is no file."""
        if path not in self._hashes:
            try:
                self._hashes[path] = sha256(path) if path.is_file() else None
            except OSError:
                self._hashes[path] = _UNREADABLE
        return self._hashes[path]


def _listed(manifest: Path) -> dict[Path, set[str]]:
    """Return the SHA-256 of each file that a folder's manifest lists."""
    try:
        listed = read_manifest(manifest) if manifest.name == MANIFEST else {}
    except UserError:
        # Gone or altered, which its hash tells.
        return {}
    return {manifest.parent / name: {digest} for name, digest in listed.items()}
