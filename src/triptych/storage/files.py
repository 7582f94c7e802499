"""Files that appear whole or not at all, and their hashes."""

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
    """Give a temporary path that takes the place of ``path`` when the block ends well.

    The temporary file lies in the same folder and keeps the suffix, so that
    libraries which choose the format by the suffix work, and the rename is atomic.
    When the block fails the temporary file is removed and ``path`` stays as it was.
    After a power cut ``path`` is the earlier file or the whole new one: the content is on the
    disk before it has the name, and the name is when this returns.

    Parameters
    ----------
    path
        The file to be written; its folder is made where missing.
    lasting
        Whether it must survive a power cut. Two waits for the disk, 5 to 20 ms in all, are saved
        for what is written by the hundred and noticed and made again where it is damaged.
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
    """Wait until the content of a file is on the disk: a file renamed before that may be empty
    after a power cut.

    Raises
    ------
    OSError
        The disk is full, or broken.
    """
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _flush_names(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    except OSError as error:
        # Some network file systems know no such thing for a folder.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(opened)


def _remove_leftovers(path: Path, mark: str) -> None:
    """Remove what processes of this host left that were killed while they wrote ``path``."""
    for left in path.parent.glob(f"{glob.escape(mark)}*-{glob.escape(path.name)}"):
        process = left.name.removeprefix(mark).removesuffix(f"-{path.name}")
        if process.isdigit() and not psutil.pid_exists(int(process)):
            left.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with ``\\n`` line ends, atomically."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def sha256(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
