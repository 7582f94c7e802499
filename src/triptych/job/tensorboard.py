"""TensorBoard's event files, where the environment asks for them. No result depends on them."""

import os
from collections.abc import Callable, Mapping

from triptych.job.progress import note
from triptych.job.workspace import Workspace

VARIABLE = "TRIPTYCH_TENSORBOARD"


def open_events(
    workspace: Workspace | None, done: int
) -> Callable[[int, Mapping[str, float | None]], None]:
    """Return a function that writes the numbers of a step, or ignores them.

    Parameters
    ----------
    workspace
        Of the training ``JOB``: events go to ``work/tensorboard/JOB``. None writes no events.
    done
        Steps done before; later events of an interrupted run are hidden.
    """
    if workspace is None or os.environ.get(VARIABLE) != "1":
        return lambda *_: None
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        note(f"{VARIABLE} is set, but the package tensorboard is not installed: no event files")
        return lambda *_: None
    # Not in the workspace, which is removed when the job ends well.
    folder = workspace.folder.parent / "tensorboard" / workspace.folder.name
    writer = SummaryWriter(str(folder), purge_step=done + 1)

    def write(step: int, values: Mapping[str, float | None]) -> None:
        for name, value in values.items():
            if value is not None and name != "step":
                writer.add_scalar(name, value, step)
        writer.flush()

    return write
