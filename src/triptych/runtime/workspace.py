"""A private folder for one job's unfinished work, so that a killed job carries on."""

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from triptych.runtime.files import replacing
from triptych.runtime.tensors import read_tensors, write_tensors

if TYPE_CHECKING:
    import torch

ROOT = Path("work")


class Workspace:
    """The folder of one job: checkpoints by name, each written atomically.

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
        """Store tensors and JSON values under a name, replacing an earlier checkpoint."""
        arrays = {key: value.detach().cpu().numpy() for key, value in tensors.items()}
        with replacing(self._path(name)) as temporary:
            write_tensors(temporary, arrays, {"state": json.dumps(state)})

    def has(self, name: str) -> bool:
        """Whether something is stored under a name."""
        return self._path(name).is_file()

    def load(self, name: str) -> "tuple[dict[str, torch.Tensor], Any] | None":
        """The tensors and values stored under a name; None where there are none."""
        import torch

        if not self.has(name):
            return None
        arrays, metadata = read_tensors(self._path(name))
        tensors = {key: torch.from_numpy(array) for key, array in arrays.items()}
        return tensors, json.loads(metadata["state"])

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.safetensors"


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
    folder = ROOT / f"{step}-{key[:16]}"
    if not alone:
        yield Workspace(folder), False
        return
    ROOT.mkdir(exist_ok=True)
    lock = FileLock(ROOT / f"{folder.name}.lock")
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
