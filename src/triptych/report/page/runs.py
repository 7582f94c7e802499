"""One run of a panel as the page shows it: tables, figures, claims and findings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from triptych.claims.claims import Claim, Kind
from triptych.claims.conclusions import Conclusion, all_conclusions
from triptych.claims.reading import read_claims
from triptych.errors import UserError
from triptych.provenance.runs import Run, summarize
from triptych.report.page import energy
from triptych.report.page.charts.chart import Chart
from triptych.report.page.charts.collected import run_charts
from triptych.report.page.run_folder import Item, RunFolder
from triptych.report.page.tables import (
    WIDE_COLUMNS,
    ClaimTable,
    Table,
    claim_table,
    read_sentences,
    read_table,
)
from triptych.report.page.words import count_verdicts
from triptych.report.papers import Artifact, Paper

_FIGURES, _PICTURES, _LAYOUT = "figures", (".svg", ".png"), ".md"
_CLAIMS, _FINDINGS, _SENTENCES = "claims.csv", "findings.md", "sentences.csv"


@dataclass(frozen=True)
class ShownTable:
    """A table's file and content, and the same table laid out as in the paper."""

    item: Item
    content: Table | None
    layout: Item | None
    layout_text: str | None

    @property
    def wide(self) -> bool:
        """Whether the table needs paper in landscape format."""
        columns = [line.count("|") - 1 for line in (self.layout_text or "").splitlines()]
        return max(columns, default=0) > WIDE_COLUMNS


@dataclass(frozen=True)
class ShownArtifact:
    """A table or figure: the paper's description, the files of the run, the claims.

    Attributes
    ----------
    pictures
        Of a figure: one, or several where its name is a pattern.
    further
        The same in other formats.
    claims
        The published numbers of the artifact compared with the reproduced ones.
    """

    described: Artifact
    tables: tuple[ShownTable, ...]
    pictures: tuple[Item, ...]
    further: tuple[Item, ...]
    claims: ClaimTable | None

    @property
    def wide(self) -> bool:
        """Whether the artifact needs paper in landscape format."""
        return any(table.wide for table in self.tables)

    @property
    def items(self) -> tuple[Item, ...]:
        """All files of the artifact."""
        layouts = tuple(table.layout for table in self.tables if table.layout)
        return (*(table.item for table in self.tables), *layouts, *self.pictures, *self.further)


@dataclass(frozen=True)
class ShownRun:
    """One run of a panel.

    Attributes
    ----------
    name
        ``run``, or the folder of an adopted run: unique on the page.
    made, watt_hours
        Jobs, time and machines, and the energy of these jobs; None and 0 if there is no record.
    counts
        Number of claims of each verdict, by kind.
    conclusions
        The paper's headline sentences with their outcomes; none if the claims are not shown.
    charts
        Drawn from its tables, by the page.
    tables, figures, beyond
        Its artifacts, those of the paper first.
    comparisons, sentences, numbers
        Claims of the kinds order and text, and numbers of no table or figure.
    findings, findings_text
        What the paper does not report.
    """

    name: str
    scale: str
    adopted: bool
    made: Run | None
    watt_hours: float
    counts: dict[Kind, dict[str, int]]
    claims: Item
    conclusions: tuple[Conclusion, ...]
    charts: tuple[Chart, ...]
    tables: tuple[ShownArtifact, ...]
    figures: tuple[ShownArtifact, ...]
    beyond: tuple[ShownArtifact, ...]
    comparisons: ClaimTable | None
    sentences: ClaimTable | None
    numbers: ClaimTable | None
    findings: Item
    findings_text: str | None
    others: tuple[Item, ...]

    @property
    def charted(self) -> set[Path]:
        """The files whose content is in a chart: the page does not repeat a long table."""
        return {item.path for chart in self.charts if chart.content for item in chart.items}

    @property
    def withheld(self) -> tuple[Item, ...]:
        """Files that the run should have and that are not shown."""
        artifacts = (*self.tables, *self.figures, *self.beyond)
        own = (item for artifact in artifacts for item in artifact.items)
        drawn = (item for chart in self.charts for item in chart.items)
        items = (*own, *drawn, self.claims, self.findings, *self.others)
        # A chart and a table may show the same file.
        return tuple({item.path: item for item in items if item.withheld}.values())


