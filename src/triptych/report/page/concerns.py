"""What the reader must know before any number: what is not shown, and what is out of date."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from triptych.provenance.making import State
from triptych.report.page.contents import ShownRun
from triptych.report.page.items import Group, Item, Remedy, withheld


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


def find_concerns(runs: Sequence[ShownRun], joined: Item, remedy: Remedy) -> list[Concern]:
    """What is the matter with files of any run; files with the same matter together.

    Parameters
    ----------
    runs
        All runs on the page.
    joined
        The claims of all panels in one file.
    remedy
        The commands that make the reader's files.

    Returns
    -------
    list
        What was altered comes first: nothing can be made from it, so it is mended first, and
        all of it by one command, which minds what depends on what. Of a run of ours, what is
        older than its sources is said where it stands.
    """
    found = [item for run in runs if not run.ours for item in run.items] + [joined]
    altered = [item for item in found if item.forced]
    causes = _causes(run for run in runs if not run.ours)
    altered_causes = causes.pop(State.ALTERED, {})
    paths = dict.fromkeys([*(item.path.as_posix() for item in altered), *altered_causes])
    mend = remedy.of(list(paths), forced=True)
    return [
        *(_named(group, mend) for group in withheld(altered)),
        *(_changed(State.ALTERED, files, mend) for files in [altered_causes] if files),
        *(_named(group, group.command) for group in withheld(found) if not group.items[0].forced),
        *(_changed(matter, files, remedy.everything) for matter, files in causes.items()),
        *(_named(group, None) for run in runs if run.ours for group in withheld(run.items)),
    ]


def _named(group: Group, command: str | None) -> Concern:
    return Concern(group.said[0], tuple(item.path.as_posix() for item in group.items), 0, command)


def _changed(matter: str, files: Mapping[str, set[Path]], command: str) -> Concern:
    return Concern(matter, tuple(files), len(set().union(*files.values())), command)


def _causes(runs: Iterable[ShownRun]) -> dict[str, dict[str, set[Path]]]:
    """By what is the matter: each file that has changed, with those that depend on it."""
    causes: dict[str, dict[str, set[Path]]] = defaultdict(lambda: defaultdict(set))
    for run in runs:
        for cause, dependents in run.causes.items():
            causes[cause.matter][cause.path] |= set(dependents)
    return causes
