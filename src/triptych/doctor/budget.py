"""Which claims can be decided within some hours: those whose jobs take least come first."""

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from tabulate import tabulate

from triptych.claims.claims import Claim
from triptych.claims.dependence import EVERYTHING, Dependence, dependence_of
from triptych.claims.reading import read_claims
from triptych.config.section import Scale
from triptych.doctor.estimates import Estimate
from triptych.doctor.examination import Examination
from triptych.layout import REFERENCE, RESULTS
from triptych.panels import dependences

_CLAIMS = "claims.csv"
_HOUR = 3600
# A parameter of the step in the name of a table: any table of this kind counts.
_PARAMETER = re.compile(r"\{.*?\}")


@dataclass(frozen=True)
class Decision:
    """Claims of a panel that the same files decide.

    Attributes
    ----------
    claims
        A pattern of ``ARTIFACT/KEY``.
    seconds, total
        CPU time of the jobs that no cheaper claims need, and of these together with all before.
        None where a job has no record.
    within
        Whether the total is known and within the hours of the user.
    unrecorded
        Number of the jobs without a record.
    """

    panel: str
    claims: str
    count: int
    seconds: float | None
    total: float | None
    within: bool
    unrecorded: int


def decisions(run: Examination, claims: Iterable[Claim], hours: float) -> list[Decision]:
    """Order claims by the CPU time of the unfinished jobs that they need, the least first.

    Claims whose time is not known come last.

    Parameters
    ----------
    claims
        Claims of any run: they say which numbers the papers' claims are about.
    hours
        CPU hours of the user.
    """
    groups = Counter(
        (claim.panel, dependence_of(claim, dependences(claim.panel))) for claim in claims
    )
    needed = {group: _needed(run.estimates, run.scale, *group) for group in groups}
    # The time of a download depends on the network, which is no work of this machine.
    seconds = [0.0 if each.basis == "fetched" else each.cpu_seconds for each in run.estimates]
    ordered, unknown = list[Decision](), list[Decision]()
    done, total = set[int](), 0.0
    while needed:
        group = min(needed, key=lambda one: sum(seconds[job] or 0.0 for job in needed[one] - done))
        jobs = needed.pop(group)
        (panel, rule), count = group, groups[group]
        if unrecorded := sum(seconds[job] is None for job in jobs):
            unknown.append(Decision(panel, rule.claims, count, None, None, False, unrecorded))
            continue
        more = sum(seconds[job] or 0.0 for job in jobs - done)
        done, total = done | jobs, total + more
        within = total <= hours * _HOUR
        ordered.append(Decision(panel, rule.claims, count, more, total, within, 0))
    return [*ordered, *unknown]


def known_claims(scale: Scale, panels: Iterable[str]) -> list[Claim]:
    """Return each panel's claims of this scale, or of an adopted run; none where there are none."""
    claims: list[Claim] = []
    for panel in panels:
        paths = [RESULTS / scale, REFERENCE / scale, *sorted(REFERENCE.glob("*"))]
        tables = (path / panel / _CLAIMS for path in paths)
        if table := next(filter(Path.is_file, tables), None):
            claims += read_claims(table)
    return claims


def as_text(ordered: Sequence[Decision], hours: float) -> str:
    """Describe the claims that can be decided within some CPU hours, and the others."""
    known = [each for each in ordered if each.total is not None]
    within = [each for each in known if each.within]
    unknown = [each for each in ordered if each.total is None]
    parts = [f"Claims within {hours:g} CPU hours", _table(within) if within else "  none"]
    if len(known) > len(within):
        parts += ["Claims beyond them", _table(known[len(within) :])]
    if unknown:
        rows = [(each.panel, _named(each), each.count, each.unrecorded) for each in unknown]
        parts += ["Claims whose time is not known", _rows(rows, "jobs without a record")]
    return "\n".join([*parts, "  - hours of one core, of the jobs on which the numbers depend"])


def _table(decisions: Sequence[Decision]) -> str:
    rows = [
        (
            *(each.panel, _named(each), each.count),
            f"{(each.seconds or 0) / _HOUR:.2f}",
            f"{(each.total or 0) / _HOUR:.2f}",
        )
        for each in decisions
    ]
    return _rows(rows, "hours more", "hours in all")


def _named(decision: Decision) -> str:
    return "all others" if decision.claims == EVERYTHING.claims else decision.claims


def _rows(rows: Sequence[tuple[object, ...]], *numbers: str) -> str:
    headers = ("panel", "claims", "number", *numbers)
    aligned = ("left", "left", *["right"] * (1 + len(numbers)))
    table = tabulate(rows, headers=headers, colalign=aligned, disable_numparse=True)
    return textwrap.indent(table, "  ")


def _needed(
    estimates: Sequence[Estimate], scale: Scale, panel: str, rule: Dependence
) -> frozenset[int]:
    """Return the jobs that some claims depend on, without those that judge and join claims."""
    jobs = [each.job for each in estimates]
    makers = {output: index for index, job in enumerate(jobs) for output in job.outputs}
    judge = makers.get(f"{RESULTS}/{scale}/{panel}/{_CLAIMS}")
    if judge is None:
        return frozenset()
    tables = [_PARAMETER.sub("*", table) for table in rule.tables]
    pending = [
        path
        for path in jobs[judge].inputs
        if any(fnmatch(Path(path).name, table) for table in tables)
    ]
    needed = set[int]()
    while pending:
        path = pending.pop()
        index = makers.get(path)
        if index is not None and index not in needed and rule.allows(path):
            needed.add(index)
            pending += jobs[index].inputs
    return frozenset(needed)
