"""Compute one number of a run again, and compare it with the number of the run."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from triptych.claims.claims import Claim
from triptych.claims.explaining import job_times
from triptych.claims.keys import name_of
from triptych.claims.reading import read_claims
from triptych.layout import PARAMETERS, RESULTS
from triptych.provenance import replaying
from triptych.provenance.chain import Chain
from triptych.provenance.changes import changes_since, other_devices
from triptych.provenance.making import read_if_sound
from triptych.provenance.replaying import Origin, Plan

Outcome = Literal["same bytes", "within the interval", "differs"]
# Claims are written with six decimals.
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Replay:
    """A claim of a run, and the claim that its jobs gave again.

    Attributes
    ----------
    again
        None where the present code makes no such claim.
    files
        Number of files that were made again.
    different
        Those whose bytes differ, without the table of all claims.
    changes
        What has changed since the run, in words.
    """

    claim: Claim
    again: Claim | None
    files: int
    different: tuple[str, ...]
    changes: tuple[str, ...]

    @property
    def outcome(self) -> Outcome:
        """How both compare; a number without an interval must be the same."""
        if self.again is None:
            return "differs"
        if not self.different and self.claim == self.again:
            return "same bytes"
        number, again = self.claim.reproduced, self.again.reproduced
        if number is None or again is None:
            equal = number is again and self.claim.verdict == self.again.verdict
            return "within the interval" if equal else "differs"
        low = number if self.claim.low is None else self.claim.low
        high = number if self.claim.high is None else self.claim.high
        inside = low - _ROUNDING <= again <= high + _ROUNDING
        return "within the interval" if inside else "differs"


def replay_claim(
    claim: Claim, chain: Chain, origin: Origin, scale: str, folder: Path | None
) -> Replay:
    """Run the jobs behind a claim again; say on standard error what runs and what it took.

    Parameters
    ----------
    chain
        The chain of the claim; its first file is the panel's table of claims.
    origin
        The level of the files to start from.
    folder
        A new folder that stays; None for one that is removed.

    Raises
    ------
    UserError
        A file to start from is missing, ``folder`` has files, or a job failed.
    """
    plan = replaying.plan(chain, origin)
    replaying.require_given(plan, origin, scale)
    table = next(iter(chain))
    with replaying.replay_folder(folder) as place:
        _announce(chain, origin)
        replaying.link_given(plan, place)
        replaying.run_jobs(plan, place)
        claims = {name_of(each): each for each in read_claims(place / table)}
        different = tuple(name for name in replaying.different(plan, place) if name != table)
        changes = tuple(_changes(plan, place, scale))
    return Replay(claim, claims.get(name_of(claim)), len(plan.made), different, changes)


def _announce(chain: Chain, chosen: Origin) -> None:
    """Say how long a replay of each kind takes, by the times of the run."""
    for origin in get_args(Origin):
        plan = replaying.plan(chain, origin)
        mark = " (this replay)" if origin == chosen else ""
        print(f"--from {origin}{mark}: {job_times(plan.jobs)} in the run", file=sys.stderr)


def _changes(plan: Plan, place: Path, scale: str) -> Iterator[str]:
    """Yield what has changed since the run."""
    copy = RESULTS / scale / "report/source" / PARAMETERS
    if copy.is_file() and copy.read_bytes() != PARAMETERS.read_bytes():
        yield f"{PARAMETERS}; the replay has the parameters of the run"
    yield from changes_since(plan.jobs)
    again = (read_if_sound(place / link.name) for link in plan.made)
    yield from other_devices(plan.jobs, [making for making in again if making])
    yield from replaying.altered(plan)


def as_text(replay: Replay) -> str:
    """Return the result for a terminal: the outcome, both numbers, what differs and changed."""
    lines = [
        f"{name_of(replay.claim)}: {replay.outcome}",
        f"  in the run  {_spelled(replay.claim)}",
        f"  again       {_spelled(replay.again)}",
        f"  {replay.files} files made again, {len(replay.different)} with other bytes",
        *(f"  other bytes: {name}" for name in replay.different),
        *(f"  changed since the run: {change}" for change in replay.changes),
    ]
    return "\n".join(lines)


def _spelled(claim: Claim | None) -> str:
    if claim is None:
        return "the present code makes no such claim"
    if claim.reproduced is None:
        return f"no number; {claim.verdict}"
    interval = "" if claim.low is None else f" ({claim.low:.6f} to {claim.high:.6f})"
    return f"{claim.reproduced:.6f}{interval}; {claim.verdict}"
