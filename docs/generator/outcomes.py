"""The blocks on all adopted runs: conclusions, verdicts, machines."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import get_args

from triptych.claims.claims import Claim, Kind
from triptych.claims.conclusions import OUTCOMES, all_conclusions
from triptych.claims.reading import join_panels
from triptych.claims.verdicts import summary
from triptych.config.models import Panel
from triptych.panels import PANELS
from triptych.provenance.making import read_if_sound, recorded_files
from triptych.provenance.runs import summarize
from triptych.report.papers import read_paper

from .adopted import RUNS
from .markdown import table

_PUBLISHED = "data/published"


def outcomes(root: Path, panel: Panel, *, changes: bool) -> str:
    """Return each headline sentence of a paper with its outcome and what decides it.

    Parameters
    ----------
    changes
        Whether the result that would change an outcome is named, too.
    """
    blocks = []
    for conclusion in all_conclusions(root / _PUBLISHED, _claims(root, panel)):
        said = conclusion.sentence.strip()
        if conclusion.wording == "quoted":
            said = f"\u201c{said}\u201d"
        lines = [
            f"> {said} ({conclusion.place}, {conclusion.wording})\n",
            f"**{OUTCOMES[conclusion.outcome].capitalize()}.**\n",
        ]
        lines += [f"- {one.setting}: {one.stance}; {one.why}." for one in conclusion.decisions]
        if changes:
            lines.append(f"- This would change it: {conclusion.would_change.strip()}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def verdicts(root: Path) -> str:
    """Return the verdicts of the runs, a row for each paper."""
    rows = []
    for panel in _adopted(root):
        claims = _claims(root, panel)
        counts = (
            summary(claim for claim in claims if claim.kind == kind) for kind in get_args(Kind)
        )
        rows.append((_name(root, panel), _scopes(claims), *counts))
    return table(("paper", "scope", "numbers", "orders", "sentences"), rows)


def machines(root: Path) -> str:
    """Return data, machine, dates and computing time of each run, from its records."""
    rows = []
    for panel in _adopted(root):
        records = map(read_if_sound, recorded_files(root / RUNS / panel))
        run = summarize(record for record in records if record)
        assert run is not None, f"{panel}: an adopted run has records"
        days = (run.started.date().isoformat(), run.finished.date().isoformat())
        rows.append((
            _name(root, panel),
            ", ".join(run.data),
            "; ".join(sorted(run.devices)),
            " to ".join(dict.fromkeys(days)),
            f"{run.seconds / 3600:.1f} h",
            str(run.jobs),
        ))  # fmt: skip
    return table(("paper", "data", "device", "made", "computing time", "jobs"), rows)


def _adopted(root: Path) -> list[Panel]:
    """Return the panels that have an adopted run; a paper that was added may have none."""
    return [panel for panel in PANELS if (root / RUNS / panel).is_dir()]


def _claims(root: Path, panel: Panel) -> list[Claim]:
    claims = join_panels(root / RUNS, "adopt a run: triptych adopt", "restore it from git")
    return [claim for claim in claims if claim.panel == panel]


def _name(root: Path, panel: Panel) -> str:
    return read_paper(root / _PUBLISHED, panel).name


def _scopes(claims: Iterable[Claim]) -> str:
    """Return the scopes of the reproduced numbers."""
    scopes = {claim.scope for claim in claims if claim.reproduced is not None}
    return ", ".join(sorted(name for name in scopes if name != "published_only"))


BLOCKS: dict[str, Callable[[Path], str]] = {
    "verdicts": verdicts,
    "machines": machines,
    **{f"outcome-{panel}": partial(outcomes, panel=panel, changes=False) for panel in PANELS},
    **{f"story-{panel}": partial(outcomes, panel=panel, changes=True) for panel in PANELS},
}
