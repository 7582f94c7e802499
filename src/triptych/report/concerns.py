"""What the reader must know before any number: what is not shown, and what is out of date."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from triptych.report.contents import ShownRun
from triptych.report.items import Item, Remedy
from triptych.report.states import State


@dataclass(frozen=True)
class Concern:
    """Something that the reader must know before any number.

    Attributes
    ----------
    matter
        What is the matter with some files, as the end of a sentence.
    paths
        These files.
    dependents
        How many files on the page were made from them, where that is the concern.
    remedy
        The command that mends it; None for files of ours, which git restores.
    """

    matter: str
    paths: tuple[str, ...]
    dependents: int
    remedy: str | None


def find_concerns(runs: Sequence[ShownRun], joined: Item, remedy: Remedy) -> Iterator[Concern]:
    """What is the matter with files of any run; files with the same matter together.

    Parameters
    ----------
    runs
        All runs on the page.
    joined
        The claims of all panels in one file.
    remedy
        The commands that make the reader's files.
    """
    yield from _withheld(runs, joined, remedy)
    yield from _outdated([run for run in runs if not run.ours], remedy)


def _withheld(runs: Sequence[ShownRun], joined: Item, remedy: Remedy) -> Iterator[Concern]:
    items = [(item, run.ours) for run in runs for item in run.withheld]
    if not joined.shown and not joined.absent:
        items.append((joined, False))
    groups: dict[tuple[str, bool, bool], list[str]] = defaultdict(list)
    for item, ours in items:
        groups[item.matter, item.forced, ours].append(item.path.as_posix())
    # What was altered first: nothing can be made from it.
    for (matter, forced, ours), paths in sorted(groups.items(), key=lambda group: not group[0][1]):
        command = None if ours else remedy.of(paths, forced=forced)
        yield Concern(matter, tuple(paths), 0, command)


def _outdated(runs: Sequence[ShownRun], remedy: Remedy) -> Iterator[Concern]:
    """Of a run of ours, what is older than its sources is said where it stands."""
    groups: dict[str, dict[str, list[Path]]] = defaultdict(dict)
    for run in runs:
        for cause, dependents in run.causes.items():
            groups[cause.matter].setdefault(cause.path, []).extend(dependents)
    for matter, causes in groups.items():
        affected = {path for paths in causes.values() for path in paths}
        altered = matter == State.ALTERED
        command = remedy.of(list(causes), forced=True) if altered else remedy.everything
        yield Concern(matter, tuple(causes), len(affected), command)
