"""One training in several processes, each with a device of its own; accelerate joins them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.queues import SimpleQueue
from typing import TYPE_CHECKING

from triptych.errors import UserError
from triptych.runtime.devices import open_device

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


def run_together(
    work: Callable[[Team], object], *, processes: int, device: str, threads: int
) -> None:
    """Run a piece of work in several processes at once and wait for all of them.

    Nothing comes back: rank 0 leaves its result in a file. CUDA must not have been
    used by the calling process.

    Parameters
    ----------
    work
        What each process does.
    processes
        How many.
    device
        ``cpu`` (joined by gloo), or ``cuda``, one GPU for each.
    threads
        Threads of torch in each.

    Raises
    ------
    UserError
        The work raised it in one of the processes.
    """
    from accelerate import debug_launcher, notebook_launcher

    # A free port for each training: two on one machine must not meet at the default one.
    on_gpus = partial(notebook_launcher, rdzv_backend="c10d", rdzv_endpoint="localhost:0")
    launch = on_gpus if device.startswith("cuda") else debug_launcher
    # An exception of another process arrives as a text with its traceback.
    mistakes: SimpleQueue[dict[str, str]] = get_context("fork").SimpleQueue()
    try:
        launch(_join, (work, threads, mistakes), num_processes=processes)
    except Exception:
        if mistakes.empty():
            raise
        raise UserError(**mistakes.get()) from None


def _join(
    work: Callable[[Team], object], threads: int, mistakes: "SimpleQueue[dict[str, str]]"
) -> None:
    from accelerate import Accelerator, InitProcessGroupKwargs

    accelerator = Accelerator(kwargs_handlers=[InitProcessGroupKwargs(timeout=_LONGEST_WAIT)])
    device = open_device(str(accelerator.device), threads)
    try:
        work(Team(device, accelerator.process_index, accelerator.num_processes, accelerator))
    except UserError as error:
        mistakes.put(vars(error))
        raise
