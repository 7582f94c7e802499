"""What a file that is not the pinned one most likely is: errors say it, nothing depends on it."""

import tarfile
import zipfile
from itertools import islice
from pathlib import Path, PurePosixPath

from triptych.data.registry import Entry
from triptych.data.trees import BROKEN_ARCHIVE, foreign_content

# Of a compressed tar every name costs the reading of what is before it.
_FIRST_MEMBERS = 50


def likely_cause(path: Path, entry: Entry, size: int | None = None) -> str:
    """What a file is that has another hash than expected.

    Parameters
    ----------
    path
        The file.
    entry
        The entry of the registry that it was to be; it names known variants.
    size
        The bytes that the right file has, where known.
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
        return "the right file, altered or damaged: it has the right size"
    other = entry.variants.get("", "another version of it, or the same packed anew")
    return f"cut short ({length} of {size} bytes), or {other}" if length < (size or 0) else other


def _names(path: Path) -> list[str] | None:
    """The first names in an archive; None where it is none, or is too damaged to tell."""
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
