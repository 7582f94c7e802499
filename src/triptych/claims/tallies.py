"""Read the numbers that sentences state, and count verdicts."""

from collections import Counter
from collections.abc import Iterable

import pandas as pd

from triptych.claims.claims import Claim


def stated_numbers(sentences: pd.DataFrame) -> dict[str, float]:
    """Return the number that each sentence states or implies, by its key."""
    return {row["key"]: float(row["value"]) for row in sentences.to_dict("records")}


def verdict_counts(claims: Iterable[Claim]) -> dict[str, int]:
    """Return the number of claims of each verdict, in alphabetical order."""
    return dict(sorted(Counter(str(claim.verdict) for claim in claims).items()))
