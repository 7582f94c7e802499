"""The record of how a file was made, and the check that it still is that file.

The record of ``FOLDER/NAME`` lies in ``FOLDER/provenance/NAME.json``.
"""

import hashlib
import json
import platform
import resource
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from triptych.errors import UserError
from triptych.storage.files import sha256, write_text
from triptych.system import environment
from triptych.system.programs import ask

FOLDER = "provenance"
# What to do about a file of the reader's that is not what was made.
MAKE_AGAIN = "delete it and run the workflow, which makes it again"
# What a result depends on; its hash is the key of the job.
IDENTITY = ("step", "parameters", "inputs", "code")
# Seconds for git, which compares all tracked files: long on a slow network disk.
_PATIENCE = 60

_PACKAGES = (
    "triptych",
    "accelerate",
    "clean-fid",
    "diffusers",
    "matplotlib",
    "numpy",
    "pandas",
    "pillow",
    "safetensors",
    "scikit-learn",
    "scipy",
    "snakemake",
    "timm",
    "torch",
    "torchmetrics",
    "torchvision",
    "transformers",
)


def record_path(artifact: Path) -> Path:
    """Where the record of an artefact lies."""
    return artifact.parent / FOLDER / f"{artifact.name}.json"


def write(artifact: Path, making: dict[str, Any]) -> None:
    """Write the record of a finished artefact.

    Parameters
    ----------
    artifact
        The file, complete and in its final place.
    making
        How it was made, from :func:`describe_making`.
    """
    record = {
        "artifact": artifact.as_posix(),
        "sha256": sha256(artifact),
        "bytes": artifact.stat().st_size,
        **making,
    }
    write_text(record_path(artifact), json.dumps(record, indent=2) + "\n")


def read(artifact: Path) -> dict[str, Any] | None:
    """The record of an artefact; None where there is none that can be read."""
    path = record_path(artifact)
    return _parse(path) if path.is_file() else None


def unaltered(artifact: Path, remedy: str = MAKE_AGAIN) -> str:
    """The SHA-256 of a file, which must be that of its record where it has one.

    Parameters
    ----------
    artifact
        The file.
    remedy
        What to do where it is another one.

    Raises
    ------
    UserError
        The file was altered or cut short since it was made.
    """
    digest = sha256(artifact)
    made = (read(artifact) or {}).get("sha256", digest)
    if made != digest:
        raise UserError(
            expected=f"the file that was made, SHA-256 {made}",
            found=f"SHA-256 {digest}: it was altered, or cut short",
            where=str(artifact),
            remedy=remedy,
        )
    return digest


def job_key(job: Mapping[str, Any]) -> str:
    """The hash that tells a job from every other: of step, parameters, inputs and code."""
    identity = {name: job[name] for name in IDENTITY}
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def describe_making(
    *,
    step: str,
    command: str,
    parameters: dict[str, Any],
    inputs: dict[str, str],
    code: str,
    key: str,
    device: str,
    started: datetime,
) -> dict[str, Any]:
    """Collect everything that made an artefact, at the end of its job.

    Parameters
    ----------
    step, command
        The step and the command line that repeats it.
    parameters
        The effective parameters, seed and threads among them.
    inputs
        SHA-256 of each input by its path.
    code
        Hash of the code, see :func:`triptych.provenance.codehash.code_hash`.
    key
        Hash of these, from :func:`job_key`.
    device
        The device in words.
    started
        When the job began.
    """
    finished = datetime.now(UTC)
    return {
        "step": step,
        "command": command,
        "parameters": parameters,
        "inputs": inputs,
        "code": code,
        "key": key,
        "commit": commit(),
        "software": {"python": platform.python_version(), **_versions()},
        "device": device,
        "platform": platform.platform(),
        "environment": environment.recorded(),
        "started": started.isoformat(timespec="seconds"),
        "wall_seconds": round((finished - started).total_seconds(), 3),
        "cpu_seconds": round(_cpu_seconds(), 3),
    }


def _cpu_seconds() -> float:
    """CPU time of this process from its start on, and of the processes that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def commit() -> dict[str, Any]:
    """The commit that is checked out, and whether tracked files differ from it.

    Unknown where the current folder is not the top level of a repository that keeps the
    Snakefile: a project that was unpacked inside another repository has no commit.
    """
    own = _git("rev-parse", "--show-cdup") == ""
    tracked = own and _git("ls-files", "--error-unmatch", "Snakefile") is not None
    head = _git("rev-parse", "HEAD") if tracked else None
    if head is None:
        return {"id": None, "modified": None}
    changes = _git("status", "--porcelain", "--untracked-files=no")
    # None where git failed: what is not known is not called unmodified.
    return {"id": head, "modified": None if changes is None else bool(changes)}


def records(folder: Path) -> Iterator[tuple[Path, dict[str, Any] | None]]:
    """Every record below a folder, with the artefact that it speaks of; None: no JSON object."""
    for path in sorted(folder.rglob(f"{FOLDER}/*.json")):
        yield path.parent.parent / path.stem, _parse(path)


def _parse(path: Path) -> dict[str, Any] | None:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _git(*arguments: str) -> str | None:
    """What git answers; None where it fails, is not there, or takes too long."""
    try:
        answer = ask(["git", *arguments], patience=_PATIENCE, remedy="see why git does not end")
    except (OSError, UserError):
        return None
    return None if answer.returncode else answer.stdout.strip()


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
