"""The description beside each image of one's own: what it was made from, and how."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from triptych.config.personalization import PersonalizationParameters
from triptych.job.hosts import running_command
from triptych.personalization.methods import Method
from triptych.provenance.recording import commit, versions
from triptych.storage.files import sha256
from triptych.storage.folders import source_files


def described(
    photos: Sequence[Path],
    base: Path,
    adapter: Path | None,
    panel: PersonalizationParameters,
    method: Method,
) -> dict[str, Any]:
    """Describe what the images of a call have in common, for JSON.

    The hash of a folder is that of the hashes of its files.
    """
    recipe = panel.dreambooth.model_dump(mode="json") if method.tuned_per_person else None
    is_lora = method.name == "dreambooth_lora"
    return {
        "generated": True,
        "photos": {photo.name: sha256(photo) for photo in photos},
        "base": {"folder": str(base), "sha256": _hash_of(base)},
        "adapter": adapter and {"folder": str(adapter), "sha256": _hash_of(adapter)},
        "sampling": panel.sampling.model_dump(
            mode="json", exclude={"images_per_person", "batch_size"}
        ),
        "batch_size": panel.sampling.batch_size,
        "dreambooth": recipe,
        "lora": panel.dreambooth_lora.model_dump(mode="json") if is_lora else None,
        "command": running_command.get(),
        "commit": commit().model_dump(),
        "software": versions(),
    }


def distinct(about: dict[str, Any]) -> str:
    """Return a name for the unfinished work that only the same images continue."""
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:16]


def _hash_of(folder: Path) -> str:
    digests = {name: sha256(folder / name) for name in source_files(folder)}
    return hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()
