"""Data sets and weights that a run needs, and where each would come from."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from triptych.data import distribution, registry
from triptych.data.fetch import mirror_from
from triptych.data.registry import Entry, PinnedFile, RegistryFile
from triptych.engine.jobs import Job
from triptych.errors import UserError
from triptych.layout import RAW
from triptych.storage.folders import MANIFEST

# `make env-tensorflow` creates it to read the released checkpoints of panel 1.
_TENSORFLOW, _TENSORFLOW_VARIABLE = ".venv-tensorflow/complete", "TRIPTYCH_TENSORFLOW_PYTHON"
_COPIED = ("in_mirror", "in_package")
_CONVERTED_BY = "convert_released_network"


@dataclass(frozen=True)
class Supply:
    """An entry of the registry that the run reads.

    Attributes
    ----------
    name, title, kind, license, source
        As in the registry.
    files
        Number of its files.
    there, in_mirror, in_package, on_network, nowhere
        Number of files that are in data/raw, would be copied from the mirror or from an
        installed package, would be downloaded, or must be obtained by hand. If no job fetches
        the entry, each missing file counts as the last.
    bytes
        Bytes to copy or download, as far as sizes are known.
    unsized
        Number of files to download whose size is not known.
    access
        How to get access, in words.
    """

    name: str
    title: str
    kind: str
    license: str
    source: str
    files: int
    there: int
    in_mirror: int
    in_package: int
    on_network: int
    nowhere: int
    bytes: int
    unsized: int
    access: str


def find_supplies(
    jobs: Iterable[Job], configured_mirror: str | None
) -> tuple[list[Supply], list[UserError]]:
    """Look for the data sets and weights that jobs read, without using the network.

    Files are compared only by size: their hashes are checked when they are fetched and used.

    Returns
    -------
    tuple
        The entries that are needed, and an error for each that the run cannot get by itself.
    """
    jobs, obstacles = list(jobs), list[UserError]()
    mirror = None
    try:
        mirror = mirror_from(configured_mirror)
    except UserError as error:
        obstacles.append(error)
    planned = registry.fetched(path for job in jobs for path in job.outputs)
    read = registry.fetched(path for job in jobs for path in job.inputs)
    supplies = []
    for name in sorted(planned | read):
        supply, missing = _find(name, mirror, name in planned)
        supplies.append(supply)
        obstacles += missing
    if any(job.rule == _CONVERTED_BY for job in jobs):
        obstacles += _without_tensorflow()
    return supplies, obstacles


def _find(name: str, mirror: Path | None, planned: bool) -> tuple[Supply, list[UserError]]:
    """Locate the files of an entry; ``planned``: a job of the run fetches it."""
    entry, obstacles = registry.entry(name), list[UserError]()
    placed = [(file, *_place(name, entry, file, mirror, planned)) for file in entry.all_files]
    places = [place for _, place, _ in placed]
    for file, _, path in placed:
        if path is not None and file.bytes not in (None, path.stat().st_size):
            obstacles.append(_wrong(path, file, "" if planned else f" and {_fetch(name)}"))
    missing = [file for file, place, _ in placed if place == "nowhere"]
    if missing:
        obstacles.append(
            _missing(name, entry, missing, mirror) if planned else _lost(name, entry, missing)
        )
    copied = sum(path.stat().st_size for _, place, path in placed if place in _COPIED and path)
    sizes = [_downloaded(file) for file, place, _ in placed if place == "on_network"]
    supply = Supply(
        name=name,
        title=entry.title,
        kind=entry.kind,
        license=entry.license,
        source=entry.source,
        files=len(placed),
        there=places.count("there"),
        in_mirror=places.count("in_mirror"),
        in_package=places.count("in_package"),
        on_network=places.count("on_network"),
        nowhere=places.count("nowhere"),
        bytes=copied + sum(filter(None, sizes)),
        unsized=sizes.count(None),
        access=entry.access,
    )
    return supply, obstacles


def _place(
    name: str, entry: Entry, file: PinnedFile, mirror: Path | None, planned: bool
) -> tuple[str, Path | None]:
    """Return the first place that has a file, in the order in which ``fetch`` looks."""
    own = RAW / name / file.name
    if own.is_file():
        return "there", own
    if not planned:
        return "nowhere", None
    if mirror is not None and entry.in_mirror(mirror, name, file).is_file():
        return "in_mirror", entry.in_mirror(mirror, name, file)
    if entry.distribution is not None:
        installed = distribution.located(entry.distribution, file.name)
        return ("nowhere", None) if isinstance(installed, str) else ("in_package", installed)
    if entry.hub is not None:
        return ("nowhere" if _hub_is_shut() else "on_network"), None
    addressed = isinstance(file, RegistryFile) and file.addresses
    return ("on_network" if addressed else "nowhere"), None


def _downloaded(file: PinnedFile) -> int | None:
    """Return the size of a download: of the file, or of the archive from which it is made."""
    source = file.made_from if isinstance(file, RegistryFile) else None
    return source.bytes if source else file.bytes or file.approximate_bytes


def _hub_is_shut() -> bool:
    from huggingface_hub.constants import HF_HUB_OFFLINE

    return HF_HUB_OFFLINE


def _missing(name: str, entry: Entry, files: list[PinnedFile], mirror: Path | None) -> UserError:
    tried = f"not in {mirror}" if mirror else "no mirror is set"
    why, by_hand = "no public address", entry.access.rstrip(".")
    if entry.hub:
        why, by_hand = "HF_HUB_OFFLINE is set", "unset HF_HUB_OFFLINE"
    if entry.distribution:
        why = str(distribution.located(entry.distribution, files[0].name))
        by_hand = distribution.install(entry.distribution)
    paths = [entry.in_mirror(Path(), name, file).as_posix() for file in files]
    return UserError(
        expected=f"{_named(files)} of {name}: {entry.title}",
        found=f"no such file; {tried}; {why}",
        where=str(RAW / name),
        remedy=f"{by_hand}; or set TRIPTYCH_MIRROR to a folder that holds "
        + " and ".join(paths[:2])
        + (" and the others" if len(files) > 2 else ""),
    )


def _lost(name: str, entry: Entry, files: list[PinnedFile]) -> UserError:
    # Snakemake knows the manifest, not the files that it lists.
    return UserError(
        expected=f"{_named(files)} of {name}: {entry.title}",
        found=f"no such file; no job would fetch it, because {MANIFEST} exists",
        where=str(RAW / name),
        remedy=_fetch(name),
    )


def _fetch(name: str) -> str:
    return f"run: triptych fetch {name}"


def _named(files: list[PinnedFile]) -> str:
    shown = ", ".join(file.name for file in files[:3])
    return shown if len(files) <= 3 else f"{shown} and {len(files) - 3} other files"


def _wrong(path: Path, file: PinnedFile, once_deleted: str) -> UserError:
    return UserError(
        expected=f"{file.bytes} bytes with the pinned hash",
        found=f"{path.stat().st_size} bytes",
        where=str(path),
        remedy=f"delete it{once_deleted}, or replace it with the correct file",
    )


def _without_tensorflow() -> list[UserError]:
    if os.environ.get(_TENSORFLOW_VARIABLE) or Path(_TENSORFLOW).is_file():
        return []
    return [
        UserError(
            expected="an environment with TensorFlow, which reads the released checkpoints",
            found="no such file",
            where=_TENSORFLOW,
            remedy=f"run `make env-tensorflow`, or set {_TENSORFLOW_VARIABLE} to a Python "
            "interpreter that has TensorFlow",
        )
    ]
