"""A clone has the bytes of the original, whatever git does to line endings elsewhere."""

from pathlib import Path

import pytest
from support import Run

from triptych.provenance.making import read, recorded_files
from triptych.storage.files import sha256


@pytest.mark.parametrize("setting", ["autocrlf=true", "eol=crlf"])
def test_git_changes_no_line_ending(project: Path, tmp_path: Path, run: Run, setting: str) -> None:
    clone = tmp_path / "clone"

    run(tmp_path, "git", "-c", f"core.{setting}", "clone", "-q", str(project), str(clone))

    names = run(project, "git", "ls-files", "-z").stdout.split("\0")[:-1]
    changed = [
        name for name in names if (clone / name).read_bytes() != (project / name).read_bytes()
    ]
    assert changed == []
    kept = [path for path in recorded_files(clone / "reference") if path.is_file()]
    assert kept
    assert all(sha256(path) == read(path).sha256 for path in kept)
