"""Memory and cores that this process may use on the machine or in its container.

A container, a SLURM job or a systemd service is a control group with its own limits. psutil
reports only the totals of the host.
"""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import psutil

_ROOT = Path("/")


@dataclass(frozen=True)
class _Names:
    """Names of the memory files in a version of control groups."""

    limit: str
    used: str
    cache: str


_VERSION_1 = _Names("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_VERSION_2 = _Names("memory.max", "memory.current", "inactive_file")


def usable_memory(root: Path = _ROOT) -> int:
    """Return the main memory that this process may use, in bytes.

    It is the machine's memory, or the smallest limit of the control groups of this process.
    ``root`` contains the folders ``proc`` and ``sys``; tests use another.
    """
    limits = (limit for limit, _ in _memory_limits(root))
    return min((psutil.virtual_memory().total, *limits))


def free_memory(root: Path = _ROOT) -> int:
    """Return the unused part of :func:`usable_memory` in bytes; ``root`` as there."""
    left = (max(limit - used, 0) for limit, used in _memory_limits(root))
    return min((psutil.virtual_memory().available, *left))


def usable_cores(root: Path = _ROOT) -> int:
    """Return the number of cores that this process may use; ``root`` as in usable_memory."""
    # Not on macOS.
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min((bound or 1, *(math.ceil(share) for share in _shares(root))))


def _memory_limits(root: Path) -> Iterator[tuple[int, int]]:
    """Yield each memory limit of this process with the memory in use."""
    for names, controller in ((_VERSION_2, ""), (_VERSION_1, "memory")):
        for group in _groups(root, controller):
            limit = _words(group / names.limit)
            # Without a limit, version 2 has "max" and version 1 a number above any memory.
            if limit and limit[0].isdigit():
                yield int(limit[0]), _used(group, names)


def _used(group: Path, names: _Names) -> int:
    """Return the memory in use, without the file cache, which the kernel frees on demand."""
    used = _words(group / names.used)
    statistics = _words(group / "memory.stat")
    cache = dict(zip(statistics[::2], statistics[1::2], strict=False)).get(names.cache, "0")
    return max(int(used[0]) - int(cache), 0) if used else 0


def _shares(root: Path) -> Iterator[float]:
    """Yield the number of cores whose time each control group of this process gets."""
    for group in _groups(root, ""):
        quota_and_period = _words(group / "cpu.max")
        if len(quota_and_period) == 2 and quota_and_period[0].isdigit():
            yield int(quota_and_period[0]) / int(quota_and_period[1])
    for group in _groups(root, "cpu"):
        quota, period = _words(group / "cpu.cfs_quota_us"), _words(group / "cpu.cfs_period_us")
        # -1 means no limit.
        if quota and period and quota[0].isdigit():
            yield int(quota[0]) / int(period[0])


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Yield the control group of this process and its parents; version 2 has no controller."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, name = line.split(":", 2)
        if controller in controllers.split(","):
            folder = root / "sys/fs/cgroup" / controller
            # In a container the name may be the host's: then only the outermost group exists.
            for place in (PurePosixPath(name), *PurePosixPath(name).parents):
                yield folder / place.relative_to("/")


def _words(path: Path) -> list[str]:
    return _text(path).split()


def _text(path: Path) -> str:
    # Missing, forbidden, or not Linux: then no limit is known.
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
