"""Bring the files of a registry entry into ``data/raw``, every byte verified.

The order of look-up is: the folder itself, the mirror, the network.
"""

import os
import shutil
from pathlib import Path
from typing import Any

import pooch
import requests

from triptych.data.registry import Entry, RegistryFile, entry
from triptych.errors import UserError
from triptych.runtime.files import replacing, sha256, write_text
from triptych.runtime.progress import byte_bar

MANIFEST = "MANIFEST.sha256"

_HASH_NAMES = {"sha256": "SHA-256", "md5": "MD5"}
_CHUNK_BYTES = 1 << 16
_SECONDS_TO_ANSWER = 30


def fetch(name: str, folder: Path, mirror: Path | None) -> Path:
    """Make a registry entry complete and verified in a folder.

    Parameters
    ----------
    name
        An entry of the registry.
    folder
        Where the files belong; what is there and right is kept.
    mirror
        A folder with a subfolder ``name`` that is searched before the network.

    Returns
    -------
    Path
        The manifest, in the format of ``sha256sum``.

    Raises
    ------
    UserError
        A file has the wrong hash, or cannot be had.
    """
    found = entry(name)
    for file in found.files:
        target = folder / file.name
        if target.is_file():
            _verify(
                target,
                file,
                "delete it, or put the right file in its place, and run again",
            )
        elif mirror is not None and (mirror / name / file.name).is_file():
            _copy(mirror / name / file.name, target, file)
        else:
            _download(name, found, file, target, mirror)
    lines = [f"{file.sha256 or sha256(folder / file.name)}  {file.name}\n" for file in found.files]
    write_text(folder / MANIFEST, "".join(lines))
    return folder / MANIFEST


def verified(name: str, folder: Path) -> dict[str, Path]:
    """The files of an entry by name, each hashed once more before it is used.

    Raises
    ------
    UserError
        A file is missing or altered.
    """
    paths = {}
    for file in entry(name).files:
        path = folder / file.name
        if not path.is_file():
            raise UserError(
                expected=f"the file {file.name} of {name}",
                found="no such file",
                where=str(folder),
                remedy=f"run: triptych fetch {name}",
            )
        _verify(path, file, f"delete it and run: triptych fetch {name}")
        paths[file.name] = path
    return paths


def mirror_from(configured: str | None) -> Path | None:
    """The mirror: ``TRIPTYCH_MIRROR``, else ``data.mirror`` of the parameters.

    Raises
    ------
    UserError
        It is set and is not a folder.
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


def _verify(path: Path, file: RegistryFile, remedy: str) -> None:
    found = pooch.file_hash(str(path), alg=file.algorithm)
    if found != file.digest:
        raise UserError(
            expected=_with_algorithm(file, file.digest),
            found=f"{_with_algorithm(file, found)} ({path.stat().st_size} bytes)",
            where=str(path),
            remedy=remedy,
        )


def _copy(source: Path, target: Path, file: RegistryFile) -> None:
    _verify(source, file, "mend the mirror; nothing was copied from it")
    with replacing(target) as temporary:
        shutil.copyfile(source, temporary)
        _verify(temporary, file, "run again; the copy went wrong")


def _download(
    name: str, found: Entry, file: RegistryFile, target: Path, mirror: Path | None
) -> None:
    tried = [f"{target}: no such file"]
    tried.append(f"{mirror / name / file.name}: no such file" if mirror else "no mirror is set")
    if not file.urls:
        tried.append("it has no public address")
    target.parent.mkdir(parents=True, exist_ok=True)
    for url in file.urls:
        try:
            pooch.retrieve(
                url,
                known_hash=f"{file.algorithm}:{file.digest}",
                fname=target.name,
                path=target.parent,
                downloader=_Resuming(target.with_name(f"{target.name}.part"), file),
            )
            return
        except (requests.RequestException, ValueError) as error:
            tried.append(f"{url}: {_one_line(error)}")
    raise UserError(
        expected=f"{file.name} of {found.title}, {_with_algorithm(file, file.digest)}",
        found="; ".join(tried),
        where=str(target),
        remedy=f"either {'; or '.join(_ways_out(name, file))}. {found.access}",
    )


def _ways_out(name: str, file: RegistryFile) -> list[str]:
    ways = [
        f"set TRIPTYCH_MIRROR to a folder that holds {name}/{file.name}",
        "put the file there by hand",
    ]
    return ["connect to the network and run again", *ways] if file.urls else ways


def _with_algorithm(file: RegistryFile, digest: str) -> str:
    return f"{_HASH_NAMES[file.algorithm]} {digest}"


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else text[:197] + "..."


class _Resuming:
    """A downloader for pooch that carries on where an interrupted download stopped."""

    def __init__(self, partial: Path, file: RegistryFile) -> None:
        self.partial = partial
        self.file = file

    def __call__(self, url: str, output_file: Any, _: Any) -> None:
        have = self.partial.stat().st_size if self.partial.is_file() else 0
        # Not compressed on the way: a range counts the bytes that are sent.
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        with requests.get(url, headers=headers, stream=True, timeout=_SECONDS_TO_ANSWER) as answer:
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                # The partial file is as long as the whole one, or longer: start again.
                self.partial.unlink()
                self(url, output_file, _)
                return
            answer.raise_for_status()
            continued = answer.status_code == requests.codes.partial_content
            self._receive(answer, have if continued else 0)
        shutil.move(self.partial, output_file)

    def _receive(self, answer: requests.Response, have: int) -> None:
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else self.file.bytes
        with (
            self.partial.open("ab" if have else "wb") as partial,
            byte_bar(self.file.name, total=total, initial=have) as progress,
        ):
            for chunk in answer.iter_content(_CHUNK_BYTES):
                partial.write(chunk)
                progress.update(len(chunk))
