"""A file of a run as the page sees it: shown, or named with what is the matter with it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from triptych.report.made import Making
from triptych.report.plan import Plan
from triptych.report.states import Examiner, State
from triptych.report.words import OTHER_CODE, status
from triptych.runtime.codehash import code_hash
from triptych.runtime.provenance import record_path

_PARAMETERS_CHANGED = "params changed"
_MOST_NAMED = 3


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
        The command that makes it again; None for a file of ours.
    """

    path: Path
    record: Path
    state: State
    wanted: bool
    fault: str | None
    making: Making | None
    sources: tuple[Source, ...]
    notices: tuple[str, ...]
    remedy: str | None

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
        if not forced and len(paths) > _MOST_NAMED:
            return self.everything
        return f"snakemake {' '.join(paths)} {'--force ' if forced else ''}{self.options}"


@dataclass(frozen=True)
class Cause:
    """Why some files are out of date: what has happened to another one, or to themselves."""

    path: str
    matter: str


class Folder:
    """The files of one run of one panel.

    Parameters
    ----------
    path
        ``results/SCALE/PANEL`` or ``reference/SCALE/PANEL``.
    examiner
        Looks at files and records.
    expected
        The files that the run should have, where that is known.
    plan
        What Snakemake would make again, where it was asked.
    remedy
        The commands that make its files; None for one of ours in ``reference``, which need
        not have every artefact.
    """

    def __init__(
        self,
        path: Path,
        examiner: Examiner,
        expected: frozenset[Path] | None = None,
        plan: Plan | None = None,
        remedy: Remedy | None = None,
    ) -> None:
        self.path = path
        self._expected, self._examiner, self._plan = expected, examiner, plan
        self._remedy = remedy
        self._causes: dict[Path, list[Cause]] = {}

    def files(self, pattern: str) -> list[Path]:
        """The files that the run should have, or has, whose names fit a pattern."""
        if self._expected is None:
            return sorted(path for path in self.path.glob(pattern) if path.is_file())
        inside = (path for path in self._expected if path.parent == self.path)
        return sorted(path for path in inside if fnmatch(path.name, pattern))

    def wanted(self, name: str, suffixes: Sequence[str]) -> list[Path]:
        """The files of an artefact in these formats, the first one first.

        Where it is not known which files the run should have, one that is not there counts as
        missing, but for those of a finished run of ours, which need not keep everything.
        """
        found = [path for suffix in suffixes for path in self.files(f"{name}{suffix}")]
        if found or self._expected is not None or self._remedy is None or "*" in name:
            return found
        return [self.path / f"{name}{suffixes[0]}"]

    def item(self, path: Path, fault: str | None = None) -> Item:
        """Look at a file."""
        state, making = self._examiner.state(path), self._examiner.making(path)
        intact = state is State.INTACT and fault is None
        forced = not intact and state is not State.MISSING
        return Item(
            path=path,
            record=record_path(path),
            state=state,
            wanted=self._wants(path),
            fault=fault,
            making=making,
            sources=self._sources(making),
            notices=self._notices(path) if intact else (),
            remedy=self._remedy.of([path.as_posix()], forced=forced) if self._remedy else None,
        )

    def _wants(self, path: Path) -> bool:
        return self._remedy is not None if self._expected is None else path in self._expected

    def causes(self, path: Path) -> list[Cause]:
        """Everything that makes a file other than what would be made now."""
        if path not in self._causes:
            changes = self._examiner.changes(path).items()
            self._causes[path] = [*(Cause(*change) for change in changes), *self._planned(path)]
        return self._causes[path]

    def origins(self, paths: Iterable[Path]) -> list[Making]:
        """The records of files and of all that they were made from."""
        found: dict[Path, Making] = {}
        for path in paths:
            found |= self._examiner.origins(path)
        return [found[path] for path in sorted(found)]

    def _sources(self, making: Making | None) -> tuple[Source, ...]:
        if making is None:
            return ()
        return tuple(
            Source(name, digest, self._examiner.place(name))
            for name, digest in making.inputs.items()
        )

    def _planned(self, path: Path) -> list[Cause]:
        reasons = self._plan.reasons(path.as_posix()) if self._plan else []
        return [Cause(name, self._reason(Path(name), said)) for name, said in reasons]

    def _reason(self, path: Path, said: str) -> str:
        """Snakemake compares the code's hash as a parameter: tell the two apart."""
        making = self._examiner.making(path)
        if said == _PARAMETERS_CHANGED and making and making.code != _present_code(making.step):
            return OTHER_CODE
        return status(said)

    def _notices(self, path: Path) -> tuple[str, ...]:
        groups: dict[str, list[str]] = defaultdict(list)
        for cause in self.causes(path):
            groups[cause.matter].append(cause.path)
        return tuple(_notice(path, matter, paths) for matter, paths in groups.items())


def _notice(path: Path, matter: str, causes: Sequence[str]) -> str:
    if path.as_posix() in causes:
        return f"It {matter}."
    if len(causes) == 1:
        return f"It was made from `{causes[0]}`, which {matter}."
    return f"It was made from {len(causes)} files each of which {matter}, such as `{causes[0]}`."


def _present_code(step: str) -> str | None:
    try:
        return code_hash(step)
    except KeyError:
        return None
