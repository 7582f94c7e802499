"""The files of a data set, read inside its folders and archives: nothing is unpacked."""

import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import fsspec
from fsspec import AbstractFileSystem
from fsspec.implementations.dirfs import DirFileSystem
from fsspec.implementations.local import LocalFileSystem

from triptych.errors import UserError

# What the readers of archives raise when bytes are missing or altered.
BROKEN_ARCHIVE = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError)


@dataclass(frozen=True)
class TreeFile:
    """One file of a tree.

    Attributes
    ----------
    path
        Its path in the tree.
    where
        The folder or archive and the path in it, for errors.
    """

    path: str
    where: str
    _filesystem: AbstractFileSystem

    def read(self) -> bytes:
        """The whole content.

        Raises
        ------
        UserError
            The archive is damaged at this place.
        """
        try:
            return self._filesystem.cat_file(self.path)
        except BROKEN_ARCHIVE as error:
            raise broken_archive(self.where, error) from None


class Tree:
    """Folders and archives laid over one another and read as one; the first has precedence.

    Parameters
    ----------
    *roots
        Folders, ``.zip`` files or uncompressed ``.tar`` files.

    Raises
    ------
    UserError
        A root is missing, damaged, or of another kind.
    """

    def __init__(self, *roots: Path) -> None:
        self.where = " and ".join(str(root) for root in roots)
        self._layers = [(root, _open(root)) for root in roots]

    def find(self, folder: str, suffix: str) -> dict[str, TreeFile]:
        """The files below a folder whose name ends in ``suffix``.

        Returns
        -------
        dict
            Files by their path below the folder, without the suffix, in sorted order.
        """
        found: dict[str, TreeFile] = {}
        for root, filesystem in self._layers:
            for path in filesystem.find(folder):
                if path.endswith(suffix):
                    key = path.removeprefix(f"{folder}/").removesuffix(suffix)
                    found.setdefault(key, _file(root, filesystem, path))
        return dict(sorted(found.items()))

    def file(self, path: str) -> TreeFile:
        """The file at a path.

        Raises
        ------
        UserError
            There is none.
        """
        for root, filesystem in self._layers:
            if filesystem.isfile(path):
                return _file(root, filesystem, path)
        raise UserError(
            expected=f"the file {path}",
            found="no such file",
            where=self.where,
            remedy="put the original, complete data set in its place",
        )


def broken_archive(where: str, error: Exception) -> UserError:
    """The error for an archive that cannot be read."""
    return UserError(
        expected="a whole archive",
        found=str(error) or type(error).__name__,
        where=where,
        remedy="replace the archive by the original file",
    )


def _file(root: Path, filesystem: AbstractFileSystem, path: str) -> TreeFile:
    where = f"{root / path}" if root.is_dir() else f"{root}: {path}"
    return TreeFile(path, where, filesystem)


def _open(root: Path) -> AbstractFileSystem:
    if root.is_dir():
        return DirFileSystem(path=str(root), fs=LocalFileSystem())
    if root.suffix not in (".zip", ".tar") or not root.is_file():
        raise UserError(
            expected="a folder, a .zip or a .tar file",
            found="something else" if root.exists() else "no such file or folder",
            where=str(root),
            remedy="name the folder or the original archive of the data set",
        )
    try:
        return fsspec.filesystem(root.suffix.removeprefix("."), fo=str(root))
    except BROKEN_ARCHIVE as error:
        raise broken_archive(str(root), error) from None
