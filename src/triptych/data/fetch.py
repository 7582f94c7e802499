"""Fetch the files of a registry entry into ``data/raw`` and verify every byte.

They are looked up in this order: the folder itself, the mirror, an installed package or the
network.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import shorten

import pooch
import requests

from triptych.data import distribution, hub
from triptych.data.availability import refuse_unavailable
from triptych.data.likely import likely_cause
from triptych.data.registry import (
    Distribution,
    Entry,
    PinnedFile,
    PublicArchive,
    RegistryFile,
    entry,
)
from triptych.data.resuming import Resuming
from triptych.errors import UserError
from triptych.layout import RAW
from triptych.storage.files import flush, replacing, sha256, write_text
from triptych.storage.folders import MANIFEST, manifest_text, read_manifest

_NO_MIRROR = "no mirror is set"
_HASH_NAMES = {"sha256": "SHA-256", "md5": "MD5"}


def fetch_all(folders: Mapping[str, Path], mirror: Path | None) -> list[Path]:
    """Fetch several entries, by their names, after a check that all of them are available.

    Raises
    ------
    UserError
        Files are missing and unavailable: all are named, and nothing was downloaded. Or a file
        has the wrong hash.
    """
    if len(folders) > 1:
        refuse_unavailable({name: entry(name) for name in folders}, folders, mirror)
    return [fetch(name, folder, mirror) for name, folder in folders.items()]


def fetch(name: str, folder: Path, mirror: Path | None) -> Path:
    """Complete and verify the files of a registry entry in a folder.

    Parameters
    ----------
    name
        An entry of the registry.
    folder
        The folder of the files; files with the right hash are kept.
    mirror
        A folder with a subfolder ``name`` that is searched before the network.

    Returns
    -------
    Path
        The manifest, in the format of ``sha256sum``.

    Raises
    ------
    UserError
        A file has the wrong hash, or is unavailable.
    """
    return complete(name, entry(name), folder, mirror, folder / MANIFEST)


def complete(name: str, known: Entry, folder: Path, mirror: Path | None, manifest: Path) -> Path:
    """Complete and verify the files of an entry, and write their manifest; see :func:`fetch`."""
    listed = dict[str, str]()
    if known.hub is not None:
        # Before the first of many files, and before the library's long retries.
        refuse_unavailable({name: known}, {name: folder}, mirror)
        if (folder / MANIFEST).is_file():
            listed = read_manifest(folder / MANIFEST)
    for file in known.all_files:
        target = folder / file.name
        if target.is_file():
            remedy = "delete it, or replace it with the right file, and run again"
            _verify(target, _pinned(file, listed), known, remedy)
        elif mirror is not None and known.in_mirror(mirror, name, file).is_file():
            remedy = "replace it in the mirror; nothing was copied from it"
            _copy(known.in_mirror(mirror, name, file), target, file, known, remedy)
        elif known.distribution is not None:
            installed = _installed(name, known, known.distribution, file)
            _copy(installed, target, file, known, distribution.install(known.distribution))
        elif known.hub is not None:
            hub.download(known.hub, file.name, folder)
            flush(target)
            remedy = "delete it and run again, or replace it with the right file"
            _verify(target, file, known, remedy)
        elif isinstance(file, RegistryFile):
            _obtain(name, known, file, target, mirror)
    hashes = {file.name: file.sha256 or sha256(folder / file.name) for file in known.all_files}
    write_text(manifest, manifest_text(hashes))
    return manifest


def verified(name: str, folder: Path) -> dict[str, Path]:
    """Return the files of an entry by name, after a check of each hash.

    A file of the hub without a pinned hash is compared with the folder's manifest.

    Raises
    ------
    UserError
        A file is missing or altered.
    """
    known = entry(name)
    listed = read_manifest(folder / MANIFEST) if known.hub is not None else {}
    paths = {}
    for file in known.all_files:
        path, pinned = folder / file.name, _pinned(file, listed)
        if not path.is_file() or pinned.digest is None:
            raise UserError(
                expected=f"the file {file.name} of {name}",
                found="a file that the manifest does not list"
                if path.is_file()
                else "no such file",
                where=str(folder),
                remedy=f"run: triptych fetch {name}",
            )
        _verify(path, pinned, known, f"delete it and run: triptych fetch {name}")
        paths[file.name] = path
    return paths


def check_package(name: str, mirror: Path | None) -> None:
    """Refuse an entry whose files neither data/raw nor the mirror nor an installed package has.

    Entries that come from elsewhere are not checked.

    Raises
    ------
    UserError
        The package is not installed, or it lacks a file or has an altered one; or a package
        that uses the files is not installed.
    """
    known = entry(name)
    if known.distribution is None:
        return
    distribution.check_needs(known.distribution)
    for file in known.all_files:
        places = [RAW / name / file.name]
        places += [known.in_mirror(mirror, name, file)] if mirror else []
        if not any(place.is_file() for place in places):
            _installed(name, known, known.distribution, file)


def mirror_from(configured: str | None) -> Path | None:
    """Return the mirror: ``TRIPTYCH_MIRROR``, else ``data.mirror`` of the parameters.

    Raises
    ------
    UserError
        It is set but not a folder.
    """
    text = os.environ.get("TRIPTYCH_MIRROR") or configured
    if not text:
        return None
    mirror = Path(text).expanduser()
    if not mirror.is_dir():
        raise UserError(
            expected="a folder that mirrors the raw data",
            found="no such folder",
            where=f"{mirror} (TRIPTYCH_MIRROR, or data.mirror in params.yaml)",
            remedy="set it to an existing folder, or unset it to use the network",
        )
    return mirror


def _pinned(file: PinnedFile, listed: Mapping[str, str]) -> PinnedFile:
    """Return the file with its hash: its own, else that of the manifest of an earlier fetch."""
    if file.digest is not None:
        return file
    return file.model_copy(update={"sha256": listed.get(file.name)})


def _verify(path: Path, file: PinnedFile, known: Entry, remedy: str) -> None:
    """Refuse a file whose hash differs from the pinned hash, if there is one."""
    if file.digest is None:
        return
    digest = pooch.file_hash(str(path), alg=file.algorithm)
    if digest != file.digest:
        cause = likely_cause(path, known, file.bytes)
        raise UserError(
            expected=_with_algorithm(file, file.digest),
            found=f"{_with_algorithm(file, digest)} ({path.stat().st_size} bytes); "
            f"most likely {cause}",
            where=str(path),
            remedy=remedy,
        )


def _installed(name: str, known: Entry, package: Distribution, file: PinnedFile) -> Path:
    """Return the verified file of a package."""
    path = distribution.locate(package, file.name, known.in_mirror(Path(), name, file))
    _verify(path, file, known, distribution.install(package))
    return path


def _copy(source: Path, target: Path, file: PinnedFile, known: Entry, remedy: str) -> None:
    _verify(source, file, known, remedy)
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)
        _verify(temporary, file, known, "run again; the copy failed")


def _obtain(name: str, known: Entry, file: RegistryFile, target: Path, mirror: Path | None) -> None:
    """Download a file, or make it from the public archive in its folder or on the network."""
    source = file.made_from or file
    path = target.with_name(source.name)
    if file.made_from and path.is_file():
        _make(file.made_from, path, target, file, known)
        return
    tried = [f"{target}: no such file"]
    tried.append(f"{known.in_mirror(mirror, name, file)}: no such file" if mirror else _NO_MIRROR)
    if not source.urls:
        tried.append("it has no public address")
    path.parent.mkdir(parents=True, exist_ok=True)
    for url in source.urls:
        try:
            _download(url, source, path)
            if file.made_from:
                _make(file.made_from, path, target, file, known)
            return
        except (requests.RequestException, ValueError) as error:
            tried.append(f"{url}: {shorten(str(error), 200)}")
        except UserError as error:
            tried.append(f"{url}: {error.found}")
        finally:
            if file.made_from:
                path.unlink(missing_ok=True)
    raise UserError(
        expected=f"{file.name} of {known.title}, {_with_algorithm(file, file.digest)}",
        found="; ".join(tried),
        where=str(target),
        remedy=f"either {'; or '.join(_ways_out(name, known, file))}. {known.access}",
    )


def _download(url: str, file: RegistryFile | PublicArchive, path: Path) -> None:
    download = Resuming(path.with_name(f"{path.name}.part"), file)
    if file.digest is None:
        download(url, path, None)
        return
    pooch.retrieve(
        url,
        known_hash=f"{file.algorithm}:{file.digest}",
        fname=path.name,
        path=path.parent,
        downloader=download,
    )


def _make(
    archive: PublicArchive, path: Path, target: Path, file: RegistryFile, known: Entry
) -> None:
    """Make a file from the public archive at a path."""
    with replacing(target) as temporary:
        _maker(archive)(path, temporary)
        _verify(temporary, file, known, f"delete {path.name} and run again")


def _maker(archive: PublicArchive) -> Callable[[Path, Path], None]:
    if archive.step == "camvid_archive":
        from triptych.data.camvid_archive import write_archive

        return write_archive
    from triptych.data.lfw import write_subset

    return write_subset


def _ways_out(name: str, known: Entry, file: RegistryFile) -> list[str]:
    ways = [
        f"set TRIPTYCH_MIRROR to a folder that holds {known.in_mirror(Path(), name, file)}",
        "copy the file there by hand",
    ]
    return ["connect to the network and run again", *ways] if file.addresses else ways


def _with_algorithm(file: PinnedFile, digest: str | None) -> str:
    return f"{_HASH_NAMES[file.algorithm]} {digest}"
