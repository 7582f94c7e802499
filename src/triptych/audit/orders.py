"""Orders: of one quantity in several columns or tables, or in a table and a text."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from triptych.audit.judgments import Judgment
from triptych.audit.numbers import Printed, column, groups, place, require
from triptych.errors import UserError


@dataclass(frozen=True)
class _Place:
    """A name's row in a ranking, its number as printed, and the same, the largest best."""

    row: Hashable
    printed: Printed
    rank: Printed


Ranking = Mapping[str, _Place]


def orders(
    table: pd.DataFrame,
    *,
    name: Sequence[str],
    of: Sequence[str],
    by: Sequence[str] = (),
    across: Sequence[str] = (),
    lower: Sequence[str] = (),
    order: str | None = None,
    decimals: int | None = None,
) -> list[Judgment]:
    """Compare the orders that several rankings give the same names, or with that of a text.

    Two names fail if one ranking has the first above the second, whatever was rounded, and
    another ranking or the text has them in the opposite order.

    Parameters
    ----------
    name
        The columns whose cells name what is ranked.
    of, across
        The columns of the numbers. Each is a ranking of its own, for each content of the
        columns ``across``, such as the name of a table.
    by
        The columns whose contents are ranked separately, such as a data set.
    lower
        Those of the columns in ``of`` whose smaller number is better.
    order
        The order in the text, the best first: ``A>B`` or ``A>B>C``.
    decimals
        See :func:`triptych.audit.numbers.column`.

    Raises
    ------
    UserError
        A name is twice in a ranking, or the text's order has a name that no ranking has.
    """
    require(table, (*name, *of, *lower))
    judgments: list[Judgment] = []
    known: set[str] = set()
    for _, rows in groups(table, by):
        rankings = {
            ", ".join(filter(None, (number, part))): _ranking(
                ranked, name, column(ranked, number, decimals), number in lower
            )
            for part, ranked in groups(rows, across)
            for number in of
        }
        known |= {one for ranking in rankings.values() for one in ranking}
        if order is None:
            for pair in combinations(rankings.items(), 2):
                judgments += _against_each_other(*pair)
        else:
            for title, ranking in rankings.items():
                judgments += _against_text(title, ranking, _names(order))
    if order is not None and (unknown := [one for one in _names(order) if one not in known]):
        raise UserError(
            expected=f"names of the table: {', '.join(sorted(known))}",
            found=", ".join(unknown),
            where=f"the order {order}",
            remedy="write the names as the table does, the best first: A>B",
        )
    return judgments


def _names(order: str) -> list[str]:
    return [one.strip() for one in order.split(">")]


def _ranking(
    rows: pd.DataFrame, name: Sequence[str], numbers: Mapping[Hashable, Printed], lower: bool
) -> Ranking:
    ranking: dict[str, _Place] = {}
    for row, number in numbers.items():
        label = ", ".join(str(rows.at[row, part]) for part in name)
        if label in ranking:
            raise UserError(
                expected="each name once in a ranking",
                found=label,
                where=place(row),
                remedy="tell the rankings apart with --by or --across, or name more columns",
            )
        ranking[label] = _Place(row, number, -number if lower else number)
    return ranking


def _against_each_other(one: tuple[str, Ranking], other: tuple[str, Ranking]) -> Iterator[Judgment]:
    (first_title, first), (second_title, second) = one, other
    for a, b in combinations([label for label in first if label in second], 2):
        gaps = [_gap(ranking, a, b) for ranking in (first, second)]
        opposed = gaps[0] * gaps[1] < 0
        yield Judgment(
            tuple(dict.fromkeys(r[label].row for r in (first, second) for label in (a, b))),
            f"{first_title}; {second_title}",
            "fails" if opposed else "passes",
            "one order",
            f"{_said(first, a, b)}; {_said(second, a, b)}",
            min(map(abs, gaps)) * (1 if opposed else -1),
        )


def _against_text(title: str, ranking: Ranking, names: Sequence[str]) -> Iterator[Judgment]:
    for better, worse in combinations(names, 2):
        if better in ranking and worse in ranking:
            gap = _gap(ranking, better, worse)
            yield Judgment(
                (ranking[better].row, ranking[worse].row),
                title,
                "fails" if gap < 0 else "passes",
                f"{better} > {worse}",
                _said(ranking, better, worse),
                -gap,
            )


def _gap(ranking: Ranking, a: str, b: str) -> float:
    """Return how far a name is above another; 0 where rounding hides the order."""
    one, other = ranking[a].rank, ranking[b].rank
    decided = one.exceeds(other) or other.exceeds(one)
    return float(one.value - other.value) if decided else 0.0


def _said(ranking: Ranking, a: str, b: str) -> str:
    gap = _gap(ranking, a, b)
    sign = ">" if gap > 0 else "<" if gap < 0 else "="
    return f"{a} ({ranking[a].printed}) {sign} {b} ({ranking[b].printed})"
