"""The files of a data set, read inside its folders and archives: nothing is unpacked."""

import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from triptych.errors import UserError

# What the readers of archives raise when bytes are missing or altered.
BROKEN_ARCHIVE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError)

# How files begin that are often saved under the name of another.
_BEGINNINGS = {
    b"<!doctype": "a web page, such as a login or an error, saved under this name",
    b"<html": "a web page, such as a login or an error, saved under this name",
    b"<?xml": "an answer of the server, such as an error, saved under this name",
    b"version https://git-lfs": "a pointer of Git LFS, whose file has not been fetched",
}
# A file's bytes on demand; None stands for a link or a device.
Reader = Callable[[], bytes] | None


class TreeFile:
    """One file of a tree.

    Parameters
    ----------
    path
        Its path in the tree.
    root
        The folder or archive.
    reader
        What gives its bytes.

    Attributes
    ----------
    where
        The folder or archive and the path in it, for errors.
    """

    def __init__(self, path: str, root: Path, reader: Reader) -> None:
        self.path = path
        self.where = f"{root / path}" if root.is_dir() else f"{root}: {path}"
        self._reader = reader

    def read(self) -> bytes:
        """The whole content.

        Raises
        ------
        UserError
            The archive is damaged at this place, or has a link there.
        """
        if self._reader is None:
            raise _linked(self.where)
        try:
            return self._reader()
        except BROKEN_ARCHIVE as error:
            raise _broken(self.where, str(error) or type(error).__name__) from None


class Tree:
    """Folders and archives laid over one another and read as one; the first has precedence.

    Parameters
    ----------
    *roots
        Folders, ``.zip`` files or uncompressed ``.tar`` files. Their paths count without
        ``./`` in front; what macOS adds (``._NAME``, ``__MACOSX``) is left out.

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
        """What lies at the top, for errors: it tells one archive from another."""
        names = {path.partition("/")[0] for _, files in self._layers for path in files}
        return ", ".join(sorted(names)[:5]) or "nothing"

    def find(self, folder: str, suffix: str) -> dict[str, TreeFile]:
        """The files below a folder whose name ends in ``suffix``.

        Returns
        -------
        dict
            Files by their path below the folder, without the suffix, in sorted order.
        """
        found: dict[str, TreeFile] = {}
        for root, files in self._layers:
            for path, reader in files.items():
                if path.startswith(f"{folder}/") and path.endswith(suffix):
                    key = path.removeprefix(f"{folder}/").removesuffix(suffix)
                    found.setdefault(key, TreeFile(path, root, reader))
        return dict(sorted(found.items()))

    def file(self, path: str) -> TreeFile:
        """The file at a path.

        Raises
        ------
        UserError
            There is none.
        """
        for root, files in self._layers:
            if path in files:
                return TreeFile(path, root, files[path])
        raise UserError(
            expected=f"the file {path}",
            found=f"no such file; at the top lies: {self.top}",
            where=self.where,
            remedy="put the original, complete data set in its place",
        )


def read_tar(archive: Path, wanted: Callable[[str], object]) -> dict[str, bytes]:
    """Read files of a tar in one pass: a compressed one has no random access.

    Parameters
    ----------
    archive
        A tar, compressed or not.
    wanted
        Which files, by their paths in the archive.

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


def plain_path(name: str, where: str) -> str | None:
    """The path of an archive's member without ``./``; None for what macOS has added.

    Raises
    ------
    UserError
        It is absolute or has ``..`` in it.
    """
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise UserError(
            expected="an archive whose members all stay in its folder",
            found=f"a member named {name!r}",
            where=where,
            remedy="do not trust this file; replace it by the original from its publisher",
        )
    if path.name.startswith("._") or "__MACOSX" in path.parts:
        return None
    return path.as_posix()


def foreign_content(path: Path) -> str | None:
    """What a file is that is often saved under the name of another; None where it is not that."""
    with path.open("rb") as file:
        beginning = file.read(100).lstrip().lower()
    if not path.stat().st_size:
        return "an empty file: a download or a copy has failed"
    return next((what for start, what in _BEGINNINGS.items() if beginning.startswith(start)), None)


def _unreadable(archive: Path, error: Exception) -> UserError:
    found = archive.is_file() and foreign_content(archive)
    return _broken(str(archive), found or str(error) or type(error).__name__)


def _broken(where: str, found: str) -> UserError:
    return UserError(
        expected="a whole archive",
        found=found,
        where=where,
        remedy="replace the archive by the original file",
    )


def _linked(where: str) -> UserError:
    return UserError(
        expected="a regular file",
        found="a link or a device",
        where=where,
        remedy="replace the archive by the original file, or pack it again without links",
    )


def _files(root: Path) -> dict[str, Reader]:
    """Every file of a folder or an archive by its path."""
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
        remedy="name the folder or the original archive of the data set",
    )


def _named(root: Path, members: Iterable[tuple[str, Reader]]) -> dict[str, Reader]:
    """Members by their plain paths; of two with the same path the last counts, as in unpacking."""
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
    """A regular member's bytes; the archive is open only meanwhile."""
    with tarfile.open(root, "r:") as tar:
        content: Any = tar.extractfile(member)
        return content.read()
