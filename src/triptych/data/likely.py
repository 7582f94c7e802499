"""The likely reason why a file has the wrong hash, for error messages only."""

import tarfile
import zipfile
from itertools import islice
from pathlib import Path, PurePosixPath

from triptych.data.registry import Entry
from triptych.data.trees import BROKEN_ARCHIVE, foreign_content

# To list a member of a compressed tar, everything before it must be read.
_FIRST_MEMBERS = 50


def likely_cause(path: Path, entry: Entry, size: int | None = None) -> str:
    """Describe what a file with an unexpected hash most likely is.

    The entry of the registry names known variants. ``size`` is the right size in bytes.
    """
    if foreign := foreign_content(path):
        return foreign
    names = _names(path)
    if names is not None and not names:
        return "an archive without files"
    for prefix, variant in entry.variants.items():
        if prefix and any(name.startswith(prefix) for name in names or []):
            return variant
    length = path.stat().st_size
    if length == size:
        return "the right file, altered or damaged: its size is right"
    other = entry.variants.get("", "another version of it, or the same files packed again")
    return f"truncated ({length} of {size} bytes), or {other}" if length < (size or 0) else other


def _names(path: Path) -> list[str] | None:
    """Return the first names in an archive; None if it is not an archive or too damaged."""
    names: list[str] = []
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as zipped:
                names = zipped.namelist()
        else:
            with tarfile.open(path) as tar:
                names.extend(member.name for member in islice(tar, _FIRST_MEMBERS))
    except (*BROKEN_ARCHIVE, OSError):
        return names or None
    return [PurePosixPath(name).as_posix() for name in names]
