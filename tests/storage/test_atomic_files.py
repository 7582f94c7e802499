"""Files appear complete or not at all."""

import errno
import hashlib
import os
import stat
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from support import tree

from triptych.storage.files import replacing, sha256, write_text

WRITE_SLOWLY = """
import sys, time
from pathlib import Path
from triptych.storage.files import replacing

with replacing(Path(sys.argv[1])) as temporary, temporary.open("w") as file:
    file.write("a" * 50)
    file.flush()
    print("half", flush=True)
    time.sleep(float(sys.argv[2]))
    file.write("a" * 50)
"""


@pytest.mark.parametrize("before", [{}, {"table.csv": b"old"}], ids=["no file", "an old file"])
@pytest.mark.parametrize("failure", [None, ValueError, KeyboardInterrupt, SystemExit])
def test_a_file_is_replaced_at_the_end_of_a_block_that_does_not_fail(
    tmp_path: Path, before: dict[str, bytes], failure: type[BaseException] | None
) -> None:
    for name, content in before.items():
        (tmp_path / name).write_bytes(content)

    end = pytest.raises(failure) if failure else nullcontext()
    with end, replacing(tmp_path / "table.csv") as temporary:
        temporary.write_text("new")
        assert tree(tmp_path) == {**before, temporary.name: b"new"}
        if failure:
            raise failure

    assert tree(tmp_path) == (before if failure else {"table.csv": b"new"})


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls to the disk in order: what is synced, what is renamed."""
    asked: list[str] = []
    sync, rename = os.fsync, os.replace

    def noting_sync(opened: int) -> None:
        asked.append(f"sync {Path(os.readlink(f'/proc/self/fd/{opened}')).name}")
        sync(opened)

    def noting_rename(old: Path, new: Path) -> None:
        asked.append(f"rename {Path(old).name} {Path(new).name}")
        rename(old, new)

    monkeypatch.setattr(os, "fsync", noting_sync)
    monkeypatch.setattr(os, "replace", noting_rename)
    return asked


def test_the_content_is_on_the_disk_before_the_name_and_the_name_at_the_end(
    tmp_path: Path, on_disk: list[str]
) -> None:
    with replacing(tmp_path / "table.csv") as temporary:
        temporary.write_text("new")

    assert on_disk == [
        f"sync {temporary.name}",
        f"rename {temporary.name} table.csv",
        f"sync {tmp_path.name}",
    ]


def test_a_disk_that_fails_while_the_content_is_written_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    write_text(tmp_path / "table.csv", "old")
    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="No space left"):
        write_text(tmp_path / "table.csv", "new")

    assert tree(tmp_path) == {"table.csv": b"old"}


def test_a_file_system_that_cannot_sync_folders_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def files_only(opened: int) -> None:
        if stat.S_ISDIR(os.fstat(opened).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(opened)

    monkeypatch.setattr(os, "fsync", files_only)

    write_text(tmp_path / "table.csv", "new")

    assert (tmp_path / "table.csv").read_text() == "new"


@pytest.mark.parametrize("name", ["figure.svg", "new/folder/a.safetensors", "a.tar.gz", "noname"])
def test_the_temporary_file_is_in_the_folder_of_the_path_and_keeps_its_suffix(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name

    with replacing(path) as temporary:
        assert temporary.suffix == path.suffix
        assert temporary.parent == path.parent
        assert temporary != path
        temporary.touch()
    assert path.is_file()


def test_a_block_that_writes_nothing_fails_and_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")

    with pytest.raises(OSError, match=r"table\.csv"), replacing(path):
        pass

    assert tree(tmp_path) == {"table.csv": b"old"}


def test_what_a_killed_process_left_is_not_in_the_way(tmp_path: Path, start: Any) -> None:
    killed = start(WRITE_SLOWLY, str(tmp_path / "table.csv"), "60")
    assert killed.stdout.readline() == "half\n"
    killed.kill()
    killed.wait()

    write_text(tmp_path / "table.csv", "new")

    assert (tmp_path / "table.csv").read_text() == "new"


def test_two_processes_that_write_one_file_do_not_mix_their_bytes(
    tmp_path: Path, start: Any
) -> None:
    # An orphan of a killed workflow still writes when the next workflow writes the file.
    path = tmp_path / "table.csv"
    orphan = start(WRITE_SLOWLY, str(path), "0.5")
    assert orphan.stdout.readline() == "half\n"

    write_text(path, "b" * 10)

    assert orphan.wait() == 0
    assert path.read_text() in ("a" * 100, "b" * 10)


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_who_may_read_the_file_is_for_the_user_to_say(tmp_path: Path, mask: int, mode: int) -> None:
    before = os.umask(mask)
    try:
        write_text(tmp_path / "table.csv", "new")
    finally:
        os.umask(before)

    # Temporary files are private by default; results are read by web servers and colleagues.
    assert (tmp_path / "table.csv").stat().st_mode & 0o777 == mode


def test_text_is_written_in_utf_8_with_plain_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"

    write_text(path, "Schöttle\nε\n")

    assert path.read_bytes() == "Schöttle\nε\n".encode()


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"abc" * 100_000)

    assert sha256(path) == hashlib.sha256(b"abc" * 100_000).hexdigest()
