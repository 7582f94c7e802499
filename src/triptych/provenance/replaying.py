"""Run the jobs behind a number again, in a folder of their own, by their records.

A record has the command with all parameters of its job. So a replay needs neither the workflow
nor the configuration of the run. The files that no job of the replay makes are linked.
"""

import os
import shlex
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from triptych.errors import UserError
from triptych.layout import LOGS, WORK
from triptych.provenance.chain import Chain, Level, Link, jobs_of
from triptych.provenance.making import Making, read_if_sound
from triptych.storage.files import sha256
from triptych.storage.folders import listed_files, new_folder

Origin = Literal["raw", "model", "data"]

_GIVEN: dict[Origin, tuple[Level, ...]] = {
    "raw": ("published", "data", "model", "raw"),
    "model": ("published", "data", "model"),
    "data": ("published", "data"),
}
_CODE = "from triptych.cli import run; run()"
_LONGEST_COMMAND, _LONGEST_MESSAGE = 300, 600
_NAMED_AT_MOST = 5


@dataclass(frozen=True)
class Plan:
    """The jobs of a replay, in an order that respects their inputs.

    Attributes
    ----------
    jobs
        The records of the jobs.
    made
        The files of the chain that they make.
    given
        SHA-256 of each file that they read and that none of them makes, by its path.
    """

    jobs: tuple[Making, ...]
    made: tuple[Link, ...]
    given: dict[str, str]


def plan(chain: Chain, origin: Origin) -> Plan:
    """Return the jobs that make the first file of a chain again from files of some level.

    Raises
    ------
    UserError
        The first file has no record that can be relied on.
    """
    first = next(iter(chain))
    links_by_name: dict[str, Link] = {}
    _make_again(first, chain, _GIVEN[origin], links_by_name)
    if not links_by_name:
        raise UserError(
            expected="a record of how the claims were made",
            found="none that can be relied on",
            where=str(chain[first].path),
            remedy="delete the claims and run the workflow, which makes them again",
        )
    makers = {link.name: job.key for job, links in jobs_of(links_by_name) for link in links}
    jobs = {job.key: job for job, _ in jobs_of(links_by_name)}
    order = TopologicalSorter(
        {key: {makers[name] for name in job.inputs if name in makers} for key, job in jobs.items()}
    )
    read = {name: digest for job in jobs.values() for name, digest in job.inputs.items()}
    given = {
        name: digest
        for name, digest in read.items()
        if name not in makers and not _also_made(name, jobs)
    }
    ordered = tuple(jobs[key] for key in order.static_order())
    return Plan(ordered, tuple(links_by_name.values()), given)


def _make_again(name: str, chain: Chain, given: Collection[Level], made: dict[str, Link]) -> None:
    """Add a file and the files behind it, as far as they are made again."""
    link = chain[name]
    if link.making and link.level not in given and name not in made:
        made[name] = link
        for inner in link.inputs:
            _make_again(inner, chain, given, made)


def _also_made(name: str, jobs: Collection[str]) -> bool:
    """Tell whether a file on which the number does not depend is made by one of its jobs."""
    making = read_if_sound(Path(name))
    return making is not None and making.key in jobs


def require_given(plan: Plan, origin: Origin, scale: str) -> None:
    """Raise a UserError if files that a replay starts from are not there."""
    absent = [str(path) for name in plan.given for path in _files(name) if not path.is_file()]
    if absent:
        more = len(absent) - _NAMED_AT_MOST
        raise UserError(
            expected=f"the files that a replay from {origin} starts with",
            found=f"no {', '.join(absent[:_NAMED_AT_MOST])}"
            + (f" and {more} more" if more > 0 else ""),
            where=absent[0],
            remedy=f"get them by dvc pull, or make them: snakemake --config scale={scale}"
            + ("" if origin == "data" else "; or replay from an earlier level: --from data"),
        )


def altered(plan: Plan) -> list[str]:
    """Return the files that a replay starts with and that differ from those the run read."""
    return [name for name, digest in plan.given.items() if sha256(Path(name)) != digest]


@contextmanager
def replay_folder(folder: Path | None) -> Iterator[Path]:
    """Yield an empty folder for a replay: one that stays, or one that is removed at the end.

    Raises
    ------
    UserError
        ``folder`` is a file, or a folder with files.
    """
    if folder is not None:
        with new_folder(folder):
            pass
        yield folder.resolve()
        return
    WORK.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="replay-", dir=WORK) as temporary:
        yield Path(temporary).resolve()


def link_given(plan: Plan, folder: Path) -> None:
    """Link the files that a replay starts with, without their records, below its folder."""
    for name in plan.given:
        for path in _files(name):
            target = folder / path
            # An absolute path is the same from every folder.
            if not path.is_absolute() and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                target.symlink_to(path.resolve())


def run_jobs(plan: Plan, folder: Path) -> None:
    """Run the jobs of a replay one after another; say on standard error which one begins.

    Raises
    ------
    UserError
        A job failed; the message has the end of its log.
    """
    variables = {**os.environ, "PYTHONPATH": _search_path()}
    for number, job in enumerate(plan.jobs, start=1):
        print(
            f"{number} of {len(plan.jobs)}: {job.step}, {job.artifact} "
            f"({job.wall_seconds:,.1f} s in the run)",
            file=sys.stderr,
        )
        log = folder / LOGS / f"{number}-{job.step}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        words = [sys.executable, "-P", "-c", _CODE, *shlex.split(job.command)[1:]]
        with log.open("w", encoding="utf-8") as output:
            code = subprocess.call(
                words, cwd=folder, env=variables, stdout=output, stderr=subprocess.STDOUT
            )
        if code:
            said = " ".join(log.read_text(encoding="utf-8", errors="replace").split())
            raise UserError(
                expected=f"the job of the run, which made {job.artifact}",
                found=f"exit code {code}: {said[-_LONGEST_MESSAGE:] or 'no output'}",
                where=job.command[:_LONGEST_COMMAND],
                remedy="fix the problem that it names; if the command has changed since, check out"
                f" the commit of the run, {job.commit.id or 'which is unknown'}",
            )


def different(plan: Plan, folder: Path) -> list[str]:
    """Return the files whose bytes differ from those of the run, in the order of their jobs."""
    links = {link.name: link for link in reversed(plan.made)}
    return [
        name
        for name, link in links.items()
        if link.making and sha256(folder / name) != link.making.sha256
    ]


def _files(name: str) -> Iterator[Path]:
    """Yield a file and, of a manifest, the files that it lists."""
    yield Path(name)
    yield from listed_files(Path(name))


def _search_path() -> str:
    """Return the path on which a job finds this package and what is on this process's path."""
    package = str(Path(__file__).parents[2])
    return os.pathsep.join([package, *filter(None, [os.environ.get("PYTHONPATH")])])
