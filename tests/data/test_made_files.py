"""Fetching a file that is made from a public archive."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lfw_archives import ARCHIVE, photos_of
from scene_archives import as_zip
from servers import NOWHERE, FileServer, describe, running, without_proxy
from support import error_of

from triptych.data.fetch import fetch, fetch_all
from triptych.data.registry import Entry, PublicArchive, RegistryFile
from triptych.data.trees import write_tar
from triptych.storage.files import sha256

WHOLE = "lfw-dataset.zip"
FILES = photos_of({"Ada": 3, "Ben": 10})
RegisterAt = Callable[..., None]


@pytest.fixture
def expected(tmp_path: Path) -> bytes:
    """The photos of the only person with ten."""
    path = tmp_path / "expected.tar"
    write_tar(path, sorted((name, content) for name, content in FILES.items() if "Ben" in name))
    return path.read_bytes()


@pytest.fixture
def register_at(tmp_path: Path, expected: bytes, monkeypatch: pytest.MonkeyPatch) -> RegisterAt:
    """Make ``lfw`` an entry whose public archive has the given addresses."""
    without_proxy(monkeypatch)
    known: dict[str, Entry] = {}
    for module in ("fetch", "lfw"):
        monkeypatch.setattr(f"triptych.data.{module}.entry", known.__getitem__)

    def register(*urls: str) -> None:
        whole = PublicArchive(name=WHOLE, step="lfw_subset", urls=urls)
        digest = sha256(tmp_path / "expected.tar")
        known["lfw"] = describe("LFW", RegistryFile(name=ARCHIVE, sha256=digest, made_from=whole))
        known["other"] = describe("Other", RegistryFile(name="a", sha256=digest, urls=urls))

    return register


@pytest.fixture
def server(tmp_path: Path, register_at: RegisterAt) -> Iterator[FileServer]:
    """A server of the public archive, the entry's only address."""
    with running(FileServer()) as server:
        server.content = as_zip(tmp_path / WHOLE, FILES).read_bytes()
        register_at(server.url)
        yield server


def test_it_is_made_from_the_download_which_is_removed(
    raw: Path, server: FileServer, expected: bytes
) -> None:
    manifest = fetch("lfw", raw, None)

    assert (raw / ARCHIVE).read_bytes() == expected
    assert manifest.read_text() == f"{sha256(raw / ARCHIVE)}  {ARCHIVE}\n"
    assert sorted(path.name for path in raw.iterdir()) == ["MANIFEST.sha256", ARCHIVE]


@pytest.mark.parametrize("first", ["nowhere", "a web page", "other photos"])
def test_the_next_address_is_used_if_one_does_not_serve(
    tmp_path: Path, raw: Path, register_at: RegisterAt, server: FileServer, first: str
) -> None:
    with running(FileServer()) as other:
        if first == "a web page":
            other.content, other.content_type = b"<html>Log in</html>", "text/html"
        else:
            other.content = as_zip(tmp_path / "b.zip", photos_of({"Zoe": 10})).read_bytes()
        register_at(f"{NOWHERE}/a" if first == "nowhere" else other.url, server.url)

        fetch("lfw", raw, None)

    assert sorted(path.name for path in raw.iterdir()) == ["MANIFEST.sha256", ARCHIVE]


def test_if_none_serves_the_error_says_why_and_what_to_download(
    tmp_path: Path, raw: Path, register_at: RegisterAt, server: FileServer
) -> None:
    server.content = as_zip(tmp_path / "b.zip", photos_of({"Zoe": 10})).read_bytes()
    register_at(server.url, f"{NOWHERE}/a")

    error = error_of(fetch, "lfw", raw, None)

    assert f"{server.url}: SHA-256 " in error.found
    assert "10 photos of 1 persons" in error.found
    assert f"{NOWHERE}/a: " in error.found
    assert "connect to the network" in error.remedy
    assert error.remedy.endswith("Ask the author.")
    assert list(raw.iterdir()) == []


def test_an_archive_that_was_put_there_by_hand_needs_no_network_and_stays(
    raw: Path, register_at: RegisterAt, expected: bytes
) -> None:
    register_at(f"{NOWHERE}/a")
    raw.mkdir(parents=True)
    as_zip(raw / WHOLE, FILES)

    fetch_all({"lfw": raw}, None)

    assert (raw / ARCHIVE).read_bytes() == expected
    assert (raw / WHOLE).is_file()


def test_of_several_entries_it_counts_as_available(raw: Path, register_at: RegisterAt) -> None:
    register_at(f"{NOWHERE}/a")
    raw.mkdir(parents=True)
    as_zip(raw / WHOLE, FILES)

    error = error_of(fetch_all, {"lfw": raw, "other": raw.with_name("other")}, None)

    assert f"a of other: {NOWHERE}/a: ConnectionError" in error.found
    assert ARCHIVE not in error.found


def test_the_mirror_comes_first(
    tmp_path: Path, raw: Path, server: FileServer, expected: bytes
) -> None:
    mirrored = tmp_path / "mirror" / "lfw" / ARCHIVE
    mirrored.parent.mkdir(parents=True)
    mirrored.write_bytes(expected)

    fetch("lfw", raw, tmp_path / "mirror")

    assert (raw / ARCHIVE).read_bytes() == expected
    assert server.ranges == []
