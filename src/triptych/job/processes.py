"""One training in several processes, each with a device of its own; accelerate joins them.

On one host they are forked from the step's own process. On several hosts a launcher of the
user's starts them: see :mod:`triptych.job.hosts`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from typing import TYPE_CHECKING

from triptych.errors import UserError
from triptych.job import hosts
from triptych.job.devices import open_device
from triptych.job.workspace import Workspace

if TYPE_CHECKING:
    import torch
    from accelerate import Accelerator
    from torch import Tensor, nn


# The others wait for rank 0 while it validates; NCCL's own limit is ten minutes.
_LONGEST_WAIT = timedelta(hours=4)


@dataclass(frozen=True)
class Team:
    """This process among those that train together.

    Attributes
    ----------
    device
        Where this process computes.
    rank, size
        Which one of how many; rank 0 writes and speaks for all.
    accelerator
        What joins the processes; None where there is one alone.
    """

    device: "torch.device"
    rank: int = 0
    size: int = 1
    accelerator: "Accelerator | None" = None

    @property
    def share(self) -> slice:
        """The part of each batch that this process takes."""
        return slice(self.rank, None, self.size)

    def prepare(self, network: "nn.Module") -> "nn.Module":
        """Let gradients be averaged over the processes.

        On GPUs batch normalisation then takes its statistics over all processes.
        """
        if self.accelerator is None:
            return network
        if self.device.type == "cuda":
            from torch.nn import SyncBatchNorm

            network = SyncBatchNorm.convert_sync_batchnorm(network)
        return self.accelerator.prepare(network)

    def sum(self, value: "Tensor") -> "Tensor":
        """A tensor summed over the processes."""
        return value if self.accelerator is None else self.accelerator.reduce(value, "sum")


# What each process does.
Work = Callable[[Team, Workspace], object]


def run_together(
    work: Work, workspace: Workspace, *, processes: int, device: str, threads: int
) -> None:
    """Run a piece of work in several processes at once and wait for all of them.

    Nothing comes back: rank 0 leaves its result in the workspace. CUDA must not have been
    used by the calling process.

    Parameters
    ----------
    work
        What each process does.
    workspace
        Where the work leaves its result.
    processes
        How many, on all hosts together.
    device
        ``cpu`` (joined by gloo), or ``cuda``, one GPU for each.
    threads
        Threads of torch in each.

    Raises
    ------
    UserError
        The work raised it in one of the processes, or a launcher failed.
    """
    joined = hosts.joined_training()
    if joined == workspace.folder:
        join(work, workspace, processes, device, threads)
        # A member publishes nothing.
        raise SystemExit(0)
    if joined:
        # An earlier training of the same step: finished, or this one would not have begun.
        return
    if hosts.launcher():
        hosts.launch(workspace)
        return
    from accelerate import debug_launcher, notebook_launcher

    # A free port for each training: two on one machine must not meet at the default one.
    on_gpus = partial(notebook_launcher, rdzv_backend="c10d", rdzv_endpoint="localhost:0")
    launch = on_gpus if device.startswith("cuda") else debug_launcher
    # An exception of another process arrives as a text with its traceback.
    mistakes: SimpleQueue[dict[str, str]] = get_context("fork").SimpleQueue()
    try:
        forked = (work, workspace, processes, device, threads, mistakes)
        launch(join, forked, num_processes=processes)
    except Exception:
        if mistakes.empty():
            raise
        raise UserError(**mistakes.get()) from None


def join(
    work: Work,
    workspace: Workspace,
    processes: int,
    device: str,
    threads: int,
    mistakes: "SimpleQueue[dict[str, str]] | None" = None,
) -> None:
    """Take part, in a process that a launcher started.

    Parameters
    ----------
    work, workspace, processes, device, threads
        See :func:`run_together`.
    mistakes
        Where a user's mistake is told to the process that forked this one.

    Raises
    ------
    UserError
        The work raised it, or there are more or fewer processes than there should be.
    """
    from accelerate import Accelerator, InitProcessGroupKwargs

    longest = InitProcessGroupKwargs(timeout=_LONGEST_WAIT)
    # The precision is the work's own affair: without a word here, the environment decides.
    accelerator = Accelerator(mixed_precision="no", cpu=device == "cpu", kwargs_handlers=[longest])
    if accelerator.num_processes != processes:
        raise UserError(
            expected=f"{processes} processes on all hosts together, as processes says",
            found=str(accelerator.num_processes),
            where=hosts.LAUNCHER,
            remedy="let the launcher start as many, or change processes in params.yaml",
        )
    opened = open_device(str(accelerator.device), threads)
    try:
        work(Team(opened, accelerator.process_index, processes, accelerator), workspace)
    except UserError as error:
        if mistakes is not None:
            mistakes.put(vars(error))
        else:
            hosts.leave_mistake(workspace, error)
        raise
