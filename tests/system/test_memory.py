"""Memory and cores of the machine, or the limits of the process's container."""

from pathlib import Path

import psutil
import pytest

from triptych.system.memory import free_memory, usable_cores, usable_memory

MB = 1_000_000
V1_UNLIMITED = "9223372036854771712"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with 64 GB, half of them free, and 16 cores."""
    memory = psutil.virtual_memory()._replace(total=64_000 * MB, available=32_000 * MB)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(16)), raising=False)


def plant(root: Path, group: str, files: dict[str, str]) -> Path:
    """Write the files of a machine's control groups."""
    inside = {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
    for name, text in {"proc/self/cgroup": group, **inside}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text + "\n")
    return root


def test_without_control_groups_it_is_the_machines(tmp_path: Path) -> None:
    assert usable_memory(tmp_path) == 64_000 * MB
    assert free_memory(tmp_path) == 32_000 * MB
    assert usable_cores(tmp_path) == 16


@pytest.mark.parametrize(
    ("group", "files"),
    [
        # Within a container of version 2 the group is the root of what is seen.
        ("0::/", {"memory.max": f"{2000 * MB}"}),
        ("0::/slice/job", {"slice/job/memory.max": f"{2000 * MB}"}),
        ("0::/slice/job", {"slice/job/memory.max": "max", "slice/memory.max": f"{2000 * MB}"}),
        ("0::/slice/job", {"slice/job/memory.max": f"{2000 * MB}",
                           "slice/memory.max": f"{8000 * MB}"}),
        ("5:memory:/docker/1\n3:cpu,cpuacct:/docker/1",
         {"memory/docker/1/memory.limit_in_bytes": f"{2000 * MB}",
          "memory/memory.limit_in_bytes": V1_UNLIMITED}),
        # Within a container of version 1 the host's name of the group is not there.
        ("5:memory:/docker/1", {"memory/memory.limit_in_bytes": f"{2000 * MB}"}),
        # Both versions at once, as in systemd's hybrid layout.
        ("5:memory:/job\n0::/job", {"memory/job/memory.limit_in_bytes": f"{2000 * MB}"}),
    ],
    ids=["2, container", "2, own", "2, around", "2, smallest", "1, own", "1, container", "both"],
)  # fmt: skip
def test_the_smallest_limit_around_the_process_counts(
    tmp_path: Path, group: str, files: dict[str, str]
) -> None:
    root = plant(tmp_path, group, files)

    assert usable_memory(root) == free_memory(root) == 2000 * MB


@pytest.mark.parametrize(
    ("group", "files"),
    [
        ("0::/job", {"job/memory.max": "max"}),
        ("0::/job", {"job/memory.max": f"{900_000 * MB}"}),
        ("0::/job", {"other/memory.max": f"{2 * MB}"}),
        ("5:memory:/job", {"memory/job/memory.limit_in_bytes": V1_UNLIMITED}),
        ("4:pids:/job", {"memory/job/memory.limit_in_bytes": f"{2 * MB}"}),
    ],
    ids=["max", "more than there is", "another group", "version 1", "another controller"],
)
def test_no_limit_of_this_process_leaves_the_machines(
    tmp_path: Path, group: str, files: dict[str, str]
) -> None:
    root = plant(tmp_path, group, files)

    assert usable_memory(root) == 64_000 * MB


@pytest.mark.parametrize(
    ("group", "files"),
    [
        ("0::/job", {"job/memory.max": f"{2000 * MB}", "job/memory.current": f"{1500 * MB}",
                     "job/memory.stat": f"anon 1\ninactive_file {300 * MB}"}),
        ("5:memory:/job", {"memory/job/memory.limit_in_bytes": f"{2000 * MB}",
                           "memory/job/memory.usage_in_bytes": f"{1500 * MB}",
                           "memory/job/memory.stat": f"total_inactive_file {300 * MB}"}),
    ],
    ids=["2", "1"],
)  # fmt: skip
def test_copies_of_files_count_as_free(tmp_path: Path, group: str, files: dict[str, str]) -> None:
    root = plant(tmp_path, group, files)

    assert free_memory(root) == 800 * MB


@pytest.mark.parametrize(
    ("group", "files", "cores"),
    [
        ("0::/job", {"job/cpu.max": "400000 100000"}, 4),
        ("0::/job", {"job/cpu.max": "150000 100000"}, 2),
        ("0::/slice/job", {"slice/job/cpu.max": "max 100000", "slice/cpu.max": "50000 100000"}, 1),
        ("0::/job", {"job/cpu.max": "max 100000"}, 16),
        ("0::/job", {"job/cpu.max": "6400000 100000"}, 16),
        ("3:cpu,cpuacct:/job", {"cpu/job/cpu.cfs_quota_us": "300000",
                                "cpu/job/cpu.cfs_period_us": "100000"}, 3),
        ("3:cpu,cpuacct:/job", {"cpu/job/cpu.cfs_quota_us": "-1",
                                "cpu/job/cpu.cfs_period_us": "100000"}, 16),
    ],
)  # fmt: skip
def test_a_share_of_the_cores_counts(
    tmp_path: Path, group: str, files: dict[str, str], cores: int
) -> None:
    root = plant(tmp_path, group, files)

    assert usable_cores(root) == cores
