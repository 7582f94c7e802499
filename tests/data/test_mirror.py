"""Fetching from a folder: the right bytes or none."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import CONTENT, NOWHERE, digest
from support import error_of

from triptych.data.fetch import fetch, mirror_from, verified

EntryAt = Callable[..., None]


@pytest.fixture(autouse=True)
def _without_network(entry_at: EntryAt) -> None:
    entry_at(f"{NOWHERE}/file.bin")


def altered(content: bytes) -> bytes:
    return content[:1000] + b"x" + content[1001:]


def truncated(content: bytes) -> bytes:
    return content[:-1]


def test_a_file_is_copied_from_the_mirror_with_a_manifest(raw: Path, mirror_folder: Path) -> None:
    manifest = fetch("small", raw, mirror_folder)

    assert (raw / "file.bin").read_bytes() == CONTENT
    assert manifest.read_text() == f"{digest(CONTENT)}  file.bin\n"
    assert sorted(path.name for path in raw.iterdir()) == ["MANIFEST.sha256", "file.bin"]
    # The mirror is unchanged.
    assert [path.name for path in (mirror_folder / "small").iterdir()] == ["file.bin"]
    assert (mirror_folder / "small" / "file.bin").read_bytes() == CONTENT


@pytest.mark.parametrize("spoil", [altered, truncated])
def test_a_mirror_file_of_other_bytes_is_refused_and_nothing_is_copied(
    raw: Path, mirror_folder: Path, spoil: Callable[[bytes], bytes]
) -> None:
    source = mirror_folder / "small" / "file.bin"
    source.write_bytes(spoil(CONTENT))

    error = error_of(fetch, "small", raw, mirror_folder)

    assert error.where == str(source)
    assert digest(CONTENT) in error.expected
    assert digest(spoil(CONTENT)) in error.found
    assert "nothing was copied" in error.remedy
    assert not raw.exists()


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda _: b"", "an empty file"),
        (lambda _: b"<!DOCTYPE html><html>Log in</html>", "a web page"),
        (lambda _: b"version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS"),
        (truncated, "truncated (299999 of 300000 bytes)"),
        (altered, "altered or damaged"),
        (lambda content: content + b"x", "another version of it"),
    ],
    ids=["empty", "web page", "LFS pointer", "cut short", "altered", "longer"],
)
def test_another_hash_is_refused_with_the_likely_cause(
    raw: Path, spoil: Callable[[bytes], bytes], cause: str
) -> None:
    raw.mkdir(parents=True)
    (raw / "file.bin").write_bytes(spoil(CONTENT))

    error = error_of(fetch, "small", raw, None)

    assert f"most likely {cause}" in error.found.replace("the right file, ", "")


@pytest.mark.parametrize("spoil", [altered, truncated])
def test_a_good_file_that_is_there_is_kept_whatever_the_mirror_holds(
    raw: Path, mirror_folder: Path, spoil: Callable[[bytes], bytes]
) -> None:
    fetch("small", raw, mirror_folder)
    inode = (raw / "file.bin").stat().st_ino
    (mirror_folder / "small" / "file.bin").write_bytes(spoil(CONTENT))

    fetch("small", raw, mirror_folder)

    assert (raw / "file.bin").read_bytes() == CONTENT
    assert (raw / "file.bin").stat().st_ino == inode


def test_a_good_file_is_enough_without_mirror_and_network(raw: Path) -> None:
    raw.mkdir(parents=True)
    (raw / "file.bin").write_bytes(CONTENT)

    assert fetch("small", raw, None).is_file()


@pytest.mark.parametrize("spoil", [altered, truncated])
def test_a_bad_file_that_is_there_is_refused_and_not_overwritten(
    raw: Path, mirror_folder: Path, spoil: Callable[[bytes], bytes]
) -> None:
    raw.mkdir(parents=True)
    (raw / "file.bin").write_bytes(spoil(CONTENT))

    error = error_of(fetch, "small", raw, mirror_folder)

    assert error.where == str(raw / "file.bin")
    assert digest(CONTENT) in error.expected
    assert digest(spoil(CONTENT)) in error.found
    assert (raw / "file.bin").read_bytes() == spoil(CONTENT)
    assert not (raw / "MANIFEST.sha256").exists()


@pytest.mark.parametrize("with_mirror", [False, True])
def test_without_network_and_mirror_the_error_says_what_was_tried_and_the_three_ways_out(
    raw: Path, tmp_path: Path, with_mirror: bool
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    error = error_of(fetch, "small", raw, empty if with_mirror else None)

    assert f"{raw / 'file.bin'}: no such file" in error.found
    searched = f"{empty / 'small' / 'file.bin'}: no such file"
    assert (searched if with_mirror else "no mirror is set") in error.found
    assert f"{NOWHERE}/file.bin: " in error.found
    assert "\n" not in error.found
    assert digest(CONTENT) in error.expected
    assert error.where == str(raw / "file.bin")
    assert "connect to the network" in error.remedy
    assert "set TRIPTYCH_MIRROR to a folder that holds small/file.bin" in error.remedy
    assert "copy the file there by hand" in error.remedy
    assert error.remedy.endswith("Ask the author.")
    assert not (raw / "file.bin").exists()
    assert not (raw / "MANIFEST.sha256").exists()


def test_without_a_public_address_the_error_does_not_send_to_the_network(
    entry_at: EntryAt, raw: Path
) -> None:
    entry_at()

    error = error_of(fetch, "small", raw, None)

    assert error.found.endswith("no mirror is set; it has no public address")
    assert "network" not in error.remedy
    assert error.remedy.startswith("either set TRIPTYCH_MIRROR to a folder")
    assert error.remedy.endswith("or copy the file there by hand. Ask the author.")


def test_a_file_may_be_pinned_by_md5_and_the_manifest_has_its_sha256(
    entry_at: EntryAt, raw: Path, mirror_folder: Path
) -> None:
    md5 = hashlib.md5(CONTENT).hexdigest()
    entry_at(md5=md5)

    manifest = fetch("small", raw, mirror_folder)

    assert manifest.read_text() == f"{digest(CONTENT)}  file.bin\n"
    assert verified("small", raw) == {"file.bin": raw / "file.bin"}
    (raw / "file.bin").write_bytes(altered(CONTENT))
    error = error_of(verified, "small", raw)
    assert error.expected == f"MD5 {md5}"
    assert f"MD5 {hashlib.md5(altered(CONTENT)).hexdigest()} " in error.found


def test_files_are_verified_once_more_before_use(raw: Path, mirror_folder: Path) -> None:
    fetch("small", raw, mirror_folder)
    assert verified("small", raw) == {"file.bin": raw / "file.bin"}

    (raw / "file.bin").write_bytes(altered(CONTENT))
    error = error_of(verified, "small", raw)
    assert digest(CONTENT) in error.expected
    assert digest(altered(CONTENT)) in error.found
    assert "triptych fetch small" in error.remedy

    (raw / "file.bin").unlink()
    error = error_of(verified, "small", raw)
    assert error.found == "no such file"
    assert "triptych fetch small" in error.remedy


def test_the_environment_variable_overrides_the_configured_mirror(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()

    monkeypatch.setenv("TRIPTYCH_MIRROR", str(tmp_path / "one"))
    assert mirror_from(str(tmp_path / "two")) == tmp_path / "one"

    # Set to nothing is the same as not set.
    monkeypatch.setenv("TRIPTYCH_MIRROR", "")
    assert mirror_from(str(tmp_path / "two")) == tmp_path / "two"

    monkeypatch.delenv("TRIPTYCH_MIRROR")
    assert mirror_from(str(tmp_path / "two")) == tmp_path / "two"
    assert mirror_from(None) is None


def test_a_mirror_in_the_home_folder_may_be_written_with_a_tilde(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TRIPTYCH_MIRROR", "~/mirror")
    (tmp_path / "mirror").mkdir()

    assert mirror_from(None) == tmp_path / "mirror"


@pytest.mark.parametrize("kind", ["missing", "a file"])
def test_a_mirror_that_is_no_folder_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "mirror"
    if kind == "a file":
        path.touch()
    monkeypatch.setenv("TRIPTYCH_MIRROR", str(path))

    error = error_of(mirror_from, None)

    assert str(path) in error.where
    assert "TRIPTYCH_MIRROR" in error.where
