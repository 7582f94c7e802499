"""One training in several processes, each with its own device; accelerate connects them.

On one host they are forked from the step's process. On several hosts the user's launcher
starts them: see :mod:`triptych.job.hosts`.
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


# Other ranks wait while rank 0 validates; NCCL's default limit is ten minutes.
_LONGEST_WAIT = timedelta(hours=4)


@dataclass(frozen=True)
class Team:
    """The processes that train together, seen from one of them.

    Attributes
    ----------
    device
        The device of this process.
    rank, size
        Index of this process and number of processes; rank 0 writes files and messages.
    accelerator
        The connection of the processes; None for a single process.
    """

    device: "torch.device"
    rank: int = 0
    size: int = 1
    accelerator: "Accelerator | None" = None

    @property
    def share(self) -> slice:
        """The part of each batch that this process computes."""
        return slice(self.rank, None, self.size)

    def prepare(self, network: "nn.Module") -> "nn.Module":
        """Average gradients over the processes, on GPUs also the batch statistics."""
        if self.accelerator is None:
            return network
        if self.device.type == "cuda":
            from torch.nn import SyncBatchNorm

            network = SyncBatchNorm.convert_sync_batchnorm(network)
        return self.accelerator.prepare(network)

    def sum(self, value: "Tensor") -> "Tensor":
        """Sum a tensor over the processes."""
        return value if self.accelerator is None else self.accelerator.reduce(value, "sum")


# The function that each process runs.
Work = Callable[[Team, Workspace], object]


def run_together(
    work: Work, workspace: Workspace, *, processes: int, device: str, threads: int
) -> None:
    """Run a function in several processes at once and wait for all of them.

    Nothing is returned: rank 0 saves its result in the workspace. The calling process must not
    have used CUDA.

    Parameters
    ----------
    processes
        Number of processes on all hosts.
    device
        ``cpu`` (connected by gloo), or ``cuda``, one GPU for each process.
    threads
        Threads of torch in each process.

    Raises
    ------
    UserError
        A process raised it, or a launcher failed.
    """
    joined = hosts.joined_training()
    if joined == workspace.folder:
        join(work, workspace, processes, device, threads)
        # A member publishes nothing.
        raise SystemExit(0)
    if joined:
        # An earlier training of this step: finished, or this training would not have started.
        return
    if hosts.launcher():
        hosts.launch(workspace)
        return
    from accelerate import debug_launcher, notebook_launcher

    # A free port for each training: two on one machine must not share the default port.
    on_gpus = partial(notebook_launcher, rdzv_backend="c10d", rdzv_endpoint="localhost:0")
    launch = on_gpus if device.startswith("cuda") else debug_launcher
    # An exception of another process arrives as text with its traceback.
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
    """Run the function of :func:`run_together` in a process that a launcher started.

    The queue ``mistakes`` passes a UserError to the process that forked this one.

    Raises
    ------
    UserError
        The function raised it, or the number of processes is wrong.
    """
    from accelerate import Accelerator, InitProcessGroupKwargs

    longest = InitProcessGroupKwargs(timeout=_LONGEST_WAIT)
    # The function chooses the precision; without this argument the environment would.
    accelerator = Accelerator(mixed_precision="no", cpu=device == "cpu", kwargs_handlers=[longest])
    if accelerator.num_processes != processes:
        raise UserError(
            expected=f"{processes} processes on all hosts together, the value of processes",
            found=str(accelerator.num_processes),
            where=hosts.LAUNCHER,
            remedy="start this many with the launcher, or change processes in params.yaml",
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
