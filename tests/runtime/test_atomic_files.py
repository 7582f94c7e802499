"""Files that appear whole or not at all."""

import hashlib
from pathlib import Path

import pytest

from triptych.runtime.files import replacing, sha256, write_text


def test_a_file_appears_with_its_content_and_nothing_else_does(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"

    with replacing(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()

    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_file_stays_until_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")

    with replacing(path) as temporary:
        temporary.write_text("new")
        assert path.read_text() == "old"

    assert path.read_text() == "new"


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failing_block_leaves_the_old_file_and_no_temporary_one(
    tmp_path: Path, failure: type[BaseException]
) -> None:
    path = tmp_path / "table.csv"
    path.write_text("old")

    with pytest.raises(failure), replacing(path) as temporary:
        temporary.write_text("half")
        raise failure

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failing_block_leaves_nothing_where_nothing_was(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="broken"), replacing(tmp_path / "table.csv"):
        raise ValueError("broken")

    assert list(tmp_path.iterdir()) == []


def test_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "table.csv"

    with replacing(path) as temporary:
        temporary.write_text("new")

    assert path.read_text() == "new"


@pytest.mark.parametrize("name", ["figure.svg", "weights.safetensors", "a.tar.gz", "noname"])
def test_the_temporary_file_lies_beside_the_path_and_keeps_its_suffix(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / name

    with replacing(path) as temporary:
        assert temporary.suffix == path.suffix
        assert temporary.parent == path.parent
        assert temporary != path


def test_others_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"

    write_text(path, "new")

    # Temporary files are private by default; results are read by web servers and colleagues.
    assert path.stat().st_mode & 0o777 == 0o644


def test_text_is_written_in_utf_8_with_plain_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"

    write_text(path, "Schöttle\nε\n")

    assert path.read_bytes() == "Schöttle\nε\n".encode()


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"abc" * 100_000)

    assert sha256(path) == hashlib.sha256(b"abc" * 100_000).hexdigest()
