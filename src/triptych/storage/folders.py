"""Models that are folders, as diffusers and transformers save them.

The manifest of a folder, in the format of ``sha256sum``, stands for the whole: it is the
output of a rule and the input of another, and nobody reads a folder but through it.
"""

import os
import platform
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
from safetensors import SafetensorError

from triptych.errors import UserError
from triptych.layout import PROVENANCE
from triptych.storage.files import flush, sha256

MANIFEST = "MANIFEST.sha256"


def manifest_text(hashes: Mapping[str, str]) -> str:
    """A manifest: a line for each file, SHA-256 and path, in the order given."""
    return "".join(f"{digest}  {name}\n" for name, digest in hashes.items())


def read_manifest(manifest: Path) -> dict[str, str]:
    """The SHA-256 of each file by its path below the manifest's folder.

    Raises
    ------
    UserError
        The manifest is missing, damaged or empty.
    """
    text = manifest.read_text(encoding="utf-8", errors="replace") if manifest.is_file() else ""
    hashes = {
        name: digest for digest, _, name in (line.partition("  ") for line in text.splitlines())
    }
    if not hashes or any(len(digest) != 64 or not name for name, digest in hashes.items()):
        raise UserError(
            expected="the manifest of a folder: lines of SHA-256 and path",
            found="something else" if manifest.is_file() else "no such file",
            where=str(manifest),
            remedy="delete it where it is there, and make the folder again with the workflow",
        )
    return hashes


def verified_folder(manifest: Path) -> Path:
    """The folder of a manifest, each listed file hashed before it is used.

    Raises
    ------
    UserError
        The manifest is missing or damaged, or a listed file is missing or altered.
    """
    for name, digest in read_manifest(manifest).items():
        path = manifest.parent / name
        if not path.is_file():
            raise _not_as_listed(manifest, name, digest, "no such file")
        found = sha256(path)
        if found != digest:
            raise _not_as_listed(manifest, name, digest, f"SHA-256 {found}")
    return manifest.parent


def publish_folder(manifest: Path, save: Callable[[Path], None]) -> None:
    """Fill a folder and write its manifest, which appears last.

    The folder is the manifest's alone: whatever else an earlier job left there is removed,
    but for hidden names and the records of provenance. A job that is killed on the way leaves
    no manifest, so that nobody reads what it left.

    Parameters
    ----------
    manifest
        Where the manifest is to be written: the temporary path that a step is given
        for its output ``FOLDER/MANIFEST.sha256``.
    save
        Writes all files into the folder that it is given, such as a pipeline's
        ``save_pretrained``.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written to.
    """
    folder = manifest.parent
    with _temporary_folder(folder) as temporary:
        with _full_disk_told():
            save(temporary)
        hashes = {name: sha256(temporary / name) for name in _files(temporary)}
        listing = temporary / MANIFEST
        listing.write_text(manifest_text(hashes), encoding="utf-8", newline="\n")
        # Some libraries make files that only their owner may read.
        mode = stat.S_IMODE(listing.stat().st_mode)
        # The earlier manifest, too: it must not stand beside files of this job.
        _remove_all_but(hashes, folder)
        for name in hashes:
            (temporary / name).chmod(mode)
            flush(temporary / name)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(temporary / name, folder / name)
        os.replace(listing, manifest)


@contextmanager
def _temporary_folder(folder: Path) -> Iterator[Path]:
    """A folder within another that only this process writes to; gone at the end."""
    mark = f".filling-{platform.node()}-"
    for left in folder.glob(f"{mark}*"):
        process = left.name.removeprefix(mark)
        # Numbers of processes come again: this one's may be that of a killed one.
        ended = process.isdigit() and not psutil.pid_exists(int(process))
        if ended or process == str(os.getpid()):
            shutil.rmtree(left)
    temporary = folder / f"{mark}{os.getpid()}"
    temporary.mkdir(parents=True)
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def _full_disk_told() -> Iterator[None]:
    """Turn what safetensors' own writer says of a full disk back into the system's error."""
    try:
        yield
    except SafetensorError as error:
        code = re.search(r"\(os error (\d+)\)", str(error))
        if code is None:
            raise
        raise OSError(int(code[1]), os.strerror(int(code[1]))) from error


def _files(folder: Path) -> list[str]:
    """The files below a folder by their paths, sorted, without hidden names and provenance."""
    names = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return sorted(
        name.as_posix()
        for name in names
        if not any(part.startswith(".") or part == PROVENANCE for part in name.parts)
    )


def _remove_all_but(kept: Mapping[str, str], folder: Path) -> None:
    for name in set(_files(folder)) - set(kept):
        path = folder / name
        path.unlink()
        # A path that was a folder may become a file.
        while path.parent != folder and not any(path.parent.iterdir()):
            path = path.parent
            path.rmdir()


def _not_as_listed(manifest: Path, name: str, digest: str, found: str) -> UserError:
    return UserError(
        expected=f"the file {name}, SHA-256 {digest}",
        found=found,
        where=str(manifest.parent),
        remedy=f"make the folder again: delete {manifest} and run the workflow",
    )
