"""Which files of registry entries nothing would deliver, found without a download."""

from collections.abc import Mapping
from pathlib import Path

import requests

from triptych.data import distribution, hub
from triptych.data.registry import Entry, RegistryFile
from triptych.data.resuming import SECONDS_TO_ANSWER
from triptych.errors import UserError


def refuse_unavailable(
    entries: Mapping[str, Entry], folders: Mapping[str, Path], mirror: Path | None
) -> None:
    """Refuse entries with missing files that are unavailable, and name all of these.

    Parameters
    ----------
    entries, folders
        The entries and the folders of their files, by name.
    mirror
        As for :func:`triptych.data.fetch.fetch`.

    Raises
    ------
    UserError
        Files are missing, and nothing would deliver them.
    """
    obstacles = {
        name: reasons
        for name, folder in folders.items()
        if (reasons := _obstacles(entries[name], name, folder, mirror))
    }
    if not obstacles:
        return
    # Files without an address have instructions.
    instructions = {
        entries[name].access
        for name in obstacles
        if entries[name].distribution or any(not file.urls for file in entries[name].files)
    }
    # The name of a model that the registry does not list is that of its repository.
    listed = [name for name in folders if "/" not in name]
    remedy = (
        "connect to the network (and unset HF_HUB_OFFLINE), or set TRIPTYCH_MIRROR to a folder "
        "that holds a folder of each entry, or copy the files there by hand; then run"
        + (f": triptych fetch {' '.join(listed)}" if listed else " again")
    )
    raise UserError(
        expected=f"the files of {', '.join(folders)}: in data/raw, in a mirror or on the network",
        found="nothing was downloaded, because these are unavailable: "
        + "; ".join(reason for reasons in obstacles.values() for reason in reasons),
        where=", ".join(str(folders[name]) for name in obstacles),
        remedy=". ".join([remedy, *sorted(instructions)]),
    )


def _obstacles(known: Entry, name: str, folder: Path, mirror: Path | None) -> list[str]:
    """Return the missing files of an entry that are unavailable, each with the reason."""
    missing = [
        file.name
        for file in known.all_files
        if not (folder / file.name).is_file()
        and not (mirror and known.in_mirror(mirror, name, file).is_file())
    ]
    if known.hub is not None:
        reason = hub.obstacle(known.hub, missing) if missing else None
        repository = f"{known.hub.repository} at revision {known.hub.revision}"
        return [f"{repository} ({len(missing)} files of {name}): {reason}"] if reason else []
    if (package := known.distribution) is not None:
        places = {file: distribution.located(package, file) for file in missing}
        reasons = {file: place for file, place in places.items() if isinstance(place, str)}
    else:
        wanted = [file for file in known.files if file.name in missing]
        silence = {file.name: _silence(file, folder) for file in wanted}
        reasons = {file: reason for file, reason in silence.items() if reason}
    return [f"{file} of {name}: {reason}" for file, reason in reasons.items()]


def _silence(file: RegistryFile, folder: Path) -> str | None:
    """Return the reason why no address delivers a file, without a download; None if one does."""
    if file.made_from and (folder / file.made_from.name).is_file():
        return None
    reasons = []
    for url in file.addresses:
        try:
            with requests.get(url, stream=True, timeout=SECONDS_TO_ANSWER) as response:
                if response.ok:
                    return None
                reasons.append(f"{url}: {response.status_code} {response.reason}")
        except requests.RequestException as error:
            reasons.append(f"{url}: {type(error).__name__}")
    return ", ".join(reasons) or "it has no public address"
