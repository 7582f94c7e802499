"""Files with records, as a step would have written them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from triptych.provenance.making import Making, job_key, write
from triptych.storage.files import sha256

STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def making_of(
    artifact: Path,
    inputs: Mapping[str, str] | Iterable[Path] = (),
    *,
    step: str = "adversarial.calibrate",
    parameters: Mapping[str, Any] | None = None,
    code: str = "0123456789abcdef",
    **others: Any,
) -> Making:
    """Return the record of a file; inputs are files, or hashes by path.

    The file must be there, unless its hash and size are given.
    """
    if not isinstance(inputs, Mapping):
        inputs = {path.as_posix(): sha256(path) for path in inputs}
    job: dict[str, Any] = {
        "step": step,
        "parameters": dict(parameters or {}),
        "inputs": dict(inputs),
        "code": code,
    }
    if "sha256" not in others:
        others |= {"sha256": sha256(artifact), "bytes": artifact.stat().st_size}
    known: dict[str, Any] = {
        "artifact": artifact.as_posix(),
        "command": f"triptych {step.replace('.', ' ').replace('_', '-')}",
        "key": job_key(**job),
        "commit": {"id": None, "modified": None},
        "software": {"python": "3", "triptych": "1"},
        "device": "CPU, one of glass",
        "platform": "Linux",
        "started": STARTED,
        "wall_seconds": 1.0,
        "cpu_seconds": 1.0,
    }
    return Making(**{**known, **job, **others})


def record(
    artifact: Path, inputs: Mapping[str, str] | Iterable[Path] = (), **options: Any
) -> Making:
    """Write the record of a file that is there, see :func:`making_of`."""
    making = making_of(artifact, inputs, **options)
    write(artifact, making)
    return making


def make(path: Path, *inputs: Path, text: str = "") -> None:
    """Write a file and its record as a step would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or f"{path}\n")
    record(path, inputs)
