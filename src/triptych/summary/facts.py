"""What the summary says of each paper, collected from claims, records, registry and doctor."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from triptych.claims.claims import Claim
from triptych.claims.conclusions import Conclusion, all_conclusions
from triptych.claims.keys import name_of
from triptych.claims.verdicts import excess
from triptych.config.load import read
from triptych.config.models import Panel
from triptych.config.section import Scale
from triptych.data import registry
from triptych.data.registry import Entry
from triptych.doctor.examination import Examination, assess
from triptych.engine.jobs import Job, list_jobs
from triptych.layout import PARAMETERS
from triptych.provenance.making import Making
from triptych.provenance.runs import Run, summarize
from triptych.report.page.collected import Places, moved
from triptych.report.page.run_folder import Examiner, RunFolder
from triptych.report.page.tables import read_sentences, sentence_of
from triptych.report.papers import Paper, read_paper

_AGAINST = ("does_not_hold", "implausible", "not_supported")


@dataclass(frozen=True)
class Source:
    """A data set or a set of weights that a run reads, with its name in the registry."""

    name: str
    entry: Entry

    @property
    def direct(self) -> bool:
        """Whether addresses or packages have the files as they are used."""
        entry = self.entry
        return bool(entry.hub or entry.distribution or all(file.urls for file in entry.files))


@dataclass(frozen=True)
class Finding:
    """A sentence or an order of the paper that the numbers contradict.

    Attributes
    ----------
    sentence
        The paper's words; None for an order.
    published_only
        Whether it is decided without any run: by the paper's own numbers, or by known facts.
    """

    claim: Claim
    sentence: str | None
    published_only: bool

    @property
    def key(self) -> str:
        """The key that ``triptych explain`` and ``triptych replay`` take."""
        return name_of(self.claim)


@dataclass(frozen=True)
class Comparison:
    """The comparable numbers of a table or figure; ``furthest`` differs most in tolerances."""

    title: str
    count: int
    agree: int
    furthest: Claim | None

    @property
    def furthest_key(self) -> str | None:
        """The key of the furthest number, as in :attr:`Finding.key`."""
        return None if self.furthest is None else name_of(self.furthest)


@dataclass(frozen=True)
class PaperFacts:
    """A paper and one run of it.

    Attributes
    ----------
    run, software
        The jobs, and the versions of their packages; None and empty without records.
    scopes, seeds
        The scopes of the reproduced numbers, and the numbers of trainings behind them.
    verdicts
        Number of claims of each verdict.
    obstacles
        Why numbers cannot be compared, with the number of claims that say so.
    """

    panel: Panel
    paper: Paper
    run: Run | None
    software: dict[str, str]
    conclusions: tuple[Conclusion, ...]
    verdicts: dict[str, int]
    scopes: tuple[str, ...]
    seeds: tuple[int, ...]
    comparisons: tuple[Comparison, ...]
    obstacles: Counter[str]
    findings: tuple[Finding, ...]
    sources: tuple[Source, ...]
    needs: Examination

    @property
    def commits(self) -> list[str]:
        """The commits that ran, abbreviated."""
        ids = [commit.id for commit in self.run.commits if commit.id] if self.run else []
        return [each[:12] for each in dict.fromkeys(ids)]

    @property
    def memory_bytes(self) -> int:
        """The memory of the largest job."""
        return int(max((each.needed_mb for each in self.needs.estimates), default=0) * 1e6)

    @property
    def unrecorded(self) -> int:
        """Number of jobs whose time no record tells."""
        return sum(each.seconds is None for each in self.needs.estimates)


def needs_of(
    panels: Sequence[Panel], scale: Scale, overlays: Sequence[Path]
) -> dict[Panel, Examination]:
    """Return what a run of each panel needs from the beginning.

    Raises
    ------
    UserError
        Snakemake refuses the parameters.
    """
    # First: its errors name the line of a file, those of Snakemake do not.
    parameters = read(PARAMETERS, overlays, {"scale": scale})
    # One plan for several panels: each takes seconds.
    jobs = list_jobs(scale, overlays, panels[0] if len(panels) == 1 else None, finished=True)
    return {
        panel: assess(_with_sources(panel, jobs), parameters, overlays, panel) for panel in panels
    }


def _with_sources(panel: Panel, jobs: Sequence[Job]) -> list[Job]:
    """Return the jobs of a panel, and those that prepare its data."""
    chosen = [job for job in jobs if job.part == panel]
    read = {path for job in chosen for path in job.inputs}
    # The listed jobs are in an order that respects their inputs.
    for job in reversed(jobs):
        if job.part == "data" and read.intersection(job.outputs):
            chosen.insert(0, job)
            read.update(job.inputs)
    return chosen


def collect(
    panel: Panel,
    claims: Sequence[Claim],
    scale: Scale,
    places: Places,
    *,
    adopted: bool,
    needs: Examination,
) -> PaperFacts:
    """Collect the facts of a paper.

    Parameters
    ----------
    claims
        The claims of this panel.
    adopted
        Whether the run is the adopted one in ``reference/SCALE``.
    needs
        What a run of this paper needs, as :func:`needs_of` returns it.

    Raises
    ------
    UserError
        A description of the paper cannot be read.
    """
    paper = read_paper(places.published, panel)
    sentences = read_sentences(places.published / panel / "sentences.csv")
    records = _records(panel, scale, places, adopted)
    reproduced = [claim for claim in claims if claim.reproduced is not None]
    return PaperFacts(
        panel=panel,
        paper=paper,
        run=summarize(records),
        software=_software(records),
        conclusions=tuple(all_conclusions(places.published, claims)),
        verdicts=dict(Counter(claim.verdict for claim in claims)),
        scopes=tuple(
            sorted({str(claim.scope) for claim in reproduced if claim.scope != "published_only"})
        ),
        seeds=tuple(sorted({c.n_seeds for c in reproduced if c.n_seeds})),
        comparisons=tuple(_comparisons(claims, paper)),
        obstacles=Counter(c.reason for c in claims if c.verdict == "not_comparable"),
        findings=tuple(
            Finding(claim, sentence_of(claim.key, sentences), _needs_no_run(claim))
            for claim in claims
            if claim.verdict in _AGAINST
        ),
        sources=tuple(
            Source(supply.name, registry.entry(supply.name)) for supply in needs.supplies
        ),
        needs=needs,
    )


def _needs_no_run(claim: Claim) -> bool:
    """Whether the paper's numbers or known facts decide a claim, and no other data."""
    return claim.key.startswith("published/") and claim.scope != "conceptual"


