"""Claims for a reader: an overview with the numbers that differ, every row, or JSON.

Separate from the judgment of claims: a change of these words makes no result stale.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from textwrap import fill
from typing import Any

import pandas as pd

from triptych.claims.claims import Claim, Kind, disagreements
from triptych.claims.conclusions import OUTCOMES, Conclusion

# The headings of the kinds of claims, in their order.
_KINDS: dict[Kind, str] = {"value": "numbers", "order": "orders", "text": "sentences"}
_MOST_DIFFERENCES = 20
# Letters of a line, and of a cell where five columns share it.
_WIDTH, _WIDEST = 118, 26


def as_json(claims: Sequence[Claim], conclusions: Sequence[Conclusion]) -> str:
    """Return conclusions and claims as a JSON object with every field."""
    rows = {
        "conclusions": [conclusion.as_row() for conclusion in conclusions],
        "claims": [asdict(claim) for claim in claims],
    }
    return json.dumps(rows, indent=1, ensure_ascii=False)


def every_claim(claims: Sequence[Claim], conclusions: Sequence[Conclusion]) -> str:
    """Return a table for a terminal: a row for each claim, the counts of verdicts below.

    The conclusions come first.
    """
    columns = ("panel", "artifact", "key", "published", "reproduced", "verdict")
    rows = [[getattr(claim, column) for column in columns] for claim in claims]
    paragraphs = [*map(_concluded, conclusions), table(columns, rows), summary(claims)]
    return "\n\n".join(paragraphs)


def overview(claims: Sequence[Claim], conclusions: Sequence[Conclusion]) -> str:
    """Return a summary of claims for a terminal, their artifacts in the given order.

    It has the conclusions; the verdicts of each artifact; the comparable numbers outside their
    tolerance, the furthest first; the number of claims not shown; the verdicts of all claims.
    """
    differing = sorted(disagreements(claims), key=excess, reverse=True)
    paragraphs = [*map(_concluded, conclusions), _artifacts(claims)]
    if differing:
        paragraphs += [_heading(len(differing)), _differences(differing[:_MOST_DIFFERENCES])]
    hidden = len(claims) - len(differing[:_MOST_DIFFERENCES])
    if hidden:
        paragraphs.append(f"Not shown: {hidden} of {len(claims)} claims; --all shows every one.")
    return "\n\n".join([*paragraphs, _wrapped(summary(claims))])


def _concluded(conclusion: Conclusion) -> str:
    """Return a conclusion with the numbers that decide it."""
    head = f"{conclusion.panel}: {OUTCOMES[conclusion.outcome]} ({conclusion.wording})"
    decisions = [
        _wrapped(f"  - {decision.setting}: {decision.stance}; {decision.why}")
        for decision in conclusion.decisions
    ]
    return "\n".join([head, _wrapped(f"  {conclusion.sentence.strip()}"), *decisions])


def _wrapped(text: str) -> str:
    return fill(text, _WIDTH, subsequent_indent="    ", break_long_words=False)


def summary(claims: Iterable[Claim]) -> str:
    """Return the number of claims of each verdict, in one line."""
    counts = Counter(claim.verdict for claim in claims)
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))


def _artifacts(claims: Sequence[Claim]) -> str:
    """Return a row for each artifact: its verdicts, counted by the kind of claim."""
    places = dict.fromkeys((claim.panel, claim.artifact) for claim in claims)
    rows = [[*place, *(summary(_of(claims, place, kind)) for kind in _KINDS)] for place in places]
    return table(("panel", "artifact", *_KINDS.values()), rows, widest=_WIDEST)


def _of(claims: Sequence[Claim], place: tuple[str, str], kind: Kind) -> list[Claim]:
    return [
        claim for claim in claims if (claim.panel, claim.artifact) == place and claim.kind == kind
    ]


def _heading(count: int) -> str:
    number = "1 comparable number lies" if count == 1 else f"{count} comparable numbers lie"
    order = f"; the {_MOST_DIFFERENCES} furthest" if count > _MOST_DIFFERENCES else ""
    return f"{number} outside the tolerance{order}:"


def _differences(claims: Sequence[Claim]) -> str:
    columns = ("panel", "artifact", "key", "published", "this run", "off by", "allowed")
    rows = [
        [claim.panel, claim.artifact, claim.key, claim.published, claim.reproduced,
         f"{_difference(claim):+.4f}", claim.tolerance]
        for claim in claims
    ]  # fmt: skip
    return table(columns, rows)


def _difference(claim: Claim) -> float:
    """Return the reproduced minus the published number."""
    return (claim.reproduced or 0.0) - (claim.published or 0.0)


def excess(claim: Claim) -> tuple[float, float]:
    """Return the distance in tolerances (infinite if no tolerance is allowed), then in itself."""
    size = abs(_difference(claim))
    return (size / claim.tolerance if claim.tolerance else float("inf"), size)


def table(
    columns: Sequence[str], rows: Sequence[Sequence[Any]], *, widest: int | None = None
) -> str:
    """Return a table for a terminal; longer cells than ``widest`` get further lines."""
    # As objects: otherwise pandas shows a missing number as nan.
    frame = pd.DataFrame(rows, columns=list(columns), dtype=object)
    return frame.to_markdown(
        index=False, floatfmt=".4f", missingval="", maxcolwidths=widest and [widest] * len(columns)
    )
