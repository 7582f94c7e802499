"""Claims: what a paper says, what we found, and a verdict that is computed.

Three kinds. ``value``: a published number against ours and a tolerance (agrees,
differs). ``order``: a published comparison against our intervals (supported,
not_supported, undecided). ``text``: a sentence against numbers (holds,
does_not_hold). A value or an order is ``not_comparable`` where the data or the
metric is another one, a value that we did not compute is ``missing``.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

import pandas as pd

from triptych.claims.intervals import Estimate
from triptych.drawing.tables import write_csv
from triptych.errors import UserError

Kind = Literal["value", "order", "text"]
# Published numbers are given in steps of 1e-4 and ours in binary: a difference
# that equals the tolerance must not fail by rounding.
_ROUNDING = 1e-9

_Numbers = tuple[float | None, float | None, float | None]


@dataclass(frozen=True)
class Claim:
    """One row of ``claims.csv``.

    Attributes
    ----------
    panel, artefact, key
        Where the claim is made: the panel, the table or figure, and the number.
    kind
        ``value``, ``order`` or ``text``.
    published, reproduced, low, high
        The paper's number, ours, and the ends of our 95 % interval; None where none.
    tolerance
        Largest difference that counts as agreement; None but for ``value``.
    verdict, reason
        The verdict, and why.
    """

    panel: str
    artefact: str
    key: str
    kind: Kind
    published: float | None
    reproduced: float | None
    low: float | None
    high: float | None
    tolerance: float | None
    verdict: str
    reason: str


COLUMNS = tuple(field.name for field in fields(Claim))


@dataclass(frozen=True)
class Tolerance:
    """Largest difference that counts as agreement, absolute or a share of the published."""

    size: float
    relative: bool

    def of(self, published: float) -> float:
        """The tolerance in the units of a published number."""
        return self.size * abs(published) if self.relative else self.size


def read_tolerances(path: Path, panel: str) -> dict[str, Tolerance]:
    """The tolerances of a panel by metric."""
    table = pd.read_csv(path)
    rows = table[table["panel"] == panel]
    return {
        row["metric"]: Tolerance(float(row["tolerance"]), row["kind"] == "relative")
        for _, row in rows.iterrows()
    }


def value_claim(
    panel: str,
    artefact: str,
    key: str,
    published: float,
    ours: Estimate | None,
    tolerance: Tolerance,
    obstacle: str | None,
) -> Claim:
    """Hold a published number against ours.

    Parameters
    ----------
    panel, artefact, key
        Where the number stands.
    published
        The paper's number.
    ours
        Ours with its interval; None where it was not computed.
    tolerance
        Largest difference that counts as agreement.
    obstacle
        Why the two cannot be compared; None where they can.
    """
    allowed = tolerance.of(published)
    numbers: _Numbers = (None, None, None)
    if ours is None:
        verdict, reason = "missing", "not computed in this run"
    else:
        numbers = (ours.value, ours.low, ours.high)
        difference = ours.value - published
        inside = "inside" if ours.low <= published <= ours.high else "outside"
        reason = f"differs by {difference:+.4f}; the published number lies {inside} our interval"
        verdict = "agrees" if abs(difference) <= allowed + _ROUNDING else "differs"
        if obstacle is not None:
            verdict, reason = "not_comparable", obstacle
    return Claim(panel, artefact, key, "value", published, *numbers, allowed, verdict, reason)


def order_claim(
    panel: str,
    artefact: str,
    key: str,
    published: float,
    larger: Estimate | None,
    smaller: Estimate | None,
    obstacle: str | None,
) -> Claim:
    """Judge whether one number of ours exceeds another, as the paper has it.

    Parameters
    ----------
    panel, artefact, key
        Where the comparison stands.
    published
        The paper's difference.
    larger, smaller
        Our two numbers; the first should be the larger one.
    obstacle
        Why the comparison says nothing about the paper; None where it does.
    """
    difference = None
    if larger is not None and smaller is not None:
        # Bounds of the difference by the ends of both intervals: a cautious test.
        low, high = larger.low - smaller.high, larger.high - smaller.low
        difference = Estimate(larger.value - smaller.value, low, high)
    return difference_claim(panel, artefact, key, published, difference, obstacle)


def difference_claim(
    panel: str,
    artefact: str,
    key: str,
    published: float,
    difference: Estimate | None,
    obstacle: str | None,
) -> Claim:
    """Judge whether a difference of ours is above zero, as the paper has it.

    Parameters
    ----------
    panel, artefact, key
        Where the comparison stands.
    published
        The paper's difference.
    difference
        Ours with its interval, the number that should be larger first; None where it
        was not computed.
    obstacle
        Why the comparison says nothing about the paper; None where it does.
    """
    numbers: _Numbers = (None, None, None)
    if difference is None:
        verdict, reason = "undecided", "not computed in this run"
    else:
        low, high = difference.low, difference.high
        numbers = (difference.value, low, high)
        verdict = "supported" if low > 0 else "not_supported" if high < 0 else "undecided"
        reason = f"our difference lies between {low:.4f} and {high:.4f}"
    if obstacle is not None:
        verdict, reason = "not_comparable", obstacle
    return Claim(panel, artefact, key, "order", published, *numbers, None, verdict, reason)


def text_claim(
    panel: str,
    artefact: str,
    key: str,
    stated: float,
    found: float,
    holds: bool,
    reason: str,
) -> Claim:
    """Judge a sentence by a number that was computed from a table.

    Parameters
    ----------
    panel, artefact, key
        Where the sentence stands.
    stated, found
        The sentence's number and the computed one.
    holds
        The outcome of the check.
    reason
        What was compared.
    """
    verdict = "holds" if holds else "does_not_hold"
    return Claim(panel, artefact, key, "text", stated, found, None, None, None, verdict, reason)


def write_claims(claims: Sequence[Claim], path: Path) -> None:
    """Write claims as CSV, in their order."""
    write_csv(pd.DataFrame([asdict(claim) for claim in claims], columns=list(COLUMNS)), path)


def read_claims(path: Path) -> list[Claim]:
    """Read what :func:`write_claims` wrote."""
    numbers = ("published", "reproduced", "low", "high", "tolerance")
    texts = dict.fromkeys(set(COLUMNS) - set(numbers), str)
    table = pd.read_csv(
        path, dtype=texts, keep_default_na=False, na_values={key: [""] for key in numbers}
    ).astype(object)
    table = table.where(table.notna(), None)
    return [Claim(*row) for row in table[list(COLUMNS)].itertuples(index=False, name=None)]


def join_panels(results: Path, make: str, restore: str) -> list[Claim]:
    """The claims of all panels of one scale.

    Parameters
    ----------
    results
        ``results/SCALE``, or a folder like it.
    make, restore
        What to do where there are none, and where a file is damaged.

    Raises
    ------
    UserError
        There are none, or they cannot be read.
    """
    paths = sorted(results.glob("*/claims.csv"))
    if not paths:
        raise UserError(
            expected="the claims of at least one panel",
            found="no claims.csv",
            where=str(results),
            remedy=make,
        )
    return [claim for path in paths for claim in _readable(path, restore)]


def _readable(path: Path, restore: str) -> list[Claim]:
    try:
        return read_claims(path)
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(
            expected=f"a table of claims: {', '.join(COLUMNS)}",
            found=" ".join(str(error).split()),
            where=str(path),
            remedy=restore,
        ) from None


def disagreements(claims: Sequence[Claim]) -> list[Claim]:
    """Comparable numbers that differ from the published ones."""
    return [claim for claim in claims if claim.kind == "value" and claim.verdict == "differs"]
