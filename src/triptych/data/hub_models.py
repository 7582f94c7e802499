"""Base models of the Hugging Face Hub that the registry does not list."""

from pathlib import Path

from triptych.data import hub
from triptych.data.fetch import complete
from triptych.data.registry import Entry, HubRepository, PinnedFile
from triptych.errors import UserError
from triptych.storage.folders import MANIFEST, read_manifest

# The parts of a pipeline that are used; a safety checker and copies in other formats are not.
_PARTS = (
    "unet",
    "vae",
    "text_encoder",
    "tokenizer",
    "scheduler",
    "feature_extractor",
    "image_encoder",
)
_FORMATS = (".json", ".txt", ".safetensors")
_INDEX = "model_index.json"


def fetch_model(manifest: Path, repository: str, revision: str, mirror: Path | None) -> None:
    """Complete the files of a model beside its manifest, verify them, and write it.

    Parameters
    ----------
    manifest
        The temporary path that a step gets for its output ``FOLDER/MANIFEST.sha256``.
    mirror
        A folder that may hold ``OWNER/NAME``, searched before the network.

    Raises
    ------
    UserError
        The hub does not deliver the files, or one differs from those of an earlier fetch.
    """
    known = model_entry(repository, revision, manifest.parent, mirror)
    complete(repository, known, manifest.parent, mirror, manifest)


def model_entry(repository: str, revision: str, folder: Path, mirror: Path | None) -> Entry:
    """Describe a model like an entry of the registry; the first fetch asks the hub for its files.

    Raises
    ------
    UserError
        The hub does not answer, or the repository has no model in diffusers' format.
    """
    if (folder / MANIFEST).is_file():
        names = set(read_manifest(folder / MANIFEST))
    elif mirror is not None and (mirror / repository / _INDEX).is_file():
        within = mirror / repository
        names = {path.relative_to(within).as_posix() for path in within.rglob("*")}
    else:
        names = hub.listing(repository, revision)
    used = sorted(filter(_is_used, names))
    if _INDEX not in used:
        raise UserError(
            expected=f"a base model in diffusers' format: {_INDEX}",
            found=f"{len(names)} files without it",
            where=f"{repository} at revision {revision}",
            remedy="name a repository with a Stable Diffusion model, or save the model as a folder",
        )
    return Entry(
        title=repository,
        kind="weights",
        license="See the page of the repository",
        citation=repository,
        hub=HubRepository(
            repository=repository,
            revision=revision,
            files=tuple(PinnedFile(name=name) for name in used),
        ),
    )


def _is_used(name: str) -> bool:
    """Tell whether a file belongs to the model: not a copy of other precision (``.fp16.``)."""
    part, _, file = name.rpartition("/")
    ending = name[name.rfind(".") :]
    copy = ending == ".safetensors" and file.count(".") > 1
    return name == _INDEX or (part in _PARTS and ending in _FORMATS and not copy)
