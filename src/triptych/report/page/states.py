"""Examine the files of a run, and what they were made from."""

from collections.abc import Callable, Iterator
from pathlib import Path

from triptych.errors import UserError
from triptych.provenance import examine
from triptych.provenance.making import Making, State
from triptych.storage.folders import MANIFEST, read_manifest

_UNREADABLE = "unreadable"
CHANGED = "has changed since it was used"


class Examiner(examine.Examiner):
    """Examines the files of a run, and everything that they were made from.

    Parameters
    ----------
    place
        Where a path of a record lies now; None where nothing can be said of it. The path
        itself by default: records name paths from the root of the project, as steps do.
    """

    def __init__(self, place: Callable[[str], Path | None] = Path) -> None:
        super().__init__()
        self.place = place

    def origins(self, path: Path) -> dict[Path, Making]:
        """The records of a file and of everything that it was made from, as far as known."""
        found: dict[Path, Making] = {}
        pending = [path]
        while pending:
            current = pending.pop()
            making = self.making(current)
            if making is None or current in found:
                continue
            found[current] = making
            places = (self.place(name) for name in making.inputs)
            pending += [place for place in places if place is not None]
        return found

    def changes(self, path: Path) -> dict[str, str]:
        """What has changed of all that a file was made from.

        Returns
        -------
        dict
            By its path, what is the matter with each file, as the end of a sentence. Files
            that are gone do not count: a fresh clone need not have them all.
        """
        found: dict[str, str] = {}
        for making in self.origins(path).values():
            places = {name: self.place(name) for name in making.inputs}
            for name, place in places.items():
                if place is None:
                    continue
                if self._hash(place) not in (None, making.inputs[name]):
                    found.setdefault(place.as_posix(), CHANGED)
                own = self.making(place)
                if own is not None and self._hash(place) not in (None, own.sha256):
                    found[place.as_posix()] = State.ALTERED
                found |= dict.fromkeys(self._altered_in_folder(place), State.ALTERED)
        return dict(sorted(found.items()))

    def _altered_in_folder(self, manifest: Path) -> Iterator[str]:
        """The files that a folder's manifest lists, and that are others now."""
        try:
            listed = read_manifest(manifest) if manifest.name == MANIFEST else {}
        except UserError:
            # Gone or altered, which its hash tells.
            return
        for name, expected in listed.items():
            path = manifest.parent / name
            if self._hash(path) not in (None, expected):
                yield path.as_posix()

    def _hash(self, path: Path) -> str | None:
        """Return the SHA-256 of a file; None where there is none, a word where it is unreadable."""
        try:
            return self.sha256(path)
        except OSError:
            return _UNREADABLE
