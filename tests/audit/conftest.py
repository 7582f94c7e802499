"""Tables of printed numbers, as text."""

from collections.abc import Callable, Iterable
from io import StringIO

import pandas as pd
import pytest

from triptych.audit.judgments import Judgment

Rows = Callable[[str], pd.DataFrame]


@pytest.fixture
def rows() -> Rows:
    """Make a table of the rows of a text, cells separated by blanks; a dot is a blank cell."""
    return lambda text: pd.read_csv(StringIO(text), sep=r"\s+", dtype=str, na_values=".")


@pytest.fixture
def verdicts() -> Callable[[Iterable[Judgment]], list[str]]:
    """List the verdicts of judgments."""
    return lambda judgments: [judgment.verdict for judgment in judgments]
