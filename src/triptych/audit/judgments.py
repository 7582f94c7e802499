"""What every check returns: a judgment of each number, with what was expected and found."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Literal

# No power: no printed number could have failed. A note contradicts nothing.
Verdict = Literal["passes", "fails", "no power", "note"]


@dataclass(frozen=True)
class Judgment:
    """What a check says on one number of a table, or on several that belong together.

    Attributes
    ----------
    rows
        Labels of the rows in the table's index.
    column
        The column, or what else was compared.
    verdict
        Only ``fails`` is a contradiction.
    expected, found
        What is possible, and what is printed, for a reader.
    excess
        How far the number is outside of what is possible; not positive where it is inside.
    """

    rows: tuple[Hashable, ...]
    column: str
    verdict: Verdict
    expected: str
    found: str
    excess: float


# Takes a table (pandas.DataFrame) and its own options.
Check = Callable[..., list[Judgment]]


def failing(judgments: Iterable[Judgment]) -> list[Judgment]:
    """Return the judgments of numbers that fail."""
    return [judgment for judgment in judgments if judgment.verdict == "fails"]
