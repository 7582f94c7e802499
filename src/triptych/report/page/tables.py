"""CSV files and claims as sortable tables."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from triptych.claims.claims import Claim
from triptych.report.page.numbers import exact, is_number, padded, significant
from triptych.report.page.words import VERDICTS, Verdict, scope_in_words

# The page cuts a longer table and says so; it folds a large one.
_MOST_ROWS = 1000
_FOLDED_ROWS = 40
WIDE_COLUMNS = 10
# Between the clauses of a reason.
_CLAUSE = "; "


@dataclass(frozen=True)
class Cell:
    """A cell: its text, and its key for sorting."""

    text: str
    key: str


@dataclass(frozen=True)
class Column:
    """The name of a column, and whether it holds numbers."""

    name: str
    numeric: bool


@dataclass(frozen=True)
class Table:
    """A table on the page: of a very long file only the beginning; ``count`` is its rows."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    count: int

    @property
    def large(self) -> bool:
        """Whether the page folds the table."""
        return self.count > _FOLDED_ROWS or len(self.columns) > WIDE_COLUMNS


@dataclass(frozen=True)
class ClaimRow:
    """A claim on the page, with the paper's sentence if it is one.

    ``scope`` is scope and number of trainings.
    """

    key: str
    sentence: str | None
    published: Cell
    reproduced: Cell
    interval: Cell
    tolerance: Cell
    scope: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class ClaimTable:
    """The claims of one artifact, and the number of claims of each verdict.

    Attributes
    ----------
    reason, scope
        What all rows have in common: the rows do not repeat it.
    """

    rows: tuple[ClaimRow, ...]
    reason: str | None
    scope: str | None
    verdicts: tuple[tuple[Verdict, int], ...]

    @property
    def long(self) -> bool:
        """Whether the page folds the table."""
        return len(self.rows) > _FOLDED_ROWS

    def has(self, column: str) -> bool:
        """Whether any row has a value in a column."""
        cells = (getattr(row, column) for row in self.rows)
        return any(cell.text if isinstance(cell, Cell) else cell for cell in cells)


def read_table(path: Path) -> Table:
    """Read a CSV file for the page.

    Raises
    ------
    ValueError
        The file has no header, or rows of different length.
    OSError
        The file cannot be read.
    """
    with path.open(encoding="utf-8", newline="") as file:
        try:
            lines = list(csv.reader(file, strict=True))
        except csv.Error as error:
            raise ValueError(str(error)) from None
    if not lines or any(len(line) != len(lines[0]) for line in lines):
        raise ValueError("no header, or rows of different length")
    names, rows = lines[0], lines[1:]
    shown = rows[:_MOST_ROWS]
    values = [[row[index] for row in shown] for index in range(len(names))]
    columns = tuple(
        Column(name, _numeric(column)) for name, column in zip(names, values, strict=True)
    )
    cells = [
        [Cell(text, value) for text, value in zip(padded(column), column, strict=True)]
        for column in values
    ]
    return Table(columns, tuple(zip(*cells, strict=True)), len(rows))


def claim_table(claims: Sequence[Claim], sentences: Mapping[str, str]) -> ClaimTable:
    """Lay out at least one claim: published and reproduced numbers in one row.

    The paper's sentences are given by key.
    """
    common = _common_clauses([claim.reason for claim in claims])
    reproduced = [claim for claim in claims if claim.reproduced is not None]
    scopes = {scope_in_words(claim) for claim in reproduced or claims}
    published = [exact(claim.published) for claim in claims]
    if all(claim.kind != "text" for claim in claims):
        # The numbers of one table have equal decimals; those of sentences have various units.
        published = padded(published)
    counts = Counter(claim.verdict for claim in claims)
    return ClaimTable(
        rows=tuple(
            _claim_row(claim, text, sentences, common, one_scope=len(scopes) == 1)
            for claim, text in zip(claims, published, strict=True)
        ),
        reason=_CLAUSE.join(common) or None,
        scope=min(scopes) if len(scopes) == 1 else None,
        verdicts=tuple((VERDICTS[name], counts[name]) for name in VERDICTS if name in counts),
    )


def read_sentences(path: Path) -> dict[str, str]:
    """Return the paper's sentences by key; none if there is no such file."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["key"]: row["sentence"] for row in csv.DictReader(file)}


def _numeric(values: Sequence[str]) -> bool:
    filled = [value for value in values if value]
    return bool(filled) and all(is_number(value) for value in filled)


def _common_clauses(reasons: Sequence[str]) -> list[str]:
    """Return the clauses that all reasons have, in their order."""
    first, *rest = [reason.split(_CLAUSE) for reason in reasons]
    return [clause for clause in first if rest and all(clause in other for other in rest)]


def _claim_row(
    claim: Claim,
    published: str,
    sentences: Mapping[str, str],
    common: Sequence[str],
    *,
    one_scope: bool,
) -> ClaimRow:
    # The number of a sentence and the computed one may differ in size.
    unit = None if claim.kind == "text" else claim.published
    _, reproduced, low, high = significant((unit, claim.reproduced, claim.low, claim.high))
    return ClaimRow(
        key=claim.key,
        sentence=sentence_of(claim.key, sentences),
        published=Cell(published, _sorted_by(claim.published)),
        reproduced=Cell(reproduced, _sorted_by(claim.reproduced)),
        interval=Cell(f"{low} to {high}" if low and high else "", _sorted_by(claim.low)),
        tolerance=Cell(exact(claim.tolerance), _sorted_by(claim.tolerance)),
        scope="" if one_scope else scope_in_words(claim),
        verdict=VERDICTS[claim.verdict],
        reason=_CLAUSE.join(part for part in claim.reason.split(_CLAUSE) if part not in common),
    )


def sentence_of(key: str, sentences: Mapping[str, str]) -> str | None:
    """Return the sentence of a claim whose key has the sentence's key as a part.

    Such as SOURCE/SENTENCE, SOURCE/SENTENCE/PART or SOURCE/MODEL/SENTENCE.
    """
    keys = [name for name in sentences if f"/{name}/" in f"{key}/"]
    return sentences[max(keys, key=len)] if keys else None


def _sorted_by(value: float | None) -> str:
    return "" if value is None else repr(value)
