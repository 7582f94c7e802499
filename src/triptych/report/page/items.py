"""A file of a run as the page sees it: shown, or named with what is the matter with it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from triptych.provenance.making import Making, State
from triptych.storage.folders import MANIFEST

_MOST_NAMED = 3


@dataclass(frozen=True)
class Remedy:
    """The commands that make files again.

    Attributes
    ----------
    options
        What Snakemake is given beside their paths.
    """

    options: str

    @property
    def everything(self) -> str:
        """The command that makes whatever is missing or out of date."""
        return f"snakemake {self.options}"

    def of(self, paths: Sequence[str], *, forced: bool) -> str:
        """The command that makes some files; everything where it need not name so many."""
        targets = dict.fromkeys(map(_target, paths))
        if not forced and len(targets) > _MOST_NAMED:
            return self.everything
        return f"snakemake {' '.join(targets)} {'--force ' if forced else ''}{self.options}"


def _target(path: str) -> str:
    """What Snakemake makes: of the files of a folder with a manifest, the manifest."""
    manifests = (folder / MANIFEST for folder in Path(path).parents)
    return next((found.as_posix() for found in manifests if found.is_file()), path)


@dataclass(frozen=True)
class Source:
    """Something that a file was made from: its recorded path and hash, and where it lies now."""

    name: str
    sha256: str
    path: Path | None


@dataclass(frozen=True)
class Item:
    """A file of a run.

    Attributes
    ----------
    path, record
        The file and its record of provenance.
    state
        Whether it is the file that was made; only then it is shown.
    wanted
        Whether the run should have it.
    fault
        Why a file that is what was made cannot be shown all the same.
    making, sources
        How it was made, and from what.
    notices
        Why its content is not what would be made now; sentences in Markdown.
    remedy
        The commands that make it again; None for a file of ours.
    """

    path: Path
    record: Path
    state: State
    wanted: bool
    fault: str | None
    making: Making | None
    sources: tuple[Source, ...]
    notices: tuple[str, ...]
    remedy: Remedy | None

    @property
    def shown(self) -> bool:
        """Whether its content may stand on the page."""
        return self.state is State.INTACT and self.fault is None

    @property
    def absent(self) -> bool:
        """Whether it is not there and need not be."""
        return self.state is State.MISSING and not self.wanted

    @property
    def forced(self) -> bool:
        """Whether Snakemake must be forced to make it: it looks at no output's content."""
        return not self.shown and self.state is not State.MISSING

    @property
    def matter(self) -> str:
        """What is the matter with a file that is not shown, as the end of a sentence."""
        return self.fault or str(self.state)


@dataclass(frozen=True)
class Group:
    """Files of one artefact of which the same is to be said.

    Attributes
    ----------
    said
        What is to be said, as the end of a sentence or as sentences in Markdown.
    items
        The files.
    """

    said: tuple[str, ...]
    items: tuple[Item, ...]

    @property
    def command(self) -> str | None:
        """The command that makes them again; None for files of ours."""
        first = self.items[0]
        if first.remedy is None:
            return None
        paths = [item.path.as_posix() for item in self.items]
        return first.remedy.of(paths, forced=first.forced)


def withheld(items: Iterable[Item]) -> list[Group]:
    """The files that cannot be shown, by what is the matter with them."""
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        if not item.shown and not item.absent:
            groups[item.matter].append(item)
    return [Group((matter,), tuple(found)) for matter, found in groups.items()]


def outdated(items: Iterable[Item]) -> list[Group]:
    """The files that are shown and would be made otherwise now, by why."""
    groups: dict[tuple[str, ...], list[Item]] = defaultdict(list)
    for item in items:
        if item.shown and item.notices:
            groups[item.notices].append(item)
    return [Group(notices, tuple(found)) for notices, found in groups.items()]
