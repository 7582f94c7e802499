"""Claims as a reader wants them: an overview with what differs, every row, or JSON.

Kept apart from how claims are judged, so that other words here make no result stale.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from triptych.claims.claims import Claim, Kind, disagreements

# The plain words for the kinds of claims, in the order in which they are shown.
_KINDS: dict[Kind, str] = {"value": "numbers", "order": "orders", "text": "sentences"}
_MOST_DIFFERENCES = 20


def as_json(claims: Sequence[Claim]) -> str:
    """Claims as a JSON list, every one with all of its fields."""
    return json.dumps([asdict(claim) for claim in claims], indent=1)


def every_claim(claims: Sequence[Claim]) -> str:
    """Claims as a table for a terminal, a row each, with the verdicts counted below."""
    columns = ("panel", "artefact", "key", "published", "reproduced", "verdict")
    rows = [[getattr(claim, column) for column in columns] for claim in claims]
    return f"{_table(columns, rows)}\n\n{summary(claims)}"


def overview(claims: Sequence[Claim]) -> str:
    """Claims in brief for a terminal.

    Parameters
    ----------
    claims
        Of any panels, in the order in which their artefacts shall be shown.

    Returns
    -------
    str
        The verdicts of each artefact; the comparable numbers that lie outside their
        tolerance, the furthest first; what is not shown; the verdicts of all.
    """
    differing = sorted(disagreements(claims), key=_excess, reverse=True)
    paragraphs = [_artefacts(claims)]
    if differing:
        paragraphs += [_heading(len(differing)), _differences(differing[:_MOST_DIFFERENCES])]
    hidden = len(claims) - len(differing[:_MOST_DIFFERENCES])
    if hidden:
        paragraphs.append(f"Not shown: {hidden} of {len(claims)} claims; --all shows every one.")
    return "\n\n".join([*paragraphs, summary(claims)])


def summary(claims: Iterable[Claim]) -> str:
    """The number of claims of each verdict, in one line."""
    counts = Counter(claim.verdict for claim in claims)
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))


def _artefacts(claims: Sequence[Claim]) -> str:
    """A row an artefact, in which the verdicts are counted by the kind of claim."""
    places = dict.fromkeys((claim.panel, claim.artefact) for claim in claims)
    rows = [[*place, *(summary(_of(claims, place, kind)) for kind in _KINDS)] for place in places]
    return _table(("panel", "artefact", *_KINDS.values()), rows)


def _of(claims: Sequence[Claim], place: tuple[str, str], kind: Kind) -> list[Claim]:
    return [
        claim for claim in claims if (claim.panel, claim.artefact) == place and claim.kind == kind
    ]


def _heading(count: int) -> str:
    number = "1 comparable number lies" if count == 1 else f"{count} comparable numbers lie"
    order = f"; the {_MOST_DIFFERENCES} furthest" if count > _MOST_DIFFERENCES else ""
    return f"{number} outside the tolerance{order}:"


def _differences(claims: Sequence[Claim]) -> str:
    columns = ("panel", "artefact", "key", "published", "ours", "difference", "tolerance")
    rows = [
        [claim.panel, claim.artefact, claim.key, claim.published, claim.reproduced,
         f"{_difference(claim):+.4f}", claim.tolerance]
        for claim in claims
    ]  # fmt: skip
    return _table(columns, rows)


def _difference(claim: Claim) -> float:
    """Ours minus the published number."""
    return (claim.reproduced or 0.0) - (claim.published or 0.0)


def _excess(claim: Claim) -> tuple[float, float]:
    """How far a number lies outside: in tolerances, then, where none is allowed, in itself."""
    size = abs(_difference(claim))
    return (size / claim.tolerance if claim.tolerance else float("inf"), size)


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    # As objects: else pandas shows a number that was not computed as nan.
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    return frame.to_markdown(index=False, floatfmt=".4f", missingval="")
