"""Files of the Hugging Face Hub at a pinned revision."""

from collections.abc import Collection
from pathlib import Path

from triptych.data.registry import HubRepository
from triptych.errors import UserError

_SECONDS_TO_ANSWER = 30


def obstacle(hub: HubRepository, names: Collection[str]) -> str | None:
    """Return why files of a repository are unavailable, without a download or a retry.

    None if they are available.
    """
    try:
        absent = sorted(set(names) - listing(hub.repository, hub.revision))
    except UserError as error:
        return error.found
    return f"it has no {', '.join(absent)}" if absent else None


def listing(repository: str, revision: str) -> set[str]:
    """Return the names of the files of a repository, without a download or a retry.

    Raises
    ------
    UserError
        The hub does not answer.
    """
    from huggingface_hub import HfApi

    try:
        info = HfApi().model_info(repository, revision=revision, timeout=_SECONDS_TO_ANSWER)
    except Exception as error:
        raise UserError(
            expected=f"the files of {repository} at revision {revision}",
            found=_explain(error),
            where="the Hugging Face Hub",
            remedy="connect to the network (and unset HF_HUB_OFFLINE), or set TRIPTYCH_MIRROR to a "
            f"folder that holds {repository}",
        ) from None
    return {sibling.rfilename for sibling in info.siblings or ()}


def download(hub: HubRepository, name: str, folder: Path) -> None:
    """Download a file to ``folder/name``; the next call resumes an interrupted download.

    Raises
    ------
    UserError
        The hub does not deliver it.
    OSError
        The disk is full, or the folder is not writable.
    """
    from huggingface_hub import hf_hub_download

    try:
        hf_hub_download(hub.repository, name, revision=hub.revision, local_dir=folder)
    except Exception as error:
        raise UserError(
            expected=f"{name} of {hub.repository} at revision {hub.revision}",
            found=_explain(error),
            where=str(folder / name),
            remedy="run again; the downloaded part is kept",
        ) from None


def _explain(error: Exception) -> str:
    """Return an error of the hub's library in one line; raise an error of the system again.

    The library's HTTP client, and therefore its errors, differ between versions.
    """
    if isinstance(error, OSError) and error.errno is not None:
        raise error
    return " ".join(str(error).split())[:300] or type(error).__name__
