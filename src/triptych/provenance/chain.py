"""The chain of a file: everything that it was made from, by the records of provenance."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from triptych.layout import PUBLISHED, RESULTS
from triptych.provenance.examine import Examiner
from triptych.provenance.making import Making, State

Level = Literal["published", "data", "model", "raw", "table"]

# From the name and the record of a file: the inputs that are followed.
Choose = Callable[[str, Making], list[str]]


@dataclass(frozen=True)
class Link:
    """A file of a chain.

    Attributes
    ----------
    name
        Its path in commands and records.
    path
        Where it is looked for.
    level
        What it is: published numbers, data, a model, raw results or a table.
    sha256
        Its hash as the reader of the file recorded it; for the first file, by its own record.
    state
        Its state by its record; a file without a record is compared with ``sha256``.
    making
        Its record; None where there is none that can be relied on.
    inputs
        Names of the inputs that are followed.
    """

    name: str
    path: Path
    level: Level
    sha256: str | None
    state: State
    making: Making | None
    inputs: tuple[str, ...]

    def as_row(self) -> dict[str, Any]:
        """Return the file as an object of JSON."""
        return {
            "file": self.name,
            "path": self.path.as_posix(),
            "level": self.level,
            "sha256": self.sha256,
            "state": str(self.state),
            "record": self.making and self.making.model_dump(mode="json"),
            "followed": list(self.inputs),
        }


# The files of a chain by name; a file precedes its inputs.
Chain = dict[str, Link]


def level_of(name: str) -> Level:
    """Return what a file is, by its recorded path."""
    path = Path(name)
    if path.is_relative_to(PUBLISHED):
        return "published"
    if not path.is_relative_to(RESULTS):
        return "data"
    # A file directly in results/SCALE has no part inside a panel: it joins tables of all panels.
    inside = path.parts[3:]
    if inside[:1] == ("models",):
        return "model"
    return "table" if len(inside) <= 1 else "raw"


def follow(start: Path, choose: Choose) -> Chain:
    """Follow the records of a file of ``results/SCALE/PANEL``, or of a copy of this folder.

    A record names files of results by their path in the run. In a copy, such as
    ``reference/SCALE/PANEL``, they are looked for below the copy.
    """
    examiner, chain = Examiner(), Chain()
    own = examiner.making(start)
    first = own.artifact if own else start.as_posix()
    folder = Path(first).parent

    def place(name: str) -> Path:
        path = Path(name)
        return start.parent / path.relative_to(folder) if path.is_relative_to(folder) else path

    def visit(name: str, recorded: str | None) -> None:
        if name in chain:
            return
        path = place(name)
        entry = examiner.examine(path)
        making = entry.making
        inputs = tuple(choose(name, making)) if making else ()
        digest = recorded or (making.sha256 if making else None)
        state = entry.state
        if state is State.UNRECORDED and recorded and path.is_file():
            state = State.INTACT if examiner.sha256(path) == recorded else State.ALTERED
        chain[name] = Link(name, path, level_of(name), digest, state, making, inputs)
        for inner in inputs:
            visit(inner, making.inputs[inner] if making else None)

    visit(first, own.sha256 if own else None)
    return chain


def jobs_of(chain: Chain) -> Iterator[tuple[Making, list[Link]]]:
    """Yield the jobs of a chain, each with its files, the last job first."""
    groups: dict[tuple[str, str], list[Link]] = {}
    for link in chain.values():
        if link.making:
            groups.setdefault((link.making.key, link.making.command), []).append(link)
    for links in groups.values():
        making = links[0].making
        assert making is not None
        yield making, links
