"""Times of the jobs of earlier runs, stored in benchmarks/jobs.csv."""

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
    """Time, memory and output size of a finished job.

    Attributes
    ----------
    scale, rule, name
        The job; its name as in :class:`triptych.engine.jobs.Job`.
    seconds
        Wall time.
    cpu_seconds
        CPU time as sampled by Snakemake: up to 30 s too low; None where not measured.
    memory_mb
        Peak memory; None where not measured.
    bytes
        Size of all outputs; None where unknown.
    device
        The device, such as ``CPU, AMD EPYC``.
    commit
        The commit that ran; a plus sign marks modified files.
    source
        ``benchmark``: Snakemake's time from start to end of the process. ``record``: the
        time in the provenance record, without imports. ``stated``: entered by hand for a
        resumed job.
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
    """Read the committed records; return none if the file is missing.

    Raises
    ------
    UserError
        The file has other columns or malformed values.
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
    """Write records sorted, so that a new run changes only its own lines."""
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
        raise ValueError(f"no seconds for {row['name']}")
    return JobRecord(**values)


def _spelled(value: Any) -> Any:
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, float) else value
