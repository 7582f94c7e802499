"""The chain of a number for a reader: a tree of files, or JSON."""

import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict

from triptych.claims.claims import Claim
from triptych.claims.keys import name_of
from triptych.provenance.chain import Chain, Link, jobs_of
from triptych.provenance.making import Making, State

_LEVELS = {
    "published": "published numbers",
    "data": "data",
    "model": "model",
    "raw": "raw results",
    "table": "table",
}
_DIGITS = 16
_COMMIT_DIGITS = 12
_WIDTH, _NARROWEST = 110, 40


def as_json(claim: Claim, chain: Chain) -> str:
    """Return a claim and its chain as a JSON object; records have every field."""
    files = [link.as_row() for link in chain.values()]
    return json.dumps({"claim": asdict(claim), "files": files}, indent=1, ensure_ascii=False)


def as_text(claim: Claim, chain: Chain) -> str:
    """Return a claim and the tree of its files for a terminal; each file is described once."""
    first = next(iter(chain))
    tree = "\n".join(_tree(first, chain, "", "", {}))
    return "\n\n".join([describe(claim), tree, _summary(chain)])


def describe(claim: Claim) -> str:
    """Return a claim in a few lines: its numbers, interval, verdict and reason."""
    interval = "" if claim.low is None else f" ({claim.low:.4f} to {claim.high:.4f})"
    reproduced = "not computed" if claim.reproduced is None else f"{claim.reproduced:.4f}{interval}"
    lines = [
        name_of(claim),
        f"  published   {'none' if claim.published is None else f'{claim.published:.4f}'}",
        f"  reproduced  {reproduced}",
        f"  verdict     {claim.verdict}: {claim.reason}",
        f"  scope       {claim.scope}",
    ]
    if claim.tolerance is not None:
        lines.insert(2, f"  tolerance   {claim.tolerance:.4f}")
    return "\n".join(lines)


def _tree(name: str, chain: Chain, head: str, indent: str, shown: dict[str, str]) -> Iterator[str]:
    """Yield the lines of a file and its inputs; ``shown`` has the files of the lines before."""
    link = chain[name]
    if name in shown:
        yield f"{head}{name} (above)"
        return
    digest = (link.sha256 or "not recorded")[:_DIGITS]
    yield f"{head}{name}: {_LEVELS[link.level]}, SHA-256 {digest}{_state(link)}"
    bar = f"{indent}│ " if link.inputs else f"{indent}  "
    yield from (f"{bar}{line}" for line in _job(link, len(bar), shown))
    shown[name] = link.making.command if link.making else ""
    for place, inner in enumerate(link.inputs, start=1):
        last = place == len(link.inputs)
        fork, below = ("└─", "  ") if last else ("├─", "│ ")
        yield from _tree(inner, chain, f"{indent}{fork}", f"{indent}{below}", shown)


def _job(link: Link, indent: int, shown: dict[str, str]) -> Iterator[str]:
    """Yield the lines of the job that made a file, or the file that has these lines."""
    if link.making is None:
        return
    for name, command in shown.items():
        if command == link.making.command:
            yield f"made by the job of {name}"
            return
    yield _circumstances(link.making)
    yield from textwrap.wrap(
        link.making.command,
        max(_WIDTH - indent, _NARROWEST),
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _state(link: Link) -> str:
    if not link.path.is_file():
        return ", not in this folder"
    if link.making is None and link.state is State.ALTERED:
        return ", changed since"
    return "" if link.state in (State.INTACT, State.UNRECORDED) else f"; it {link.state}"


def _circumstances(making: Making) -> str:
    """Return when, how long, on what and from which commit a job ran."""
    commit = (making.commit.id or "unknown")[:_COMMIT_DIGITS]
    modified = " with changes" if making.commit.modified else ""
    return (
        f"{making.started:%Y-%m-%d %H:%M}, {making.wall_seconds:,.1f} s, {making.device}, "
        f"commit {commit}{modified}"
    )


def job_times(jobs: Sequence[Making]) -> str:
    """Return the number of some jobs and the sum of their wall times."""
    seconds = sum(job.wall_seconds for job in jobs)
    return f"{len(jobs)} {'job' if len(jobs) == 1 else 'jobs'}, {seconds:,.1f} s"


def _summary(chain: Chain) -> str:
    lines = [f"{len(chain)} files; {job_times([making for making, _ in jobs_of(chain)])}."]
    absent = sum(not link.path.is_file() for link in chain.values())
    if absent:
        lines.append(f"{absent} files are not in this folder; their hashes are recorded.")
    ends = [link.name for link in chain.values() if not link.making and link.level != "published"]
    if ends:
        lines.append(f"How these were made is not recorded here: {', '.join(ends)}.")
    return "\n".join(lines)
