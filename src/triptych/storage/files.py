"""Atomic writes, and hashes of files."""

import errno
import glob
import hashlib
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


@contextmanager
def replacing(path: Path, *, lasting: bool = True) -> Iterator[Path]:
    """Yield a temporary path that replaces ``path`` when the block succeeds.

    The temporary file is in the same folder, which is created if missing. It keeps the suffix,
    because libraries choose a format by it. The rename is atomic. If the block fails, the
    temporary file is removed and ``path`` is unchanged. After a power cut, ``path`` is either
    the old or the complete new file.

    Parameters
    ----------
    path
        The file to write.
    lasting
        Whether it must survive a power cut. Without it, two waits for the disk of 5 to 20 ms
        are saved. Use that only for many small files whose damage is detected and repaired.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name for each process: an orphan of a killed workflow may be writing the same file.
    mark = f".writing-{platform.node()}-"
    _remove_leftovers(path, mark)
    temporary = path.with_name(f"{mark}{os.getpid()}-{path.name}")
    try:
        yield temporary
        if lasting:
            flush(temporary)
        os.replace(temporary, path)
        if lasting:
            _flush_names(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Wait until the content of a file is on the disk.

    A file renamed earlier may be empty after a power cut.

    Raises
    ------
    OSError
        The disk is full or broken.
    """
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _flush_names(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        # Some network file systems do not support it for folders.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(opened)


def _remove_leftovers(path: Path, mark: str) -> None:
    """Remove temporary files of killed processes of this host that were writing ``path``."""
    for leftover in path.parent.glob(f"{glob.escape(mark)}*-{glob.escape(path.name)}"):
        if has_ended(leftover.name.removeprefix(mark).removesuffix(f"-{path.name}")):
            leftover.unlink(missing_ok=True)


def has_ended(process: str) -> bool:
    """Return whether a text is the number of a process that does not exist on this host."""
    return process.isdigit() and not psutil.pid_exists(int(process))


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with ``\\n`` line endings atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
