"""Numbers in the sentences and tables of the findings."""

from collections.abc import Iterable, Sequence

import pandas as pd

from triptych.claims.intervals import Estimate
from triptych.personalization.artifacts.names import LABELS, Metric, metric_label
from triptych.personalization.artifacts.numbers import Gap, Numbers
from triptych.personalization.artifacts.tables import decimals_for


def title(metric: Metric, numbers: Numbers) -> str:
    """Return a metric's name for a reader."""
    return metric_label(metric, numbers.extractor)


def names(rows: Iterable[str]) -> str:
    """List rows by their labels."""
    return ", ".join(LABELS[row] for row in rows)


def decimals(numbers: Numbers, metric: Metric) -> int:
    """Return the number of decimals with which all rows of a metric are written."""
    scores = (numbers.score(row, metric) for row in numbers.rows)
    return decimals_for(score.value for score in scores if score is not None)


def written(score: Estimate, digits: int, sign: str = "") -> str:
    """Write a number with its interval, if it has one."""
    # Adding zero turns a negative zero into zero.
    value, low, high = (
        f"{round(number, digits) + 0:{sign}.{digits}f}"
        for number in (score.value, score.low, score.high)
    )
    return value if pd.isna(score.low) else f"{value} ({low} to {high})"


def verdict(gap: Gap, first: str) -> str:
    """Say what a difference decides, and why; ``first`` is its first row."""
    if gap.verdict == "too_small":
        return gap.reason
    decision = f"{LABELS[first]} is {gap.verdict}" if gap.is_decided else "undecided"
    return f"{decision} ({gap.reason})"


def scores_of_rows(numbers: Numbers, metrics: Sequence[Metric]) -> str:
    """Return some scores of every row as a table in Markdown."""
    columns = {"row": [LABELS[row] for row in numbers.rows]}
    for metric in metrics:
        scores = [numbers.score(row, metric) for row in numbers.rows]
        if any(score is not None for score in scores):
            digits = decimals(numbers, metric)
            columns[title(metric, numbers)] = [
                "-" if score is None else written(score, digits) for score in scores
            ]
    return in_markdown(columns)


def in_markdown(columns: dict[str, list[str]]) -> str:
    """Return a table in Markdown."""
    return pd.DataFrame(columns).to_markdown(index=False, disable_numparse=True)
