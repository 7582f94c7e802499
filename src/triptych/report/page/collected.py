"""Everything on the page: three papers, the reader's run of each, our finished runs, concerns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from triptych.claims.claims import Kind
from triptych.config.models import Panel
from triptych.config.section import Scale
from triptych.engine.summary import Plan
from triptych.layout import PUBLISHED, RESULTS
from triptych.provenance.making import read_if_sound
from triptych.report.page.concerns import Concern, find_concerns
from triptych.report.page.contents import ShownRun, show_run
from triptych.report.page.items import Item, Remedy
from triptych.report.page.published_plots import draw_published
from triptych.report.page.run_folder import RunFolder
from triptych.report.page.states import Examiner
from triptych.report.page.words import KINDS, Verdict, in_order, verdict
from triptych.report.papers import Artefact, Paper, read_paper
from triptych.storage.files import sha256


@dataclass(frozen=True)
class PublishedPicture:
    """The published values of a figure, drawn, and the table that they come from."""

    svg: str
    table: Path
    sha256: str


@dataclass(frozen=True)
class ShownPanel:
    """A paper with every run of it.

    Attributes
    ----------
    runs
        The reader's run first, then our finished ones.
    published
        The drawn values of its figures, by the figure's name.
    """

    panel: Panel
    paper: Paper
    runs: tuple[ShownRun, ...]
    published: dict[str, PublishedPicture]

    @property
    def counts(self) -> dict[str, list[tuple[Verdict, list[int | None]]]]:
        """By the kind of claim in words: each verdict with its number in every run.

        None where the claims of a run cannot be shown: that is not the same as none.
        """
        return {
            said: [
                (verdict(name), [_count(run, kind, name) for run in self.runs])
                for name in in_order(name for run in self.runs for name in run.counts[kind])
            ]
            for kind, said in KINDS.items()
        }


@dataclass(frozen=True)
class Report:
    """The whole page.

    Attributes
    ----------
    asked
        Whether Snakemake was asked what it would make again.
    joined
        The claims of all panels in one file.
    everything
        The command that makes whatever is missing or out of date.
    preview
        The command that tells what is.
    """

    scale: Scale
    asked: bool
    panels: tuple[ShownPanel, ...]
    joined: Item
    concerns: tuple[Concern, ...]
    everything: str
    preview: str


@dataclass(frozen=True)
class Places:
    """The folders that a report is made from."""

    results: Path
    published: Path
    reference: Path


def collect(
    scale: Scale, places: Places, files: Sequence[Path], plan: Plan | None, overlays: str
) -> Report:
    """Collect everything that the page shows or names.

    Parameters
    ----------
    scale
        The scale that is reported.
    places
        The folders.
    files
        The files that there should be, where Snakemake was not asked; none where unknown.
    plan
        What Snakemake would make again.
    overlays
        The option that lays further parameters over params.yaml; empty where there are none.
    """
    expected = frozenset(map(Path, plan.outputs) if plan else files) or None
    examiner = Examiner()
    remedy = Remedy(f"--config scale={scale} {overlays}".strip())
    panels = tuple(
        _panel(
            panel,
            scale,
            places,
            RunFolder(places.results / panel, examiner, expected, plan, remedy),
        )
        for panel in get_args(Panel)
    )
    whole = RunFolder(places.results, examiner, expected, plan, remedy)
    joined = whole.item(places.results / "claims.csv")
    runs = [run for panel in panels for run in panel.runs]
    return Report(
        scale=scale,
        asked=plan is not None,
        panels=panels,
        joined=joined,
        concerns=tuple(find_concerns(runs, joined, remedy)),
        everything=remedy.everything,
        preview=f"triptych report --scale {scale} {overlays}".strip(),
    )


def _panel(panel: Panel, scale: Scale, places: Places, folder: RunFolder) -> ShownPanel:
    published = places.published / panel
    paper = read_paper(places.published, panel)
    runs = [show_run(paper, published, folder, name="run", scale=scale, ours=False)]
    for path in sorted(places.reference.glob(f"*/{panel}")):
        made_in = _made_in(path)
        finished = RunFolder(path, Examiner(_adopted(path, made_in, places)))
        name, made_at = path.parent.name, made_in.parent.name
        runs.append(show_run(paper, published, finished, name=name, scale=made_at, ours=True))
    return ShownPanel(
        panel=panel,
        paper=paper,
        runs=tuple(runs),
        published={
            figure.name: _draw(published, figure) for figure in paper.figures if figure.published
        },
    )


def _count(run: ShownRun, kind: Kind, name: str) -> int | None:
    return run.counts[kind].get(name, 0) if run.claims.shown else None


def _made_in(reference: Path) -> Path:
    """Where an adopted run was made: ``results/SCALE/PANEL``.

    A second run of a scale lies in a folder of another name, such as ``lab-on-gpu``.
    """
    making = read_if_sound(reference / "claims.csv")
    own = RESULTS / reference.parent.name / reference.name
    return Path(making.artifact).parent if making else own


def _adopted(reference: Path, made_in: Path, places: Places) -> Callable[[str], Path | None]:
    """Where a path of an adopted record lies: beside it, or among the published numbers.

    Its prepared data and models lie with whoever made it: nothing is said of them.
    """

    def place(name: str) -> Path | None:
        path = Path(name)
        if path.is_relative_to(made_in):
            return reference / path.relative_to(made_in)
        if path.is_relative_to(PUBLISHED):
            return places.published / path.relative_to(PUBLISHED)
        return None

    return place


def _draw(published: Path, figure: Artefact) -> PublishedPicture:
    assert figure.published is not None
    table = published / figure.published.table
    return PublishedPicture(draw_published(published, figure.published), table, sha256(table))
