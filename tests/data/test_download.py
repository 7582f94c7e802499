"""Fetching over the network, from a server of this machine."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import CONTENT, NOWHERE, FileServer, digest
from support import error_of

from triptych.data.fetch import fetch

EntryAt = Callable[..., None]
UNREACHABLE = f"{NOWHERE}/file.bin"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_downloaded_whole_with_a_manifest(server: FileServer, raw: Path) -> None:

    manifest = fetch("small", raw, None)

    assert (raw / "file.bin").read_bytes() == CONTENT
    assert manifest.read_text() == f"{digest(CONTENT)}  file.bin\n"
    assert names(raw) == ["MANIFEST.sha256", "file.bin"]
    assert server.ranges == [None]


def test_a_download_is_verified_by_md5_where_that_is_pinned(
    server: FileServer, entry_at: EntryAt, raw: Path
) -> None:
    entry_at(server.url, md5=hashlib.md5(CONTENT).hexdigest())
    server.content = CONTENT[:-1]
    assert "hash" in error_of(fetch, "small", raw, None).found
    assert names(raw) == []

    server.content = CONTENT
    manifest = fetch("small", raw, None)

    assert (raw / "file.bin").read_bytes() == CONTENT
    assert manifest.read_text() == f"{digest(CONTENT)}  file.bin\n"


def test_what_is_there_is_not_downloaded_again(server: FileServer, raw: Path) -> None:
    fetch("small", raw, None)

    fetch("small", raw, None)

    assert len(server.ranges) == 1


def test_the_mirror_comes_before_the_network(
    server: FileServer, raw: Path, mirror_folder: Path
) -> None:

    fetch("small", raw, mirror_folder)

    assert server.ranges == []


def test_a_download_that_was_cut_off_leaves_no_file_and_carries_on_each_time(
    server: FileServer, raw: Path
) -> None:
    expected, received = [None], 0
    for cut in (140_000, 90_000):
        server.cut_after = cut
        assert server.url in error_of(fetch, "small", raw, None).found
        assert not (raw / "file.bin").exists()
        before, received = received, (raw / "file.bin.part").stat().st_size
        assert before < received <= before + cut
        expected.append(f"bytes={received}-")

    fetch("small", raw, None)

    assert server.ranges == expected
    assert (raw / "file.bin").read_bytes() == CONTENT
    assert names(raw) == ["MANIFEST.sha256", "file.bin"]


def test_a_server_that_knows_no_ranges_is_asked_for_the_whole_again(
    server: FileServer, raw: Path
) -> None:
    server.understands_ranges = False
    server.cut_after = len(CONTENT) // 2
    error_of(fetch, "small", raw, None)

    fetch("small", raw, None)

    assert server.ranges[1] is not None
    assert (raw / "file.bin").read_bytes() == CONTENT
    assert names(raw) == ["MANIFEST.sha256", "file.bin"]


def test_a_partial_file_that_is_as_long_as_the_whole_is_dropped(
    server: FileServer, raw: Path
) -> None:
    raw.mkdir(parents=True)
    (raw / "file.bin.part").write_bytes(b"x" * len(CONTENT))

    fetch("small", raw, None)

    assert server.ranges == [f"bytes={len(CONTENT)}-", None]
    assert (raw / "file.bin").read_bytes() == CONTENT


@pytest.mark.parametrize(
    "spoil", [lambda c: b"x" + c[1:], lambda c: c[:-1], lambda c: c + b"x", lambda c: b""],
    ids=["altered", "shorter", "longer", "empty"],
)  # fmt: skip
def test_wrong_content_is_refused_and_nothing_is_kept(
    server: FileServer, raw: Path, spoil: Callable[[bytes], bytes]
) -> None:
    server.content = spoil(CONTENT)

    error = error_of(fetch, "small", raw, None)

    assert digest(CONTENT) in error.expected
    assert server.url in error.found
    assert "hash" in error.found
    assert names(raw) == []

    # The bad bytes do not block the good ones.
    server.content = CONTENT
    fetch("small", raw, None)
    assert (raw / "file.bin").read_bytes() == CONTENT


def test_a_web_page_instead_of_the_file_is_named(server: FileServer, raw: Path) -> None:
    raw.mkdir(parents=True)
    (raw / "file.bin.part").write_bytes(CONTENT[:1000])
    server.content_type = "text/html; charset=utf-8"

    assert "the response is a web page" in error_of(fetch, "small", raw, None).found
    # What had arrived before is kept.
    assert (raw / "file.bin.part").read_bytes() == CONTENT[:1000]


def test_a_wrong_partial_file_spoils_one_attempt_only(server: FileServer, raw: Path) -> None:
    raw.mkdir(parents=True)
    (raw / "file.bin.part").write_bytes(b"x" * 100_000)
    error_of(fetch, "small", raw, None)

    fetch("small", raw, None)

    assert server.ranges == ["bytes=100000-", None]
    assert (raw / "file.bin").read_bytes() == CONTENT


def test_the_second_address_is_tried_when_the_first_fails(
    server: FileServer, entry_at: EntryAt, raw: Path
) -> None:
    entry_at(UNREACHABLE, server.url)

    fetch("small", raw, None)

    assert (raw / "file.bin").read_bytes() == CONTENT


def test_an_answer_that_is_an_error_is_reported_with_its_address(
    server: FileServer, entry_at: EntryAt, raw: Path
) -> None:
    entry_at(f"{server.url}?first", UNREACHABLE)
    server.content = b""
    raw.mkdir(parents=True)
    # The server refuses any range of nothing, and is then asked for the whole nothing.
    (raw / "file.bin.part").write_bytes(b"x")

    error = error_of(fetch, "small", raw, None)

    assert f"{server.url}?first: " in error.found
    assert f"{UNREACHABLE}: " in error.found


def test_a_full_disk_is_not_taken_for_a_broken_network(server: FileServer, raw: Path) -> None:
    full = Path("/dev/full")
    if not full.is_char_device():
        pytest.skip("this system has no device that is always full")
    raw.mkdir(parents=True)
    (raw / "file.bin.part").symlink_to(full)

    # Passed on as it is: the command line says what to do about a full disk.
    with pytest.raises(OSError, match="No space left on device"):
        fetch("small", raw, None)
