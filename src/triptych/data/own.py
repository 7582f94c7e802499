"""Models and photos that a user brings: folders on this machine, repositories of the hub.

A manifest below ``data/own`` represents each, as it does every folder of models. It lists the
files and their hashes, and beside it are the files: links to those of a folder.
"""

import re
from collections.abc import Iterable
from typing import Literal

from triptych.layout import OWN
from triptych.storage.folders import MANIFEST

Part = Literal["base", "adapter", "photos"]

_HUB_MODEL = re.compile(rf"{OWN}/hub/([\w.-]+/[\w.-]+)/([0-9a-f]{{40}})/{re.escape(MANIFEST)}")


def linked(scale: str, part: Part) -> str:
    """Return the manifest of a folder that the parameters of a scale name."""
    return f"{OWN}/{scale}/{part}/{MANIFEST}"


def hub_model(repository: str, revision: str) -> str:
    """Return the manifest of a repository of the Hugging Face Hub at a commit."""
    return f"{OWN}/hub/{repository}/{revision}/{MANIFEST}"


def hub_models(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Return repository and revision of each manifest of :func:`hub_model` among paths."""
    return [(match[1], match[2]) for path in paths if (match := _HUB_MODEL.fullmatch(path))]
