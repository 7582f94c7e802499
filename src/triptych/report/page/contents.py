"""What stands on the page: of each paper what was published, and every run that there is of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from triptych.claims.claims import Claim, Kind, read_claims
from triptych.provenance.runs import Run, summarise
from triptych.report.page.items import Item
from triptych.report.page.run_folder import Cause, RunFolder
from triptych.report.page.tables import (
    WIDE_COLUMNS,
    ClaimTable,
    Table,
    claim_table,
    read_sentences,
    read_table,
)
from triptych.report.page.words import count_verdicts
from triptych.report.papers import Artefact, Paper

_FIGURES, _PICTURES, _LAYOUT = "figures", (".svg", ".png"), ".md"
_CLAIMS, _FINDINGS, _SENTENCES = "claims.csv", "findings.md", "sentences.csv"


@dataclass(frozen=True)
class ShownTable:
    """A table's file and its content; the file as the paper sets it out, where there is one."""

    item: Item
    content: Table | None
    layout: Item | None
    layout_text: str | None

    @property
    def wide(self) -> bool:
        """Whether the table needs paper that lies on its side."""
        columns = [line.count("|") - 1 for line in (self.layout_text or "").splitlines()]
        return max(columns, default=0) > WIDE_COLUMNS


@dataclass(frozen=True)
class ShownArtefact:
    """A table or figure: what the paper's description says, our files, its claims.

    Attributes
    ----------
    tables
        Of a table: its files.
    picture
        Of a figure: its file.
    further
        The same in other formats.
    claims
        The numbers of the paper beside ours, where the claims name the artefact.
    """

    described: Artefact
    tables: tuple[ShownTable, ...]
    picture: Item | None
    further: tuple[Item, ...]
    claims: ClaimTable | None

    @property
    def wide(self) -> bool:
        """Whether it needs paper that lies on its side."""
        return any(table.wide for table in self.tables)

    @property
    def items(self) -> tuple[Item, ...]:
        """All of its files that have a place of their own on the page."""
        layouts = tuple(table.layout for table in self.tables if table.layout)
        pictures = (self.picture,) if self.picture else ()
        return (*(table.item for table in self.tables), *layouts, *pictures, *self.further)


@dataclass(frozen=True)
class ShownRun:
    """One run of a panel.

    Attributes
    ----------
    name
        Tells it from other runs of the page: ``run``, or the folder of a run of ours.
    scale
        Its scale.
    ours
        Whether it is one of the finished runs in ``reference``.
    made
        What was run; None where nothing is known.
    counts
        How many claims have which verdict, by kind.
    claims
        The file of the claims.
    tables, figures, beyond
        Its artefacts, those of the paper first.
    comparisons, sentences, numbers
        What the paper concludes: claims of order and of text, and numbers that stand in
        none of its artefacts.
    findings, findings_text
        What the paper does not say.
    others
        Further files.
    causes
        What makes files of the run other than would be made now, each with these files.
    """

    name: str
    scale: str
    ours: bool
    made: Run | None
    counts: dict[Kind, dict[str, int]]
    claims: Item
    tables: tuple[ShownArtefact, ...]
    figures: tuple[ShownArtefact, ...]
    beyond: tuple[ShownArtefact, ...]
    comparisons: ClaimTable | None
    sentences: ClaimTable | None
    numbers: ClaimTable | None
    findings: Item
    findings_text: str | None
    others: tuple[Item, ...]
    causes: dict[Cause, list[Path]]

    @property
    def items(self) -> tuple[Item, ...]:
        """Every file of the run that the page shows or names."""
        artefacts = (*self.tables, *self.figures, *self.beyond)
        own = (item for artefact in artefacts for item in artefact.items)
        return (*own, self.claims, self.findings, *self.others)

    @property
    def withheld(self) -> tuple[Item, ...]:
        """Files that cannot be shown, but for those that need not be there."""
        return tuple(item for item in self.items if not item.shown and not item.absent)

    @property
    def outdated(self) -> tuple[Item, ...]:
        """Files that are shown, but would be made otherwise now."""
        return tuple(item for item in self.items if item.shown and item.notices)


