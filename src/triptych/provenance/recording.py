"""Record how the outputs of a job were made, when it ends."""

import platform
import resource
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from triptych.errors import UserError
from triptych.layout import SNAKEFILE
from triptych.provenance.making import Commit, Making, write
from triptych.storage.files import sha256
from triptych.system import environment
from triptych.system.programs import ask

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


def record_outputs(outputs: Iterable[Path], started: datetime, **job: Any) -> None:
    """Write the record of each output, in its final place, of a job that has just ended.

    Parameters
    ----------
    job
        Step, command, parameters, inputs, code, key and device, as in
        :class:`~triptych.provenance.making.Making`.
    """
    job |= {
        "started": started,
        "wall_seconds": round((datetime.now(UTC) - started).total_seconds(), 3),
        "cpu_seconds": round(_cpu_seconds(), 3),
        "commit": commit(),
        "software": versions(),
        "platform": platform.platform(),
        "environment": environment.recorded(),
    }
    for output in outputs:
        size, digest = output.stat().st_size, sha256(output)
        write(output, Making(artifact=output.as_posix(), sha256=digest, bytes=size, **job))


def commit() -> Commit:
    """Return the commit that is checked out, and whether tracked files differ from it.

    The commit is unknown where the current folder is not the top level of a repository that
    tracks the Snakefile: a project unpacked inside another repository has no commit.
    """
    own = _git("rev-parse", "--show-cdup") == ""
    tracked = own and _git("ls-files", "--error-unmatch", str(SNAKEFILE)) is not None
    head = _git("rev-parse", "HEAD") if tracked else None
    if head is None:
        return Commit(id=None, modified=None)
    changes = _git("status", "--porcelain", "--untracked-files=no")
    # Where git failed, it is unknown whether files differ.
    return Commit(id=head, modified=None if changes is None else bool(changes))


def _cpu_seconds() -> float:
    """Return the CPU time of this process and of the child processes that it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _git(*arguments: str) -> str | None:
    """Return the output of git; None where it fails, is missing, or takes too long."""
    try:
        answer = ask(["git", *arguments], patience=_PATIENCE, remedy="see why git does not end")
    except (OSError, UserError):
        return None
    return None if answer.returncode else answer.stdout.strip()


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that decide numbers."""
    known = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            known[package] = version(package)
        except PackageNotFoundError:
            continue
    return known
