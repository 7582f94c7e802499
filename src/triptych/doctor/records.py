"""How long the jobs of earlier runs took, as benchmarks/jobs.csv keeps it."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from triptych.errors import UserError
from triptych.storage.files import write_text

RECORDS = Path("benchmarks/jobs.csv")


@dataclass(frozen=True)
class JobRecord:
    """What one finished job took.

    Attributes
    ----------
    scale, rule, name
        Which job it was; the name as in :class:`triptych.engine.jobs.Job`.
    seconds
        By the clock.
    cpu_seconds
        Of the CPU, as Snakemake samples it: up to 30 s too few; None where not measured.
    memory_mb
        Most memory at a time; None where not measured.
    bytes
        Of all outputs together; None where not known.
    device
        What it ran on, such as ``CPU, AMD EPYC``.
    commit
        The commit whose code ran; with a plus sign where files differed from it.
    source
        ``benchmark``: Snakemake's, from start to end of the process. ``record``: of
        provenance, without start and imports. ``stated``: by hand, of a resumed job.
    amount, shape, size
        As in :class:`triptych.job.work.Work`; empty for a step that declares no work.
    """

    scale: str
    rule: str
    name: str
    seconds: float
    cpu_seconds: float | None
    memory_mb: float | None
    bytes: int | None
    device: str
    commit: str
    source: str
    amount: float | None
    shape: str
    size: float | None

    @property
    def on_gpu(self) -> bool:
        """Whether the device is a GPU."""
        return not self.device.startswith("CPU")


_COLUMNS = tuple(field.name for field in fields(JobRecord))
_NUMBERS = ("seconds", "cpu_seconds", "memory_mb", "amount", "size")


def read_records(path: Path = RECORDS) -> list[JobRecord]:
    """Read the committed records; none where the file is not there.

    Raises
    ------
    UserError
        The file holds something else.
    """
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [_parse(row) for row in csv.DictReader(file, strict=True)]
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise UserError(
            expected=f"the columns {', '.join(_COLUMNS)}",
            found=f"{type(error).__name__}: {error}",
            where=str(path),
            remedy=f"restore the file: git checkout {path}",
        ) from None


def write_records(records: Iterable[JobRecord], path: Path = RECORDS) -> None:
    """Write records, sorted, so that a new run changes its own lines alone."""
    rows = sorted(records, key=lambda record: (record.name, record.device))
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _spelled(value) for key, value in asdict(row).items()} for row in rows)
    write_text(path, text.getvalue())


def _parse(row: dict[str, str]) -> JobRecord:
    numbers = {name: float(row[name]) if row[name] else None for name in _NUMBERS}
    size = {"bytes": int(row["bytes"]) if row["bytes"] else None}
    values: dict[str, Any] = {**row, **numbers, **size}
    if values["seconds"] is None:
        raise ValueError(f"no seconds of {row['name']}")
    return JobRecord(**values)


def _spelled(value: Any) -> Any:
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, float) else value
