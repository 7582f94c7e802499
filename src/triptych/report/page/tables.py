"""CSV files and claims as tables that a reader can sort."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from triptych.claims.claims import Claim
from triptych.report.page.numbers import exact, is_number, padded, significant
from triptych.report.page.words import Verdict, in_order, verdict

# A longer table is cut on the page, which says so; one larger than the others is folded.
_MOST_ROWS = 1000
_FOLDED_ROWS = 40
WIDE_COLUMNS = 10
# Between the clauses of a reason.
_CLAUSE = "; "


@dataclass(frozen=True)
class Cell:
    """One cell: its text, and what it is sorted by where that is not the text."""

    text: str
    key: str


@dataclass(frozen=True)
class Column:
    """A column's name, and whether it holds numbers."""

    name: str
    numeric: bool


@dataclass(frozen=True)
class Table:
    """A table as it is shown.

    Attributes
    ----------
    columns, rows
        What is shown: of a very long file only its beginning.
    count
        How many rows the file has.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    count: int

    @property
    def large(self) -> bool:
        """Whether the table is folded until it is asked for."""
        return self.count > _FOLDED_ROWS or len(self.columns) > WIDE_COLUMNS


@dataclass(frozen=True)
class ClaimRow:
    """A claim as it is shown, with the numbers that its columns are sorted by.

    Attributes
    ----------
    sentence
        What the paper says, where it is said in words.
    """

    key: str
    sentence: str | None
    published: Cell
    ours: Cell
    interval: Cell
    tolerance: Cell
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class ClaimTable:
    """The claims of one artefact.

    Attributes
    ----------
    reason
        What the reasons of all verdicts have in common: the rows do not repeat it.
    verdicts
        How many of them there are of each.
    """

    rows: tuple[ClaimRow, ...]
    reason: str | None
    verdicts: tuple[tuple[Verdict, int], ...]

    @property
    def long(self) -> bool:
        """Whether the table is folded until it is asked for."""
        return len(self.rows) > _FOLDED_ROWS

    def has(self, column: str) -> bool:
        """Whether any row has something in a column."""
        cells = (getattr(row, column) for row in self.rows)
        return any(cell.text if isinstance(cell, Cell) else cell for cell in cells)


def read_table(path: Path) -> Table:
    """Read a CSV file as it is to be shown.

    Raises
    ------
    ValueError
        It is no CSV file with a header and rows of equal length.
    OSError
        It cannot be read.
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
    """Set out claims, their numbers beside the published ones.

    Parameters
    ----------
    claims
        At least one.
    sentences
        What the paper says in words, by key.
    """
    common = _common_clauses([claim.reason for claim in claims])
    published = [exact(claim.published) for claim in claims]
    if all(claim.kind != "text" for claim in claims):
        # Numbers of one table, as it prints them; sentences speak of all sorts of things.
        published = padded(published)
    counts = Counter(claim.verdict for claim in claims)
    return ClaimTable(
        rows=tuple(
            _claim_row(claim, text, sentences, common)
            for claim, text in zip(claims, published, strict=True)
        ),
        reason=_CLAUSE.join(common) or None,
        verdicts=tuple((verdict(name), counts[name]) for name in in_order(counts)),
    )


def read_sentences(path: Path) -> dict[str, str]:
    """The sentences of a paper that are checked, by key; none where there is no such file."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["key"]: row["sentence"] for row in csv.DictReader(file)}


def _numeric(values: Sequence[str]) -> bool:
    filled = [value for value in values if value]
    return bool(filled) and all(is_number(value) for value in filled)


def _common_clauses(reasons: Sequence[str]) -> list[str]:
    """The clauses that all of several reasons have, in their order."""
    first, *rest = [reason.split(_CLAUSE) for reason in reasons]
    return [clause for clause in first if rest and all(clause in other for other in rest)]


def _claim_row(
    claim: Claim, published: str, sentences: Mapping[str, str], common: Sequence[str]
) -> ClaimRow:
    # A sentence's number and the one it is held against may be of any size.
    unit = None if claim.kind == "text" else claim.published
    _, ours, low, high = significant((unit, claim.reproduced, claim.low, claim.high))
    return ClaimRow(
        key=claim.key,
        sentence=_sentence(claim.key, sentences),
        published=Cell(published, _sorted_by(claim.published)),
        ours=Cell(ours, _sorted_by(claim.reproduced)),
        interval=Cell(f"{low} to {high}" if low and high else "", _sorted_by(claim.low)),
        tolerance=Cell(exact(claim.tolerance), _sorted_by(claim.tolerance)),
        verdict=verdict(claim.verdict),
        reason=_CLAUSE.join(part for part in claim.reason.split(_CLAUSE) if part not in common),
    )


def _sentence(key: str, sentences: Mapping[str, str]) -> str | None:
    """The sentence of a claim, whose key is SOURCE/SENTENCE or SOURCE/SENTENCE/PART."""
    name = key.partition("/")[2]
    found = [known for known in sentences if name == known or name.startswith(f"{known}/")]
    return sentences[max(found, key=len)] if found else None


def _sorted_by(value: float | None) -> str:
    return "" if value is None else repr(value)
