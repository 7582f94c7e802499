"""A private folder for one job's unfinished work, so that a killed job can resume."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from triptych.errors import UserError
from triptych.layout import WORK
from triptych.storage.files import replacing
from triptych.storage.tensors import read_tensors, write_tensors

if TYPE_CHECKING:
    import torch


class Workspace:
    """The folder of a job with named checkpoints, each with its predecessor.

    Parameters
    ----------
    folder
        Created if missing; only the job that has the lock writes to it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def save(
        self, name: str, tensors: "Mapping[str, torch.Tensor]", state: Mapping[str, Any]
    ) -> None:
        """Store tensors and JSON values under a name, and keep the previous checkpoint."""
        arrays = {key: value.detach().cpu().numpy() for key, value in tensors.items()}
        with replacing(self._path(name)) as temporary:
            write_tensors(temporary, arrays, {"state": json.dumps(state)})
            if self._path(name).is_file():
                os.replace(self._path(name), self._earlier(name))

    def has(self, name: str) -> bool:
        """Return whether a readable checkpoint is stored under a name."""
        return self.load(name) is not None

    def load(self, name: str) -> "tuple[dict[str, torch.Tensor], Any] | None":
        """Return the tensors and values stored under a name, or None.

        A damaged checkpoint is reported and removed, and its predecessor is used.
        """
        damaged = False
        for path in (self._path(name), self._earlier(name)):
            try:
                checkpoint = _read(path)
            except FileNotFoundError:
                continue
            except (UserError, KeyError, ValueError) as error:
                damage = error.found if isinstance(error, UserError) else repr(error)
                print(f"{path} is damaged ({damage}) and was removed", file=sys.stderr)
                # The next save would replace the intact predecessor with it.
                path.unlink(missing_ok=True)
                damaged = True
                continue
            if damaged:
                print(f"continuing from the previous checkpoint, {path}", file=sys.stderr)
            return checkpoint
        if damaged:
            print(f"no intact checkpoint {name}: starting again", file=sys.stderr)
        return None

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.safetensors"

    def _earlier(self, name: str) -> Path:
        return self.folder / f"{name}.earlier.safetensors"


def _read(path: Path) -> "tuple[dict[str, torch.Tensor], Any]":
    import torch

    arrays, metadata = read_tensors(path)
    tensors = {key: torch.from_numpy(array) for key, array in arrays.items()}
    return tensors, json.loads(metadata["state"])


@contextmanager
def open_workspace(step: str, key: str, *, alone: bool = True) -> Iterator[tuple[Workspace, bool]]:
    """Open the folder of a job and remove it when the job succeeds.

    Parameters
    ----------
    step
        Name of the step, part of the folder's name.
    key
        Hash of everything that the result depends on; each key has its own folder.
    alone
        Whether to lock the folder. A member of a training opens the folder that its job has
        locked, and does not remove it.

    Yields
    ------
    tuple
        The workspace, and whether another process had locked it: an orphan of a killed
        workflow, which may have finished the job.
    """
    folder = WORK / f"{step}-{key[:16]}"
    if not alone:
        yield Workspace(folder), False
        return
    WORK.mkdir(exist_ok=True)
    lock = FileLock(WORK / f"{folder.name}.lock")
    waited = False
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waited = True
        print(f"waiting for another process that works in {folder}", file=sys.stderr)
        lock.acquire()
    try:
        yield Workspace(folder), waited
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.release()
