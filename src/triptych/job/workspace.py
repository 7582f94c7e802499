"""A private folder for one job's unfinished work, so that a killed job carries on."""

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
    """The folder of one job: checkpoints by name, each whole, with the one before it.

    Parameters
    ----------
    folder
        Made where missing; nobody else writes to it while the job holds its lock.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def save(
        self, name: str, tensors: "Mapping[str, torch.Tensor]", state: Mapping[str, Any]
    ) -> None:
        """Store tensors and JSON values under a name; the checkpoint before it is kept, too.

        What is stored once, such as an epsilon or a person, has none before it.
        """
        arrays = {key: value.detach().cpu().numpy() for key, value in tensors.items()}
        with replacing(self._path(name)) as temporary:
            write_tensors(temporary, arrays, {"state": json.dumps(state)})
            if self._path(name).is_file():
                os.replace(self._path(name), self._earlier(name))

    def has(self, name: str) -> bool:
        """Whether something that can be read is stored under a name."""
        return self.load(name) is not None

    def load(self, name: str) -> "tuple[dict[str, torch.Tensor], Any] | None":
        """The tensors and values stored under a name; None where there are none.

        A damaged checkpoint is said to be so and removed, and the one before it is taken.
        """
        damaged = False
        for path in (self._path(name), self._earlier(name)):
            try:
                found = _read(path)
            except FileNotFoundError:
                continue
            except (UserError, KeyError, ValueError) as error:
                told = error.found if isinstance(error, UserError) else repr(error)
                print(f"{path} is damaged ({told}) and was removed", file=sys.stderr)
                # The next save would put it in the place of the sound one.
                path.unlink(missing_ok=True)
                damaged = True
                continue
            if damaged:
                print(f"the work goes on from the checkpoint before, {path}", file=sys.stderr)
            return found
        if damaged:
            print(f"no checkpoint {name} is left: it is made from the start", file=sys.stderr)
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
    """Open the folder of a job and remove it when the job ends well.

    Parameters
    ----------
    step
        Name of the step, for the eye.
    key
        Hash of everything that the result depends on: another key, another folder.
    alone
        Whether nobody else may open it at the same time. A member of a training opens the
        folder that the job holds already, and leaves it there.

    Yields
    ------
    tuple
        The workspace, and whether another process had to be waited for: an
        orphan of a killed workflow, which may have finished the job meanwhile.
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
