"""Times and sizes of files, in the unit that fits."""

_TIMES = ((86400, "days"), (3600, "h"), (60, "min"))
_SIZES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
# A smaller number has a decimal.
_WHOLE = 10


def duration(seconds: float) -> str:
    """Write a time, such as ``2.5 h``."""
    for size, unit in _TIMES:
        if seconds >= 2 * size:
            return f"{_number(seconds / size)} {unit}"
    return f"{_number(seconds)} s"


def file_size(count: float) -> str:
    """Write a number of bytes, such as ``2.5 MB``."""
    for size, unit in _SIZES:
        if count >= size:
            return f"{_number(count / size)} {unit}"
    return f"{count:.0f} bytes"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= _WHOLE else f"{value:.1f}"
