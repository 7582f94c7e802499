"""TensorBoard's event files of a training, where the environment asks for them.

They help to watch a training. No result depends on them, and no record names them.
"""

import os
from collections.abc import Callable, Mapping

from triptych.job.progress import note
from triptych.job.workspace import Workspace

VARIABLE = "TRIPTYCH_TENSORBOARD"

Events = Callable[[int, Mapping[str, float | None]], None]


def open_events(workspace: Workspace | None, done: int) -> Events:
    """Open the event files of a training: ``work/tensorboard/JOB``, with ``JOB`` the workspace.

    Parameters
    ----------
    workspace
        Of the training; None writes no events.
    done
        Steps done by an earlier run; later events of that run are hidden.

    Returns
    -------
    Callable
        Writes the numbers of a step, or does nothing.
    """
    if workspace is None or os.environ.get(VARIABLE) != "1":
        return _ignore
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        note(f"{VARIABLE} is set, but the package tensorboard is not installed: no event files")
        return _ignore
    # Not in the workspace, which is removed when the job ends well.
    folder = workspace.folder.parent / "tensorboard" / workspace.folder.name
    writer = SummaryWriter(str(folder), purge_step=done + 1)

    def write(step: int, values: Mapping[str, float | None]) -> None:
        for name, value in values.items():
            if value is not None:
                writer.add_scalar(name, value, step)
        writer.flush()

    return write


def _ignore(step: int, values: Mapping[str, float | None]) -> None:
    pass