def _records(panel: Panel, scale: Scale, places: Places, adopted: bool) -> list[Making]:
    """Return the records of a run's files, and of everything that they were made from."""
    results = places.results / panel
    path = places.reference / scale / panel if adopted else results
    examiner = Examiner(moved(results, path, places)) if adopted else Examiner()
    folder = RunFolder(path, examiner, adopted=adopted)
    return folder.origins(folder.files("*"))


def _software(records: Sequence[Making]) -> dict[str, str]:
    """Return the versions of each package; where jobs had several, all of them."""
    versions: dict[str, dict[str, None]] = {}
    for record in records:
        for name, version in record.software.items():
            versions.setdefault(name, {})[version] = None
    return {name: " and ".join(several) for name, several in versions.items()}


def _comparisons(claims: Sequence[Claim], paper: Paper) -> list[Comparison]:
    """Return the tables and figures that have comparable numbers."""
    titles = {each.name: each.title for each in (*paper.tables, *paper.figures)}
    compared = [claim for claim in claims if claim.verdict in ("agrees", "differs")]
    comparisons = []
    for artifact in dict.fromkeys(claim.artifact for claim in compared):
        own = [claim for claim in compared if claim.artifact == artifact]
        differing = [claim for claim in own if claim.verdict == "differs"]
        comparisons.append(
            Comparison(
                title=titles.get(artifact, f"the text ({artifact})"),
                count=len(own),
                agree=len(own) - len(differing),
                furthest=max(differing, key=excess, default=None),
            )
        )
    return comparisons
