"""The files of one run of one panel, each with its state."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TypeVar

from triptych.provenance import examine
from triptych.provenance.making import Making, State, record_path
from triptych.storage.folders import listed_files

_STALE = "is out of date"

_T = TypeVar("_T")


@dataclass(frozen=True)
class Source:
    """An input of a file: its recorded path and hash, and its present path."""

    name: str
    sha256: str
    path: Path | None


@dataclass(frozen=True)
class Item:
    """A file of a run, and how it was made.

    Attributes
    ----------
    state
        Its state as the end of a sentence, such as ``is missing``.
    stale
        Whether something that it was made from changed, or Snakemake would make it again.
    shown
        Whether its content is shown.
    absent
        Whether it is missing and the run need not have it.
    """

    path: Path
    record: Path
    state: str
    stale: bool
    shown: bool
    absent: bool
    making: Making | None
    sources: tuple[Source, ...]

    @property
    def withheld(self) -> bool:
        """Whether the run should have the file but its content is not shown."""
        return not self.shown and not self.absent


class Examiner(examine.Examiner):
    """Examines the files of a run, and everything that they were made from.

    ``place`` returns where a path of a record is now, or None if that is unknown. By default it is
    the path itself: records name paths from the root of the project.
    """

    def __init__(self, place: Callable[[str], Path | None] = Path) -> None:
        super().__init__()
        self.place = place

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

    def changed_sources(self, path: Path) -> Iterator[Path]:
        """Return the files that differ from those that a file was made from.

        A file that is gone does not count: a fresh clone need not have them all.
        """
        for making in self.origins(path).values():
            for name, used in making.inputs.items():
                source = self.place(name)
                if source is None:
                    continue
                own = self.making(source)
                listed = {file: {digest} for file, digest in listed_files(source).items()}
                expected = {source: {used, *([own.sha256] if own else [])}, **listed}
                for file, digests in expected.items():
                    if file.is_file() and not self._equals(file, digests):
                        yield file

    def _equals(self, path: Path, digests: set[str]) -> bool:
        try:
            return {self.sha256(path)} == digests
        except OSError:
            return False


class RunFolder:
    """The files of one run of one panel.

    Parameters
    ----------
    path
        ``results/SCALE/PANEL`` or ``reference/SCALE/PANEL``.
    examiner
        Compares files with records.
    expected
        The files that the run should have; None if unknown.
    pending
        The files that Snakemake would make again.
    adopted
        Whether the run is in ``reference``. An adopted run need not have every artifact,
        and is shown although the published tables changed since.
    """

    def __init__(
        self,
        path: Path,
        examiner: Examiner,
        *,
        expected: frozenset[Path] | None = None,
        pending: frozenset[Path] = frozenset(),
        adopted: bool = False,
    ) -> None:
        self.path, self.adopted = path, adopted
        self._examiner, self._expected, self._pending = examiner, expected, pending

    def files(self, pattern: str, *, deep: bool = False) -> list[Path]:
        """Return the files that the run has or should have whose names fit a pattern.

        They are directly in its folder, or anywhere in it if ``deep``.
        """
        if self._expected is None:
            paths = self.path.rglob(pattern) if deep else self.path.glob(pattern)
            return sorted(path for path in paths if path.is_file())
        inside = (
            path
            for path in self._expected
            if path.parent == self.path or (deep and path.is_relative_to(self.path))
        )
        return sorted(path for path in inside if fnmatch(path.name, pattern))

    def wanted(self, name: str, suffixes: Sequence[str]) -> list[Path]:
        """Return the files of an artifact in these formats.

        If the files of the run are unknown, an artifact without any file counts as missing.
        """
        paths = [path for suffix in suffixes for path in self.files(f"{name}{suffix}")]
        if paths or self._expected is not None or self.adopted or "*" in name:
            return paths
        return [self.path / f"{name}{suffixes[0]}"]

    def item(self, path: Path, fault: str | None = None) -> Item:
        """Examine a file; ``fault`` says why the content of an intact file cannot be shown."""
        state, making = self._examiner.examine(path).state, self._examiner.making(path)
        intact = state is State.INTACT
        stale = intact and (path in self._pending or any(self._examiner.changed_sources(path)))
        wanted = not self.adopted if self._expected is None else path in self._expected
        inputs = making.inputs.items() if making else ()
        return Item(
            path=path,
            record=record_path(path),
            state=fault or (_STALE if stale else str(state)),
            stale=stale,
            shown=intact and (self.adopted or not stale) and fault is None,
            absent=state is State.MISSING and not wanted,
            making=making,
            sources=tuple(Source(name, sha, self._examiner.place(name)) for name, sha in inputs),
        )

    def read(self, path: Path, reader: Callable[[Path], _T], what: str) -> tuple[Item, _T | None]:
        """Examine a file and read it; None if it is not shown or is no such thing as ``what``."""
        item = self.item(path)
        if not item.shown:
            return item, None
        try:
            return item, reader(path)
        except (OSError, KeyError, ValueError) as error:
            return self.item(path, fault=f"is no {what} that can be read ({error})"), None

    def origins(self, paths: Iterable[Path]) -> list[Making]:
        """Return the records of files and of everything that they were made from."""
        origins: dict[Path, Making] = {}
        for path in paths:
            origins |= self._examiner.origins(path)
        return [origins[path] for path in sorted(origins)]
