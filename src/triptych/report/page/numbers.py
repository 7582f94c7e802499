"""Numbers on the page, with as many digits as they need."""

import math
import re
from collections.abc import Sequence
from decimal import Decimal

_PLAIN = re.compile(r"-?\d+(\.\d+)?")
_SIGNIFICANT, _DECIMALS, _MOST_DECIMALS, _TINY = 4, 4, 6, 0.001
# From here on digits are grouped.
_LARGE = 10_000


def significant(values: Sequence[float | None]) -> list[str]:
    """Format numbers of one unit with equal decimals, by the largest of them.

    None becomes an empty text.
    """
    largest = max((abs(value) for value in values if value is not None), default=0.0)
    exponent = math.floor(math.log10(largest)) if largest else 0
    most = _MOST_DECIMALS if 0 < largest < _TINY else _DECIMALS
    decimals = min(most, max(0, _SIGNIFICANT - 1 - exponent))
    return ["" if value is None else f"{value:,.{decimals}f}" for value in values]


def exact(value: float | None) -> str:
    """Format a number without zeros at its end; None becomes an empty text."""
    if value is None:
        return ""
    number = Decimal(repr(value)).normalize()
    return f"{number:,f}" if abs(value) >= _LARGE else f"{number:f}"


def padded(texts: Sequence[str]) -> list[str]:
    """Return the numbers of a column with equal decimals: as many as the longest needs.

    Other texts do not change, nor does a column without decimals.
    """
    plain = [text for text in texts if _PLAIN.fullmatch(text)]
    decimals = max((_needed_decimals(text) for text in plain), default=0)
    if not any("." in text for text in plain):
        return list(texts)
    return [f"{Decimal(text):.{decimals}f}" if _PLAIN.fullmatch(text) else text for text in texts]


def is_number(text: str) -> bool:
    """Return whether a text is a finite number."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _needed_decimals(text: str) -> int:
    """Return the number of decimals without zeros at the end."""
    return len(text.partition(".")[2].rstrip("0"))
