"""The content of the page: for each paper the present run and the adopted runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from triptych.claims.claims import Kind
from triptych.claims.conclusions import Conclusion
from triptych.config.models import Panel
from triptych.config.section import Scale
from triptych.engine.summary import Plan
from triptych.errors import UserError
from triptych.layout import PUBLISHED, RESULTS
from triptych.provenance.making import read_if_sound
from triptych.report.page.published_plots import draw_published
from triptych.report.page.run_folder import Examiner, Item, RunFolder
from triptych.report.page.runs import ShownRun, show_run
from triptych.report.page.words import KINDS, OUTCOMES, VERDICTS, Verdict
from triptych.report.papers import Artifact, Paper, read_paper
from triptych.storage.files import sha256


@dataclass(frozen=True)
class PublishedPicture:
    """A plot of the published values of a figure, and their table."""

    svg: str
    table: Path
    sha256: str


@dataclass(frozen=True)
class ShownPanel:
    """A paper with every run of it.

    Attributes
    ----------
    runs
        The present run first, if the page shows it, then the adopted ones.
    published
        The plots of published values, by the figure's name.
    """

    panel: Panel
    paper: Paper
    runs: tuple[ShownRun, ...]
    published: dict[str, PublishedPicture]

    @property
    def outcomes(self) -> list[tuple[Conclusion, list[Verdict | None]]]:
        """Each headline sentence with its outcome in every run, None without its claims."""
        judged = [{c.key: c for c in run.conclusions} for run in self.runs]
        sentences = {key: c for conclusions in reversed(judged) for key, c in conclusions.items()}
        return [
            (sentence, [OUTCOMES[run[key].outcome] if key in run else None for run in judged])
            for key, sentence in sentences.items()
        ]

    @property
    def counts(self) -> dict[str, list[tuple[Verdict, list[int | None]]]]:
        """By the heading of a kind: each verdict with its number of claims in every run.

        The number is None if the claims of a run are not shown.
        """
        return {
            heading: [
                (verdict, [_count(run, kind, name) for run in self.runs])
                for name, verdict in VERDICTS.items()
                if any(name in run.counts[kind] for run in self.runs)
            ]
            for kind, heading in KINDS.items()
        }


@dataclass(frozen=True)
class Report:
    """The whole page.

    Attributes
    ----------
    overlays
        The option that lays further parameters over params.yaml; may be empty.
    asked
        Whether Snakemake was asked which files it would make again.
    joined, concluded
        The claims of all panels, and the papers' conclusions, in one file each; None where the
        page shows adopted runs alone.
    """

    scale: Scale
    overlays: str
    asked: bool
    panels: tuple[ShownPanel, ...]
    joined: Item | None
    concluded: Item | None

    @property
    def complete(self) -> bool:
        """Whether the page shows every file of the present run, if it shows that run."""
        together = [item for item in (self.joined, self.concluded) if item]
        runs = [run for panel in self.panels for run in panel.runs if not run.adopted]
        return not any(item.withheld for item in together) and not any(run.withheld for run in runs)


@dataclass(frozen=True)
class Places:
    """The folders of results, published numbers and adopted runs."""

    results: Path
    published: Path
    reference: Path


def collect(
    scale: Scale, places: Places, files: Sequence[Path], plan: Plan | None, overlays: str
) -> Report:
    """Collect the content of the page.

    Parameters
    ----------
    files
        The files that the run should have, if Snakemake was not asked; empty if unknown.
    plan
        The files that Snakemake would make.
    overlays
        See :class:`Report`.
    """
    expected = plan.outputs if plan else frozenset(files) or None
    pending = plan.pending if plan else frozenset()
    examiner = Examiner()

    def folder(path: Path) -> RunFolder:
        return RunFolder(path, examiner, expected=expected, pending=pending)

    return Report(
        scale=scale,
        overlays=overlays,
        asked=plan is not None,
        panels=tuple(
            _panel(panel, scale, places, folder(places.results / panel))
            for panel in get_args(Panel)
        ),
        joined=folder(places.results).item(places.results / "claims.csv"),
        concluded=folder(places.results).item(places.results / "conclusions.csv"),
    )


def collect_adopted(scale: Scale, places: Places) -> Report:
    """Collect the adopted runs of a scale, without the present run.

    Raises
    ------
    UserError
        There are none.
    """
    panels = []
    for panel in get_args(Panel):
        if not any(places.reference.glob(f"*/{panel}")):
            continue
        paper, adopted = _adopted(panel, places)
        if runs := tuple(run for run in adopted if run.scale == scale):
            panels.append(ShownPanel(panel, paper, runs, _drawn(paper, places.published / panel)))
    if not panels:
        raise UserError(
            expected=f"an adopted run of scale {scale}",
            found="none",
            where=str(places.reference),
            remedy="choose a scale that has an adopted run, or leave out --reference",
        )
    return Report(scale, "", False, tuple(panels), None, None)


def _panel(panel: Panel, scale: Scale, places: Places, folder: RunFolder) -> ShownPanel:
    published = places.published / panel
    paper, adopted = _adopted(panel, places)
    run = show_run(paper, published, folder, "run", scale)
    return ShownPanel(panel, paper, (run, *adopted), _drawn(paper, published))


def _adopted(panel: Panel, places: Places) -> tuple[Paper, list[ShownRun]]:
    """Return a paper and its adopted runs."""
    paper, published = read_paper(places.published, panel), places.published / panel
    paths = sorted(places.reference.glob(f"*/{panel}"))
    return paper, [_adopted_run(paper, published, path, places) for path in paths]


def _drawn(paper: Paper, published: Path) -> dict[str, PublishedPicture]:
    """Return a plot of each figure whose published values are known."""
    return {figure.name: _draw(published, figure) for figure in paper.figures if figure.published}


def _adopted_run(paper: Paper, published: Path, path: Path, places: Places) -> ShownRun:
    """Collect an adopted run; a second run of a scale has a folder such as ``lab-again``."""
    name = path.parent.name
    making = read_if_sound(path / "claims.csv")
    made_in = Path(making.artifact).parent if making else RESULTS / name / path.name
    examiner = Examiner(moved(made_in, path, places))
    folder = RunFolder(path, examiner, adopted=True)
    return show_run(paper, published, folder, name, made_in.parent.name)


def moved(made_in: Path, reference: Path, places: Places) -> Callable[[str], Path | None]:
    """Return where a path of an adopted record is now.

    The prepared data and models are with the person who ran it: their place is unknown.
    """

    def place(name: str) -> Path | None:
        path = Path(name)
        if path.is_relative_to(made_in):
            return reference / path.relative_to(made_in)
        if path.is_relative_to(PUBLISHED):
            return places.published / path.relative_to(PUBLISHED)
        return None

    return place


def _count(run: ShownRun, kind: Kind, name: str) -> int | None:
    return run.counts[kind].get(name, 0) if run.claims.shown else None


def _draw(published: Path, figure: Artifact) -> PublishedPicture:
    assert figure.published is not None
    table = published / figure.published.table
    return PublishedPicture(draw_published(published, figure.published), table, sha256(table))
