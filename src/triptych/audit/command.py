"""``triptych audit``: checks of any table of printed numbers."""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter, Token
from cyclopts.validators import Number

_MEAN, _GRAIN, _MONOTONE, _HALF = "mean-of-classes", "granularity", "monotone", "half-budget"
_ORDERS, _FLOOR, _PERCENT = "orders", "frechet-floor", "percentages"

Name = Literal[
    "mean-of-classes",
    "granularity",
    "monotone",
    "half-budget",
    "orders",
    "frechet-floor",
    "percentages",
]


def _divided(_: Any, tokens: Sequence[Token]) -> tuple[str, ...]:
    """Divide names at commas; quotes keep a comma in a name."""
    return tuple(name for token in tokens for name in next(csv.reader([token.value]), ()))


def _of(*checks: str) -> Parameter:
    """Return an option that the help lists for each of some checks."""
    return Parameter(group=checks)


Text = str | None
# One word for each option: a table may follow it.
Names = Annotated[tuple[str, ...] | None, Parameter(consume_multiple=False, converter=_divided)]


@dataclass(frozen=True)
class Options:
    """The options of all checks.

    Parameters
    ----------
    of
        Columns of numbers: A,B. For mean-of-classes and percentages: the parts.
    mean
        Column of the mean of the parts.
    n
        Number of items behind each number, such as images: an integer or a column.
    quantity
        Share in [0, 1], share in percent, or mean of integers.
    budget
        Column of the attack's budget, such as epsilon.
    rising
        The numbers must rise with the budget, such as an attack's success.
    defense
        Column: share that is correct or rejected under the strongest attack.
    classifier
        Column: share that a classifier without rejection gets right under attack.
    false_positives
        Share of clean inputs that the defense rejects: a number or a column.
    proven
        No classifier at all can exceed the column of the classifier.
    name
        Columns that name what is ranked.
    across
        Columns whose contents are rankings of the same quantity, such as file.
    lower
        Columns whose smaller number is better.
    order
        The order in the text, the best first: "A>B>C".
    floor
        Distance between real images, by the same network: a number or a column.
    floor_n
        Number of images behind the floor; that of the distances by default.
    total
        What the parts add up to: a number or a column; 100 by default.
    by
        Columns that tell groups of rows apart, such as curves.
    rounding
        To the nearest number; or any, with up, down and cut off.
    decimals
        Decimals of the printed numbers, where the file has lost trailing zeros.
    """

    of: Annotated[Names, _of(_MEAN, _GRAIN, _MONOTONE, _ORDERS, _FLOOR, _PERCENT)] = None
    mean: Annotated[Text, _of(_MEAN)] = None
    n: Annotated[Text, _of(_GRAIN, _FLOOR)] = None
    quantity: Annotated[Literal["share", "percent", "mean"] | None, _of(_GRAIN)] = None
    budget: Annotated[Text, _of(_MONOTONE, _HALF)] = None
    rising: Annotated[bool | None, _of(_MONOTONE)] = None
    defense: Annotated[Text, _of(_HALF)] = None
    classifier: Annotated[Text, _of(_HALF)] = None
    false_positives: Annotated[Text, _of(_HALF)] = None
    proven: Annotated[bool | None, _of(_HALF)] = None
    name: Annotated[Names, _of(_ORDERS)] = None
    across: Annotated[Names, _of(_ORDERS)] = None
    lower: Annotated[Names, _of(_ORDERS)] = None
    order: Annotated[Text, _of(_ORDERS)] = None
    floor: Annotated[Text, _of(_FLOOR)] = None
    floor_n: Annotated[Text, _of(_FLOOR)] = None
    total: Annotated[Text, _of(_PERCENT)] = None
    by: Annotated[Names, _of(_MONOTONE, _HALF, _ORDERS, _PERCENT)] = None
    rounding: Annotated[Literal["nearest", "any"] | None, _of(_MEAN, _GRAIN, _PERCENT)] = None
    decimals: Annotated[int | None, Parameter(validator=Number(gte=0, lte=15))] = None


def audit(
    tables: list[Path],
    /,
    *,
    check: Name,
    options: Annotated[Options, Parameter(name="*")] = Options(),
    json: bool = False,
) -> None:
    """Check the printed numbers of any table (CSV), without a run.

    Name each row that fails, and exit with 1 if one does. A check that no number can fail says
    "no power" and does not fail. docs/audit.md has the reason and the limits of each check.

    Parameters
    ----------
    tables
        Tables with a heading, one below the other; column "file" has each row's table.
    check
        The check; its options are listed below.
    json
        Print JSON with every judgment.
    """
    from triptych.audit.checks import judge
    from triptych.audit.judgments import failing
    from triptych.audit.reading import read_tables
    from triptych.audit.words import as_json, as_text

    table = read_tables(tables)
    judgments = judge(check, table, asdict(options))
    print((as_json if json else as_text)(check, table, judgments))
    if failing(judgments):
        raise SystemExit(1)
