"""Claims: a paper's statement, the reproduced number, and a computed verdict.

A claim of kind ``value`` compares a published number with the reproduced one under a
tolerance. A claim of kind ``order`` compares a published ranking with the interval of a
reproduced difference. A claim of kind ``text`` checks a sentence against a number.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from math import inf, isnan, nan
from pathlib import Path
from typing import Literal

import pandas as pd

from triptych.claims.intervals import Estimate
from triptych.drawing.tables import write_csv
from triptych.errors import UserError

Kind = Literal["value", "order", "text"]
Scope = Literal["direct", "retrained", "conceptual", "published_only"]
VERDICTS: Mapping[str, tuple[str, ...]] = {
    "value": ("agrees", "differs", "not_comparable", "missing"),
    "order": ("supported", "not_supported", "undecided", "not_comparable"),
    "text": ("holds", "does_not_hold", "undecided", "implausible", "consistent"),
}
# Published numbers are given in steps of 1e-4 and reproduced ones in binary: a difference
# that equals the tolerance must not fail by rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Claim:
    """One row of ``claims.csv``.

    Attributes
    ----------
    panel, artifact, key
        Where the paper makes the claim: the panel, the table or figure, and the number.
    kind
        ``value``, ``order`` or ``text``.
    scope
        How close the run's setting is to the paper's: ``direct`` (the paper's data, model
        and recipe), ``retrained`` (its data, a network trained by another recipe),
        ``conceptual`` (other data, backbone or judge), ``published_only`` (printed numbers
        compared with each other).
    published, reproduced, low, high
        The paper's number, the reproduced number, and the ends of its 95 % interval.
    n_seeds
        Number of independent trainings behind the reproduced number, 0 if it depends on none;
        None where unknown or where nothing was reproduced.
    tolerance
        Largest difference that counts as agreement; None except for ``value``.
    verdict, reason
        The verdict, see :data:`VERDICTS`, and why.
    """

    panel: str
    artifact: str
    key: str
    kind: Kind
    scope: Scope
    published: float | None
    reproduced: float | None
    low: float | None
    high: float | None
    n_seeds: int | None
    tolerance: float | None
    verdict: str
    reason: str


COLUMNS = tuple(field.name for field in fields(Claim))


@dataclass(frozen=True)
class Basis:
    """What the reproduced number of a claim rests on.

    Attributes
    ----------
    scope, n_seeds
        See :class:`Claim`.
    obstacle
        Why the number cannot be compared with the paper's; None where it can.
    """

    scope: Scope
    n_seeds: int | None
    obstacle: str | None = None


PUBLISHED_ONLY = Basis("published_only", None)


@dataclass(frozen=True)
class Tolerance:
    """Largest difference that counts as agreement, absolute or a share of the published."""

    size: float
    relative: bool

    def of(self, published: float) -> float:
        """Return the tolerance in the units of a published number."""
        return self.size * abs(published) if self.relative else self.size


def read_tolerances(path: Path, panel: str) -> dict[str, Tolerance]:
    """Return the tolerances of a panel by metric.

    Raises
    ------
    UserError
        A tolerance is no number of 0 or more, or neither absolute nor relative.
    """
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    rows = table[table["panel"] == panel]
    tolerances = {}
    for metric, size, kind in zip(rows["metric"], rows["tolerance"], rows["kind"], strict=True):
        try:
            tolerance = Tolerance(float(size), kind == "relative")
        except ValueError:
            tolerance = Tolerance(nan, relative=False)
        if not 0 <= tolerance.size < inf or kind not in ("absolute", "relative"):
            raise UserError(
                expected="a tolerance of 0 or more, such as 0.02, that is absolute or relative",
                found=f"{metric}: {size!r}, {kind!r}",
                where=str(path),
                remedy="correct the row, or restore the file from git",
            )
        tolerances[metric] = tolerance
    return tolerances


def value_claim(
    panel: str,
    artifact: str,
    key: str,
    published: float,
    reproduced: Estimate | None,
    tolerance: Tolerance,
    basis: Basis,
) -> Claim:
    """Compare a published number with the reproduced one, which is None if it was not computed."""
    allowed = tolerance.of(published)
    if reproduced is None or isnan(reproduced.value):
        verdict, reason = "missing", "not computed in this run"
    else:
        difference = reproduced.value - published
        inside = "inside" if reproduced.low <= published <= reproduced.high else "outside"
        reason = (
            f"differs by {difference:+.4f}; the published number lies {inside} the reproduced "
            "interval"
        )
        verdict = "agrees" if abs(difference) <= allowed + _ROUNDING else "differs"
        if basis.obstacle is not None:
            verdict, reason = "not_comparable", basis.obstacle
    place = (panel, artifact, key)
    return _claim(place, "value", published, reproduced, basis, allowed, verdict, reason)


def order_claim(
    panel: str,
    artifact: str,
    key: str,
    published: float,
    larger: Estimate | None,
    smaller: Estimate | None,
    basis: Basis,
) -> Claim:
    """Judge whether one reproduced number exceeds another, as in the paper.

    See :func:`difference_claim`; the paper's larger number is the first.
    """
    difference = None
    if larger is not None and smaller is not None:
        # Bounds of the difference by the ends of both intervals: a cautious test.
        low, high = larger.low - smaller.high, larger.high - smaller.low
        difference = Estimate(larger.value - smaller.value, low, high)
    return difference_claim(panel, artifact, key, published, difference, basis)


def difference_claim(
    panel: str,
    artifact: str,
    key: str,
    published: float,
    difference: Estimate | None,
    basis: Basis,
    *,
    doubt: str | None = None,
) -> Claim:
    """Judge whether a reproduced difference is above zero, as the published one.

    Parameters
    ----------
    difference
        The run's difference with its interval, the paper's larger number first; None if the
        run did not compute it.
    doubt
        Why the difference decides nothing, whatever its interval: too few trainings, or a
        correction for several tests.
    """
    if difference is None:
        verdict, reason = "undecided", "not computed in this run"
    else:
        low, high = difference.low, difference.high
        verdict = "supported" if low > 0 else "not_supported" if high < 0 else "undecided"
        reason = f"the reproduced difference lies between {low:.4f} and {high:.4f}"
        if doubt is not None:
            verdict, reason = "undecided", f"{doubt}; {reason}"
    if basis.obstacle is not None:
        verdict, reason = "not_comparable", basis.obstacle
    place = (panel, artifact, key)
    return _claim(place, "order", published, difference, basis, None, verdict, reason)


def _claim(
    place: tuple[str, str, str],
    kind: Kind,
    published: float,
    reproduced: Estimate | None,
    basis: Basis,
    tolerance: float | None,
    verdict: str,
    reason: str,
) -> Claim:
    value = low = high = n_seeds = None
    if reproduced is not None:
        value, low, high = reproduced.value, reproduced.low, reproduced.high
        n_seeds = basis.n_seeds
    numbers = (published, value, low, high)
    return Claim(*place, kind, basis.scope, *numbers, n_seeds, tolerance, verdict, reason)


def text_claim(
    panel: str,
    artifact: str,
    key: str,
    stated: float,
    computed: float,
    holds: bool,
    reason: str,
    basis: Basis = PUBLISHED_ONLY,
) -> Claim:
    """Judge a sentence of the paper by a number that was computed from a table.

    Parameters
    ----------
    stated, computed
        The sentence's number and the computed one.
    holds, reason
        The outcome of the check, and which numbers were compared.
    basis
        What the computed number rests on; the paper's own numbers by default.
    """
    verdict = "holds" if holds else "does_not_hold"
    return Claim(
        *(panel, artifact, key, "text", basis.scope, stated, computed, None, None),
        *(basis.n_seeds, None, verdict, reason),
    )


def limit_claim(
    panel: str,
    artifact: str,
    key: str,
    limit: float,
    computed: Estimate,
    reason: str,
    basis: Basis,
) -> Claim:
    """Judge a sentence that a number of the run does not exceed a limit.

    It is undecided where the interval of the number contains the limit.
    """
    verdict = "undecided"
    if computed.high <= limit + _ROUNDING:
        verdict = "holds"
    elif computed.low > limit + _ROUNDING:
        verdict = "does_not_hold"
    place = (panel, artifact, key)
    return _claim(place, "text", limit, computed, basis, None, verdict, reason)


def write_claims(claims: Sequence[Claim], path: Path) -> None:
    """Write claims as CSV, in their order."""
    table = pd.DataFrame([asdict(claim) for claim in claims], columns=list(COLUMNS))
    write_csv(table.astype({"n_seeds": "Int64"}), path)


def disagreements(claims: Sequence[Claim]) -> list[Claim]:
    """Return the comparable numbers that differ from the published ones."""
    return [claim for claim in claims if claim.kind == "value" and claim.verdict == "differs"]