def show_run(
    paper: Paper, published: Path, folder: RunFolder, *, name: str, scale: str, ours: bool
) -> ShownRun:
    """Collect what there is of a run.

    Parameters
    ----------
    paper
        The paper's description.
    published
        The paper's own numbers.
    folder
        The files of the run.
    name, scale, ours
        See :class:`ShownRun`.
    """
    claims_item, claims = _read_claims(folder)
    sentences = read_sentences(published / _SENTENCES)
    shown = {
        part: tuple(_artefact(folder, artefact, claims, part) for artefact in artefacts)
        for part, artefacts in (
            ("tables", paper.tables),
            (_FIGURES, paper.figures),
            ("beyond", paper.beyond),
        )
    }
    findings, text = _read_text(folder, folder.path / _FINDINGS)
    placed = [item for part in shown.values() for artefact in part for item in artefact.items]
    placed += [claims_item, findings]
    paths = {item.path for item in placed}
    others = tuple(folder.item(path) for path in folder.files("*") if path not in paths)
    visible = list(dict.fromkeys(item.path for item in (*placed, *others) if item.shown))
    return ShownRun(
        name=name,
        scale=scale,
        ours=ours,
        made=summarise(folder.origins(visible)),
        counts=count_verdicts(claims),
        claims=claims_item,
        comparisons=_table([claim for claim in claims if claim.kind == "order"], {}),
        sentences=_table([claim for claim in claims if claim.kind == "text"], sentences),
        numbers=_table(_elsewhere(claims, paper), {}),
        findings=findings,
        findings_text=text,
        others=others,
        causes=_causes(folder, visible),
        **shown,
    )


def _causes(folder: RunFolder, paths: Sequence[Path]) -> dict[Cause, list[Path]]:
    causes: dict[Cause, list[Path]] = defaultdict(list)
    for path in paths:
        for cause in folder.causes(path):
            causes[cause].append(path)
    return causes


def _artefact(
    folder: RunFolder, artefact: Artefact, claims: Sequence[Claim], part: str
) -> ShownArtefact:
    figure = part == _FIGURES
    pictures = folder.wanted(artefact.name, _PICTURES) if figure else []
    tables = [] if figure else folder.wanted(artefact.name, (".csv",))
    further = [
        path
        for path in folder.files(f"{artefact.name}.*")
        if path not in (*tables, *pictures[:1]) and path.suffix != _LAYOUT
    ]
    numbers = [c for c in claims if c.kind == "value" and fnmatch(c.artefact, artefact.name)]
    return ShownArtefact(
        described=artefact,
        tables=tuple(_shown_table(folder, path) for path in tables),
        picture=folder.item(pictures[0]) if pictures else None,
        further=tuple(folder.item(path) for path in further),
        claims=_table(numbers, {}),
    )


def _shown_table(folder: RunFolder, path: Path) -> ShownTable:
    item, content = folder.item(path), None
    if item.shown:
        try:
            content = read_table(path)
        except (OSError, ValueError) as error:
            item = folder.item(path, fault=f"is no table that can be read ({error})")
    layouts = folder.files(path.with_suffix(_LAYOUT).name)
    layout, text = _read_text(folder, layouts[0]) if layouts else (None, None)
    return ShownTable(item, content, layout, text)


def _read_claims(folder: RunFolder) -> tuple[Item, list[Claim]]:
    path = folder.path / _CLAIMS
    item = folder.item(path)
    if not item.shown:
        return item, []
    try:
        return item, read_claims(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        fault = f"is no table of claims that can be read ({' '.join(str(error).split())})"
        return folder.item(path, fault=fault), []


def _read_text(folder: RunFolder, path: Path) -> tuple[Item, str | None]:
    item = folder.item(path)
    if not item.shown:
        return item, None
    try:
        return item, path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        return folder.item(path, fault=f"is no text that can be read ({error})"), None


def _elsewhere(claims: Sequence[Claim], paper: Paper) -> list[Claim]:
    """Numbers that stand in none of the paper's tables and figures."""
    known = [artefact.name for artefact in (*paper.tables, *paper.figures)]
    return [
        claim
        for claim in claims
        if claim.kind == "value" and not any(fnmatch(claim.artefact, name) for name in known)
    ]


def _table(claims: Sequence[Claim], sentences: Mapping[str, str]) -> ClaimTable | None:
    return claim_table(claims, sentences) if claims else None
