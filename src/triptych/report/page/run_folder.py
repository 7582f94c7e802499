"""The files of one run of one panel: where they are, and what is the matter with each."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from triptych.engine.summary import Plan
from triptych.provenance.codehash import code_hash
from triptych.provenance.making import Making, State, record_path
from triptych.report.page.items import Item, Remedy, Source
from triptych.report.page.states import Examiner
from triptych.report.page.words import OTHER_CODE, status

_PARAMETERS_CHANGED = "params changed"


@dataclass(frozen=True)
class Cause:
    """Why some files are out of date: what has happened to another one, or to themselves."""

    path: str
    matter: str


class RunFolder:
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
        state, making = self._examiner.examine(path).state, self._examiner.making(path)
        return Item(
            path=path,
            record=record_path(path),
            state=state,
            wanted=self._wants(path),
            fault=fault,
            making=making,
            sources=self._sources(making),
            notices=self._notices(path) if state is State.INTACT and not fault else (),
            remedy=self._remedy,
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