def show_run(paper: Paper, published: Path, folder: RunFolder, name: str, scale: str) -> ShownRun:
    """Collect the files of a run; name and scale as in :class:`ShownRun`."""
    claims_item, claims = _read_claims(folder)
    sentences = read_sentences(published / _SENTENCES)
    parts = {
        part: tuple(_artifact(folder, artifact, claims, part) for artifact in artifacts)
        for part, artifacts in (
            ("tables", paper.tables),
            (_FIGURES, paper.figures),
            ("beyond", paper.beyond),
        )
    }
    findings, text = folder.read(folder.path / _FINDINGS, _read_text, "text")
    charts = run_charts(folder)
    placed = [item for part in parts.values() for artifact in part for item in artifact.items]
    placed += [claims_item, findings, *(item for chart in charts for item in chart.items)]
    paths = {item.path for item in placed}
    others = tuple(folder.item(path) for path in folder.files("*") if path not in paths)
    visible = dict.fromkeys(item.path for item in (*placed, *others) if item.shown)
    origins = folder.origins(visible)
    return ShownRun(
        name=name,
        scale=scale,
        adopted=folder.adopted,
        made=summarize(origins),
        watt_hours=energy.watt_hours(origins),
        counts=count_verdicts(claims),
        claims=claims_item,
        conclusions=tuple(all_conclusions(published.parent, claims)),
        charts=charts,
        comparisons=_table([claim for claim in claims if claim.kind == "order"]),
        sentences=_table([claim for claim in claims if claim.kind == "text"], sentences),
        numbers=_table(_elsewhere(claims, paper)),
        findings=findings,
        findings_text=text,
        others=others,
        **parts,
    )


def _artifact(
    folder: RunFolder, artifact: Artifact, claims: Sequence[Claim], part: str
) -> ShownArtifact:
    is_figure = part == _FIGURES or artifact.alternative is not None
    pictures = _pictures(folder, artifact) if is_figure else []
    tables = [] if is_figure else folder.wanted(artifact.name, (".csv",))
    further = [
        path
        for path in folder.files(f"{artifact.name}.*")
        if path not in (*tables, *pictures) and path.suffix != _LAYOUT
    ]
    numbers = [c for c in claims if c.kind == "value" and fnmatch(c.artifact, artifact.name)]
    return ShownArtifact(
        described=artifact,
        tables=tuple(_shown_table(folder, path) for path in tables),
        pictures=tuple(folder.item(path) for path in pictures),
        further=tuple(folder.item(path) for path in further),
        claims=_table(numbers),
    )


def _pictures(folder: RunFolder, artifact: Artifact) -> list[Path]:
    """Return the pictures of a figure, each in the first format that it has."""
    chosen: dict[str, Path] = {}
    for path in folder.wanted(artifact.name, _PICTURES):
        chosen.setdefault(path.stem, path)
    return list(chosen.values())


def _shown_table(folder: RunFolder, path: Path) -> ShownTable:
    item, content = folder.read(path, read_table, "table")
    layouts = folder.files(path.with_suffix(_LAYOUT).name)
    layout, text = folder.read(layouts[0], _read_text, "text") if layouts else (None, None)
    return ShownTable(item, content, layout, text)


def _read_claims(folder: RunFolder) -> tuple[Item, list[Claim]]:
    path = folder.path / _CLAIMS
    item = folder.item(path)
    if not item.shown:
        return item, []
    try:
        return item, read_claims(path)
    except UserError as error:
        fault = f"is no table of claims that can be read ({error.found})"
        return folder.item(path, fault=fault), []


def _read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _elsewhere(claims: Sequence[Claim], paper: Paper) -> list[Claim]:
    """Return the numbers that are in none of the paper's tables and figures."""
    known = [artifact.name for artifact in (*paper.tables, *paper.figures)]
    return [
        claim
        for claim in claims
        if claim.kind == "value" and not any(fnmatch(claim.artifact, name) for name in known)
    ]


def _table(
    claims: Sequence[Claim], sentences: Mapping[str, str] | None = None
) -> ClaimTable | None:
    return claim_table(claims, sentences or {}) if claims else None
