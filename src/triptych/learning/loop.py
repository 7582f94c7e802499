"""The one training loop: steps, a history, validations, checkpoints.

A panel describes what it trains as a :class:`Training`; :func:`train` makes the steps. Every draw
comes from a seed and the number of the step alone. A resumed training therefore ends with the
same bytes as an undisturbed one (CPU, equal threads).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from triptych.job.devices import open_device
from triptych.job.processes import Team, run_together
from triptych.job.progress import bar
from triptych.job.tensorboard import open_events
from triptych.job.workspace import Workspace
from triptych.learning.checkpoints import Course, resume, save
from triptych.learning.finite import Watch
from triptych.learning.history import HistoryRow
from triptych.learning.optimizers import Batch, set_learning_rate

Result = TypeVar("Result")


@dataclass(frozen=True)
class Plan:
    """How long a training is, and what is due when. The last step has all of it.

    Attributes
    ----------
    steps
        Optimizer steps.
    log_every, validate_every, checkpoint_every
        Steps between two rows of the history, validations and checkpoints. Each validation has a
        row.
    select
        Which weights to keep: the last, or those of the highest validation.
    """

    steps: int
    log_every: int
    validate_every: int
    checkpoint_every: int
    select: Literal["last", "best"] = "last"


class Training(ABC):
    """What a panel trains.

    Attributes
    ----------
    name
        Shown beside the progress bar and in errors.
    remedy
        What to change where a loss is not finite.
    network
        A checkpoint holds it and the optimizer, nothing else.
    optimizer
        Makes the steps.
    """

    name: str
    remedy: str
    network: nn.Module
    optimizer: Optimizer

    @abstractmethod
    def learning_rate(self, step: int) -> float:
        """Return the rate of a step, counted from 0."""

    @abstractmethod
    def batches(self, steps: range) -> Iterator[Batch]:
        """Yield the batches of some steps, or this process's part of them."""

    @abstractmethod
    def update(self, step: int, batch: Batch) -> Tensor:
        """Make one optimizer step; return the loss, a tensor of one value.

        With several processes the loss is this process's; their mean is that of the batch.
        """

    def validate(self) -> float | None:
        """Score the network, which is in evaluation mode; None where there are no data for it."""
        return None


def train(
    training: Training, plan: Plan, team: Team, workspace: Workspace | None
) -> list[HistoryRow]:
    """Train a network in place; a killed training continues from its last checkpoint.

    Parameters
    ----------
    training
        What is trained.
    plan
        How long.
    team
        This process among those that train together. Rank 0 validates and writes.
    workspace
        Where checkpoints are kept; None trains without them.

    Returns
    -------
    list
        The history, the same whether or not the training was interrupted.

    Raises
    ------
    UserError
        A loss, a validation or a weight is not finite.
    """
    network, optimizer = training.network, training.optimizer
    course = resume(workspace, network, optimizer)
    if course.done < plan.steps:
        network.train()
        _make_steps(training, plan, team, workspace, course)
    if course.best:
        network.load_state_dict(course.best)
    network.eval()
    return course.history


def _make_steps(
    training: Training, plan: Plan, team: Team, workspace: Workspace | None, course: Course
) -> None:
    network, optimizer, leads = training.network, training.optimizer, team.rank == 0
    watch = Watch(f"the training {training.name!r}", training.remedy)
    events = open_events(workspace if leads else None, course.done)
    steps = enumerate(training.batches(range(course.done, plan.steps)), course.done)
    for step, batch in bar(
        steps, training.name, total=plan.steps, initial=course.done, unit="step", shown=leads
    ):
        rate = training.learning_rate(step)
        set_learning_rate(optimizer, rate)
        loss = team.sum(training.update(step, batch)) / team.size

        done = course.done = step + 1
        ended = done == plan.steps
        validates = ended or done % plan.validate_every == 0
        logs = validates or done % plan.log_every == 0
        keeps = ended or done % plan.checkpoint_every == 0
        # In all processes at once: none waits for a process that has ended.
        watch.see(done, loss, rate)
        if logs or keeps:
            watch.settle()
            watch.check(done, rate, network.state_dict())
        if logs and leads:
            value = _validate(training) if validates else None
            watch.check_value(done, rate, value)
            if plan.select == "best" and _is_best(value, course.history):
                course.best = {k: v.detach().clone() for k, v in network.state_dict().items()}
            row = HistoryRow(done, loss.item(), rate, value)
            course.history.append(row)
            events(done, {"loss": row.loss, "learning_rate": rate, "validation": value})
        if keeps and leads and workspace is not None:
            save(workspace, network, optimizer, course)


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
    """Train in one process or several, each with a device of its own.

    Parameters
    ----------
    work
        Trains in a process; its checkpoint in the workspace is that of the finished training.
    workspace
        Where checkpoints are kept.
    processes
        How many train together.
    device
        As lent: ``cpu``, or ``cuda`` for a GPU each.
    threads
        Threads of torch in each process.

    Returns
    -------
    object
        What the work returns in this process.
    """
    if processes > 1:
        run_together(work, workspace, processes=processes, device=device, threads=threads)
    # After a training by several processes this loads their finished checkpoint.
    return work(Team(open_device(device, threads)), workspace)
