"""The files of a data set, read inside its folders and archives: nothing is unpacked."""

import io
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from triptych.errors import UserError

# The errors of archive readers about missing or altered bytes.
BROKEN_ARCHIVE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError)

# The first bytes of other content that is often saved under a data set's file name.
_BEGINNINGS = {
    b"<!doctype": "a web page, such as a login or an error, saved under this name",
    b"<html": "a web page, such as a login or an error, saved under this name",
    b"<?xml": "a response of the server, such as an error, saved under this name",
    b"version https://git-lfs": "a pointer of Git LFS, whose file was not fetched",
}
# Returns a file's bytes; None for a link or a device.
Reader = Callable[[], bytes] | None


class TreeFile:
    """One file of a folder or archive; errors name both."""

    def __init__(self, path: str, root: Path, reader: Reader) -> None:
        self.path = path
        self.where = f"{root / path}" if root.is_dir() else f"{root}: {path}"
        self._reader = reader

    def read(self) -> bytes:
        """Return the whole content.

        Raises
        ------
        UserError
            The archive is damaged here, or this is a link.
        """
        if self._reader is None:
            raise _linked(self.where)
        try:
            return self._reader()
        except BROKEN_ARCHIVE as error:
            raise _broken(self.where, str(error) or type(error).__name__) from None


class Tree:
    """Folders and archives that are read as one; the first takes precedence.

    Parameters
    ----------
    *roots
        Folders, ``.zip`` files or uncompressed ``.tar`` files. A leading ``./`` is removed
        from their paths; files that macOS adds (``._NAME``, ``__MACOSX``) are left out.

    Raises
    ------
    UserError
        A root is missing, damaged, or of another kind, or has a path that leads out of it.
    """

    def __init__(self, *roots: Path) -> None:
        self.where = " and ".join(str(root) for root in roots)
        self._layers = [(root, _files(root)) for root in roots]

    @property
    def top(self) -> str:
        """The names at the top level, for errors: they identify an archive."""
        names = {path.partition("/")[0] for _, files in self._layers for path in files}
        return ", ".join(sorted(names)[:5]) or "nothing"

    def find(self, folder: str, suffix: str) -> dict[str, TreeFile]:
        """Return the files below a folder, sorted by their path in it without ``suffix``."""
        matches: dict[str, TreeFile] = {}
        for root, files in self._layers:
            for path, reader in files.items():
                if path.startswith(f"{folder}/") and path.endswith(suffix):
                    key = path.removeprefix(f"{folder}/").removesuffix(suffix)
                    matches.setdefault(key, TreeFile(path, root, reader))
        return dict(sorted(matches.items()))

    def select(self, wanted: Callable[[str], object]) -> list[TreeFile]:
        """Return the files whose path is wanted."""
        return [
            TreeFile(path, root, reader)
            for root, files in self._layers
            for path, reader in files.items()
            if wanted(path)
        ]

    def file(self, path: str) -> TreeFile:
        """Return the file at a path.

        Raises
        ------
        UserError
            There is no such file.
        """
        for root, files in self._layers:
            if path in files:
                return TreeFile(path, root, files[path])
        raise UserError(
            expected=f"the file {path}",
            found=f"no such file; the top level holds: {self.top}",
            where=self.where,
            remedy="replace it with the original, complete data set",
        )


def read_tar(archive: Path, wanted: Callable[[str], object]) -> dict[str, bytes]:
    """Read the wanted files of a tar by their paths.

    One pass reads all, because a compressed tar has no random access.

    Raises
    ------
    UserError
        The archive is damaged, has a path that leads out of it, or a link where a file is wanted.
    """
    contents = {}
    try:
        with tarfile.open(archive, "r|*") as tar:
            for member in tar:
                path = plain_path(member.name, str(archive))
                if path is None or member.isdir() or not wanted(path):
                    continue
                content = tar.extractfile(member) if member.isreg() else None
                if content is None:
                    raise _linked(f"{archive}: {path}")
                contents[path] = content.read()
    except (*BROKEN_ARCHIVE, OSError) as error:
        raise _unreadable(archive, error) from None
    return contents


def write_tar(archive: Path, members: Iterable[tuple[str, bytes]]) -> None:
    """Write files as a tar whose bytes depend only on their paths, contents and order."""
    with tarfile.open(archive, "w") as tar:
        for path, content in members:
            # Only name and size: without owner and time the bytes are always the same.
            member = tarfile.TarInfo(path)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def plain_path(name: str, where: str) -> str | None:
    """Return the path of an archive's member without ``./``; None for a file that macOS added.

    Raises
    ------
    UserError
        It is absolute or contains ``..``.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise UserError(
            expected="an archive whose members all stay in its folder",
            found=f"a member named {name!r}",
            where=where,
            remedy="do not trust this file; replace it with the original from its publisher",
        )
    if path.name.startswith("._") or "__MACOSX" in path.parts:
        return None
    return path.as_posix()


def foreign_content(path: Path) -> str | None:
    """Describe content that is often saved under a wrong name; None for other content."""
    with path.open("rb") as file:
        beginning = file.read(100).lstrip().lower()
    if not path.stat().st_size:
        return "an empty file: a download or a copy failed"
    kinds = (kind for start, kind in _BEGINNINGS.items() if beginning.startswith(start))
    return next(kinds, None)


def _unreadable(archive: Path, error: Exception) -> UserError:
    content = archive.is_file() and foreign_content(archive)
    return _broken(str(archive), content or str(error) or type(error).__name__)


def _broken(where: str, found: str) -> UserError:
    return UserError(
        expected="a complete archive",
        found=found,
        where=where,
        remedy="replace the archive with the original file",
    )


def _linked(where: str) -> UserError:
    return UserError(
        expected="a regular file",
        found="a link or a device",
        where=where,
        remedy="replace the archive with the original file, or pack it again without links",
    )


def _files(root: Path) -> dict[str, Reader]:
    """Return the reader of every file of a folder or an archive by its path."""
    try:
        if root.is_dir():
            paths = (path for path in root.rglob("*") if path.is_file())
            return _named(root, ((p.relative_to(root).as_posix(), p.read_bytes) for p in paths))
        if root.suffix == ".zip" and root.is_file():
            zipped = zipfile.ZipFile(root)
            members = (info for info in zipped.infolist() if not info.is_dir())
            return _named(root, ((info.filename, _unzip(zipped, info)) for info in members))
        if root.suffix == ".tar" and root.is_file():
            with tarfile.open(root, "r:") as tar:
                return _named(root, ((m.name, _untar(root, m)) for m in tar if not m.isdir()))
    except BROKEN_ARCHIVE as error:
        raise _unreadable(root, error) from None
    raise UserError(
        expected="a folder, a .zip or a .tar file",
        found="something else" if root.exists() else "no such file or folder",
        where=str(root),
        remedy="give the folder or the original archive of the data set",
    )


def _named(root: Path, members: Iterable[tuple[str, Reader]]) -> dict[str, Reader]:
    """Return members by their plain paths; the last of a duplicate wins, as in unpacking."""
    return {
        path: reader
        for name, reader in members
        if (path := plain_path(name, str(root))) is not None
    }


def _unzip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Reader:
    return None if stat.S_ISLNK(info.external_attr >> 16) else partial(archive.read, info)


def _untar(root: Path, member: tarfile.TarInfo) -> Reader:
    return partial(_slice, root, member) if member.isreg() else None


def _slice(root: Path, member: tarfile.TarInfo) -> bytes:
    """Return a regular member's bytes; the archive is open only for that time."""
    with tarfile.open(root, "r:") as tar:
        content: Any = tar.extractfile(member)
        return content.read()
