"""Models saved as folders by diffusers and transformers.

The manifest of a folder, in the format of ``sha256sum``, represents the folder: rules have it
as output and input, and a folder is only read through it.
"""

import os
import platform
import re
import shutil
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from triptych.errors import UserError
from triptych.layout import PROVENANCE
from triptych.storage.files import flush, has_ended, sha256

MANIFEST = "MANIFEST.sha256"
_DIGITS = 64


def manifest_text(hashes: Mapping[str, str]) -> str:
    """Write a manifest: a line with SHA-256 and path for each file, in the given order."""
    return "".join(f"{digest}  {name}\n" for name, digest in hashes.items())


def parse_manifest(text: str) -> dict[str, str]:
    """Return the SHA-256 of each file by its path; none where the text is no manifest."""
    hashes = {
        name: digest for digest, _, name in (line.partition("  ") for line in text.splitlines())
    }
    is_sound = all(len(digest) == _DIGITS and name for name, digest in hashes.items())
    return hashes if is_sound else {}


def read_manifest(manifest: Path) -> dict[str, str]:
    """Read the SHA-256 of each file by its path below the manifest's folder.

    Raises
    ------
    UserError
        The manifest is missing, damaged or empty.
    """
    text = manifest.read_text(encoding="utf-8", errors="replace") if manifest.is_file() else ""
    hashes = parse_manifest(text)
    if not hashes:
        raise UserError(
            expected="the manifest of a folder: lines of SHA-256 and path",
            found="another format" if manifest.is_file() else "no such file",
            where=str(manifest),
            remedy="delete the manifest, if any, and run the workflow to make the folder again",
        )
    return hashes


def listed_files(manifest: Path) -> dict[Path, str]:
    """Return the SHA-256 of each file that a path lists; none where it is no sound manifest."""
    try:
        listed = read_manifest(manifest) if manifest.name == MANIFEST else {}
    except UserError:
        # Missing or altered: the comparison of its own hash reports it.
        return {}
    return {manifest.parent / name: digest for name, digest in listed.items()}


def verified_folder(manifest: Path) -> Path:
    """Return the folder of a manifest after hashing each listed file.

    Raises
    ------
    UserError
        The manifest is missing or damaged, or a listed file is missing or altered.
    """
    for name, digest in read_manifest(manifest).items():
        path = manifest.parent / name
        if not path.is_file():
            raise _not_as_listed(manifest, name, digest, "no such file")
        actual = sha256(path)
        if actual != digest:
            raise _not_as_listed(manifest, name, digest, f"SHA-256 {actual}")
    return manifest.parent


def publish_folder(manifest: Path, save: Callable[[Path], None]) -> None:
    """Let ``save`` fill a folder and write its manifest last.

    Other files in the folder are removed, except hidden names and provenance records. A killed
    job leaves no manifest, so its files are never read. ``manifest`` is the temporary path that a
    step gets for its output ``FOLDER/MANIFEST.sha256``.

    Raises
    ------
    OSError
        The disk is full, or the folder is not writable.
    """
    folder = manifest.parent
    with _temporary_folder(folder) as temporary:
        with _full_disk_as_os_error():
            save(temporary)
        hashes = {name: sha256(temporary / name) for name in _files(temporary)}
        listing = temporary / MANIFEST
        listing.write_text(manifest_text(hashes), encoding="utf-8", newline="\n")
        # Some libraries make files that only their owner may read.
        mode = stat.S_IMODE(listing.stat().st_mode)
        # Also removes the earlier manifest, which does not describe the new files.
        _remove_all_but(hashes, folder)
        for name in hashes:
            (temporary / name).chmod(mode)
            flush(temporary / name)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(temporary / name, folder / name)
        os.replace(listing, manifest)


def link_folder(manifest: Path, source: Path) -> None:
    """Link the files of another folder beside a manifest that lists them, and write it last.

    The files stay where they are. Links to files that are gone are removed. ``manifest`` is the
    temporary path that a step gets for its output ``FOLDER/MANIFEST.sha256``.

    Raises
    ------
    UserError
        The folder has a manifest of its own, and a file is not as that manifest lists it.
    """
    if (source / MANIFEST).is_file():
        verified_folder(source / MANIFEST)
    folder, names = manifest.parent, source_files(source)
    _remove_all_but((), folder)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to((source / name).resolve())
    hashes = {name: sha256(folder / name) for name in names}
    manifest.write_text(manifest_text(hashes), encoding="utf-8", newline="\n")


def source_files(folder: Path) -> list[str]:
    """List the files that :func:`link_folder` links, by their paths from the folder."""
    return [name for name in _files(folder) if name != MANIFEST]


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes ``folder`` when the block succeeds.

    If the block fails, nothing appears. The temporary folder is on the same disk.

    Raises
    ------
    UserError
        ``folder`` is a file, or a folder that is not empty.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise UserError(
            expected="a folder that does not exist yet, or is empty",
            found="a folder with files" if folder.is_dir() else "a file",
            where=str(folder),
            remedy="name another folder, or empty this folder",
        )
    # A folder cannot take the place of a link to a folder.
    place = folder.resolve()
    with _temporary_folder(place.parent) as temporary:
        yield temporary
        os.replace(temporary, place)


@contextmanager
def _temporary_folder(folder: Path) -> Iterator[Path]:
    """Yield a subfolder that only this process writes to; remove it at the end."""
    mark = f".filling-{platform.node()}-"
    for leftover in folder.glob(f"{mark}*"):
        process = leftover.name.removeprefix(mark)
        # Process numbers are reused: this process may have the number of a killed one.
        if has_ended(process) or process == str(os.getpid()):
            shutil.rmtree(leftover)
    temporary = folder / f"{mark}{os.getpid()}"
    temporary.mkdir(parents=True)
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def _full_disk_as_os_error() -> Iterator[None]:
    """Convert an error of safetensors' writer, such as a full disk, to the system's error."""
    try:
        yield
    except SafetensorError as error:
        code = re.search(r"\(os error (\d+)\)", str(error))
        if code is None:
            raise
        raise OSError(int(code[1]), os.strerror(int(code[1]))) from error


def _files(folder: Path) -> list[str]:
    """List the paths of files below a folder, sorted, without hidden names and provenance."""
    names = (path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir())
    return sorted(
        name.as_posix()
        for name in names
        if not any(part.startswith(".") or part == PROVENANCE for part in name.parts)
    )


def _remove_all_but(names: Collection[str], folder: Path) -> None:
    for name in set(_files(folder)) - set(names):
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
