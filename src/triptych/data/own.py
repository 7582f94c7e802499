"""Models and photos that a user brings: folders on this machine, repositories of the hub.

A manifest below ``data/own`` represents each, as it does every folder of models. It lists the
files and their hashes, and beside it are the files: links to those of a folder.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from triptych.config.base_model import LocalModel
from triptych.config.personalization import PersonalizationParameters
from triptych.errors import UserError
from triptych.layout import OWN
from triptych.storage.folders import MANIFEST, source_files

Part = Literal["base", "adapter", "photos"]

_HUB_MODEL = re.compile(rf"{OWN}/hub/([\w.-]+/[\w.-]+)/([0-9a-f]{{40}})/{re.escape(MANIFEST)}")
# What the folder of a model holds, in words, and files that it cannot do without.
_MODELS: dict[Part, tuple[str, tuple[str, ...]]] = {
    "base": ("a base model in diffusers' format", ("model_index.json",)),
    "adapter": ("an IP-Adapter in the public layout", ("models/*.safetensors",)),
}
_PLACES: dict[Part, str] = {
    "base": "base.folder",
    "adapter": "adapter.folder",
    "photos": "faces.folder.path",
}


def linked(scale: str, part: Part) -> str:
    """Return the manifest of a folder that the parameters of a scale name."""
    return f"{OWN}/{scale}/{part}/{MANIFEST}"


def hub_manifest(repository: str, revision: str) -> str:
    """Return the manifest of a repository of the Hugging Face Hub at a commit."""
    return f"{OWN}/hub/{repository}/{revision}/{MANIFEST}"


def hub_revisions(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return repository and commit of each manifest of :func:`hub_manifest` among paths."""
    return [(match[1], match[2]) for path in paths if (match := _HUB_MODEL.fullmatch(path))]


def folders(panel: PersonalizationParameters) -> dict[Part, str]:
    """Return the folders that the parameters name, as they are written."""
    named: dict[Part, str] = {}
    if panel.faces.dataset == "folder" and panel.faces.folder is not None:
        named["photos"] = panel.faces.folder.path
    if isinstance(panel.base, LocalModel):
        named["base"] = panel.base.folder
    if isinstance(panel.adapter, LocalModel):
        named["adapter"] = panel.adapter.folder
    return named


def folder(panel: PersonalizationParameters, part: Part) -> str:
    """Return the folder that the parameters name, as it is written.

    Raises
    ------
    UserError
        They name none.
    """
    named = folders(panel)
    if part not in named:
        raise UserError(
            expected=f"a folder: {_PLACES[part]}",
            found="none",
            where="the section personalization of params.yaml",
            remedy="name the folder there, or request other files",
        )
    return named[part]


def folder_files(panel: PersonalizationParameters, part: Part) -> list[str]:
    """List the files of a folder that the parameters name; none where there is no folder."""
    place = path_of(folder(panel, part))
    return [str(place / name) for name in source_files(place)] if place.is_dir() else []


def path_of(text: str) -> Path:
    """Return the path that a user wrote, with ``~`` for the home folder."""
    return Path(text).expanduser()


def folder_of(part: Part, text: str, *further: str) -> Path:
    """Return the folder that a user named, if it has what it should, and ``further`` files.

    Raises
    ------
    UserError
        There is no such folder, a file that it needs is missing, or among the folders of photos
        is another file.
    """
    place = path_of(text)
    if part == "photos":
        # Its libraries take long to import, and few runs have such photos.
        from triptych.data.photo_folder import by_person

        by_person(source_files(place), place)
        return place
    content, needed = _MODELS[part]
    missing = [name for name in (*needed, *further) if not any(place.glob(name))]
    if missing:
        raise UserError(
            expected=f"the folder of {content}",
            found=f"no {' and no '.join(missing)}" if place.is_dir() else "no such folder",
            where=str(place),
            remedy=f"name the right folder: {_PLACES[part]} of params.yaml, or the option --{part}",
        )
    return place
