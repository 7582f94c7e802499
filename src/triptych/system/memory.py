"""Memory and cores that this process may use: those of the machine, or of its container.

A container, a job of SLURM or a service of systemd is a control group with limits of its own;
the machine's totals, which psutil tells, are those of the host.
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
    """Where a version of control groups keeps its memory."""

    limit: str
    used: str
    cache: str


_VERSION_1 = _Names("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_VERSION_2 = _Names("memory.max", "memory.current", "inactive_file")


def usable_memory(root: Path = _ROOT) -> int:
    """Main memory that this process may use, in bytes.

    Parameters
    ----------
    root
        The folder that holds ``proc`` and ``sys``; another one in tests.

    Returns
    -------
    int
        The machine's memory, or the smallest limit of the control groups around this process.
    """
    limits = (limit for limit, _ in _memory_limits(root))
    return min((psutil.virtual_memory().total, *limits))


def free_memory(root: Path = _ROOT) -> int:
    """What of :func:`usable_memory` is not in use, in bytes.

    Parameters
    ----------
    root
        As in :func:`usable_memory`.
    """
    left = (max(limit - used, 0) for limit, used in _memory_limits(root))
    return min((psutil.virtual_memory().available, *left))


def usable_cores(root: Path = _ROOT) -> int:
    """How many cores this process may use: those it is bound to, or its share of them.

    Parameters
    ----------
    root
        As in :func:`usable_memory`.
    """
    # Not on macOS.
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min((bound or 1, *(math.ceil(share) for share in _shares(root))))


def _memory_limits(root: Path) -> Iterator[tuple[int, int]]:
    """Each limit around this process, and how much of it is taken."""
    for names, controller in ((_VERSION_2, ""), (_VERSION_1, "memory")):
        for group in _groups(root, controller):
            limit = _words(group / names.limit)
            # Without a limit, version 2 says "max" and version 1 a number beyond any memory.
            if limit and limit[0].isdigit():
                yield int(limit[0]), _used(group, names)


def _used(group: Path, names: _Names) -> int:
    """Taken and not given back when needed: copies of files are."""
    used = _words(group / names.used)
    statistics = _words(group / "memory.stat")
    cache = dict(zip(statistics[::2], statistics[1::2], strict=False)).get(names.cache, "0")
    return max(int(used[0]) - int(cache), 0) if used else 0


def _shares(root: Path) -> Iterator[float]:
    """How many cores' time each control group around this process gets."""
    for group in _groups(root, ""):
        given = _words(group / "cpu.max")
        if len(given) == 2 and given[0].isdigit():
            yield int(given[0]) / int(given[1])
    for group in _groups(root, "cpu"):
        quota, period = _words(group / "cpu.cfs_quota_us"), _words(group / "cpu.cfs_period_us")
        # -1 where there is none.
        if quota and period and quota[0].isdigit():
            yield int(quota[0]) / int(period[0])


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The control group of this process and those around it; of version 2 without a controller."""
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, controllers, name = line.split(":", 2)
        if controller in controllers.split(","):
            folder = root / "sys/fs/cgroup" / controller
            # Within a container the name may be the host's: then only the outermost is there.
            for place in (PurePosixPath(name), *PurePosixPath(name).parents):
                yield folder / place.relative_to("/")


def _words(path: Path) -> list[str]:
    return _text(path).split()


def _text(path: Path) -> str:
    # Gone, forbidden, or no Linux: then nothing is known of a limit.
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
