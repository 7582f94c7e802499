"""The one training loop. A panel describes a :class:`Training`; :func:`train` makes its steps.

Every draw comes from a seed and the number of the step alone. A resumed training therefore ends
with the same bytes as an undisturbed one (CPU, equal threads).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import Optimizer

from triptych.errors import UserError
from triptych.job.devices import open_device
from triptych.job.processes import Team, run_together
from triptych.job.progress import bar
from triptych.job.tensorboard import open_events
from triptych.job.workspace import Workspace
from triptych.learning.checkpoints import resume, save
from triptych.learning.finite import Watch
from triptych.learning.history import HistoryRow
from triptych.learning.optimizers import Batch, set_learning_rate

Result = TypeVar("Result")


class Recipe(Protocol):
    """What the loop reads of a panel's training parameters: steps, and steps between events."""

    @property
    def steps(self) -> int: ...
    @property
    def log_every(self) -> int: ...
    @property
    def checkpoint_every(self) -> int: ...


class Training(ABC):
    """What a panel trains.

    Attributes
    ----------
    name, remedy, memory_remedy
        Shown beside the progress bar and in errors; what to change where a loss is not finite, and
        where the memory of a GPU is too small.
    network, optimizer, scaler
        What a checkpoint holds; the scaler of the loss is that of float16, otherwise None.
    learning_rate
        From a step, counted from 0, to its rate.
    """

    name: str
    remedy: str
    memory_remedy = "lower the batch_size of this training"
    network: nn.Module
    optimizer: Optimizer
    scaler: GradScaler | None = None
    learning_rate: Callable[[int], float]

    @abstractmethod
    def batches(self, steps: range) -> Iterator[Batch]:
        """Yield the batches of some steps; of several processes, each yields its own part."""

    @abstractmethod
    def update(self, step: int, batch: Batch) -> Tensor:
        """Make one optimizer step; return the loss, a tensor of one value.

        The mean over the processes is the loss of the whole batch.
        """

    def validate(self) -> float | None:
        """Score the network, which is in evaluation mode; None where there are no data."""
        return None


def train(
    training: Training,
    recipe: Recipe,
    team: Team,
    workspace: Workspace | None,
    *,
    steps: int | None = None,
    validate_every: int | None = None,
    select_best: bool = False,
) -> list[HistoryRow]:
    """Train a network in place; a killed training continues from its last checkpoint.

    A row of the history, a validation and a checkpoint follow the last step in any case.

    Parameters
    ----------
    team
        This process among those that train together. Rank 0 validates and writes.
    workspace
        Where checkpoints are kept; None trains without them.
    steps
        Optimizer steps where they are not the recipe's.
    validate_every
        Steps between two validations, each a row of the history; None validates at every row.
    select_best
        Keep the weights of the highest validation, not the last.

    Returns
    -------
    list
        The history, the same whether or not the training was interrupted.

    Raises
    ------
    UserError
        A loss, a validation or a weight is not finite.
    """
    end, validate_every = steps or recipe.steps, validate_every or recipe.log_every
    network, optimizer, leads = training.network, training.optimizer, team.rank == 0
    course = resume(workspace, network, optimizer, training.scaler)
    watch = Watch(f"the training {training.name!r}", training.remedy)
    events = open_events(workspace if leads else None, course.done)
    network.train()
    left = range(course.done, end)
    batches = zip(left, training.batches(left) if left else (), strict=True)
    for step, batch in bar(
        batches, training.name, total=end, initial=course.done, unit="step", shown=leads
    ):
        rate = training.learning_rate(step)
        set_learning_rate(optimizer, rate)
        loss = team.sum(_update(training, step, batch)) / team.size
        done = course.done = step + 1
        ended = done == end
        validates = ended or done % validate_every == 0
        logs = validates or done % recipe.log_every == 0
        keeps = ended or done % recipe.checkpoint_every == 0

        # In all processes at once: none waits for a process that has ended.
        watch.see(done, loss, rate)
        if logs or keeps:
            watch.check(done, rate, network.state_dict())
        if logs and leads:
            value = _validate(training) if validates else None
            watch.check_value(done, rate, value)
            if select_best and _is_best(value, course.history):
                course.best = {k: v.detach().clone() for k, v in network.state_dict().items()}
            row = HistoryRow(done, loss.item(), rate, value)
            course.history.append(row)
            events(row.step, vars(row))
        if keeps and leads and workspace is not None:
            save(workspace, network, optimizer, course, training.scaler)

    if course.best:
        network.load_state_dict(course.best)
    network.eval()
    return course.history


def _update(training: Training, step: int, batch: Batch) -> Tensor:
    try:
        return training.update(step, batch)
    except torch.OutOfMemoryError as error:
        raise UserError(
            expected="enough GPU memory for a step of this training",
            found=" ".join(str(error).split())[:300],
            where=f"the training {training.name!r}, step {step + 1}",
            remedy=f"{training.memory_remedy}; or use a GPU with more memory",
        ) from None


def _validate(training: Training) -> float | None:
    training.network.eval()
    with torch.no_grad():
        value = training.validate()
    training.network.train()
    return value


def _is_best(value: float | None, history: list[HistoryRow]) -> bool:
    earlier = (row.validation for row in history if row.validation is not None)
    return value is not None and value > max(earlier, default=-1.0)


def train_together(
    work: Callable[[Team, Workspace], Result],
    workspace: Workspace,
    *,
    processes: int,
    device: str,
    threads: int,
) -> Result:
    """Train in one process or several, and return what the work returns in this process.

    The last checkpoint of the work is that of the finished training.
    """
    if processes > 1:
        run_together(work, workspace, processes=processes, device=device, threads=threads)
    # After a training by several processes this loads their finished checkpoint.
    return work(Team(open_device(device, threads)), workspace)
