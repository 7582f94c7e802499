"""The training of every network of the panel: AdamW on the batches of an objective."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from triptych.config.base_model import LoopParameters
from triptych.job.processes import Team
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.learning import loop
from triptych.learning.history import HistoryRow
from triptych.learning.optimizers import Batch, build_optimizer, descend
from triptych.learning.schedules import half_cosine, warm_up

_FIRST_BETA = 0.9
_HELD_OUT_SHARE = 0.05
_MOST_HELD_OUT = 128


class Objective(nn.Module, ABC):
    """A network and what its training minimizes.

    A checkpoint holds the network and nothing else. Frozen parts belong to the objective.
    """

    network: nn.Module
    # From the tensors of a batch to the mean loss over it, a tensor of one value.
    forward: Callable[..., Tensor]

    @abstractmethod
    def batch(self, step: int) -> Batch:
        """Return the inputs of a step, on the CPU, with every random draw; first axis: photos.

        They depend on the step and the objective's seed alone, so that a resumed
        training sees the same inputs as an undisturbed one, in any number of processes.
        """

    def validation_batch(self) -> Batch | None:
        """Return inputs of held-out photos, always the same; None where there are none."""
        return None

    def parameter_groups(self) -> list[dict[str, Any]]:
        """Return the trained parameters, a group for each learning rate.

        The learning rate of a group is the recipe's, times the group's ``factor`` where it has one.
        """
        return [{"params": [p for p in self.network.parameters() if p.requires_grad]}]

    def after_step(self) -> None:
        """Do what follows an optimizer step, such as an average of the weights."""


def held_out(count: int) -> int:
    """Return the number of photos, the last ones, that a training leaves to its validation."""
    return min(_MOST_HELD_OUT, int(count * _HELD_OUT_SHARE))


Trained = TypeVar("Trained", bound=Objective)


def learning_rate(parameters: LoopParameters, step: int) -> float:
    """Return the rate of a step, counted from 0: a warm-up, then constant or a half cosine."""
    highest = parameters.learning_rate * warm_up(step, parameters.warmup_steps)
    if parameters.schedule == "constant":
        return highest
    rest = max(1, parameters.steps - parameters.warmup_steps)
    return highest * half_cosine(max(0, step - parameters.warmup_steps) / rest)


def fit(
    objective: Objective,
    parameters: LoopParameters,
    *,
    seed: int,
    team: Team,
    workspace: Workspace | None,
    description: str,
) -> list[HistoryRow]:
    """Train an objective's network in place, and return the history.

    The history is the same whether or not the training was interrupted.

    Parameters
    ----------
    seed
        Of draws inside the networks, such as dropout.
    team
        This process among those that train together, with its device.
    workspace
        Where checkpoints are kept; None trains without them.
    description
        Text before the progress bar.

    Raises
    ------
    UserError
        The loss, its validation or a weight is not finite.
    """
    training = _ObjectiveTraining(objective, parameters, seed, team, description)
    return loop.train(training, parameters, team, workspace)


def fit_together(
    build: Callable[[torch.device], Trained],
    parameters: LoopParameters,
    *,
    seed: int,
    processes: int,
    device: str,
    threads: int,
    workspace: Workspace,
    description: str,
) -> tuple[Trained, list[HistoryRow]]:
    """Train in one process or several; return the trained objective and the history.

    ``build`` builds the objective in a process, on that process's device. See :func:`fit` and
    :func:`triptych.learning.loop.train_together`.
    """

    def work(team: Team, workspace: Workspace) -> tuple[Trained, list[HistoryRow]]:
        objective = build(team.device)
        training = _ObjectiveTraining(objective, parameters, seed, team, description)
        return objective, loop.train(training, parameters, team, workspace)

    return loop.train_together(work, workspace, processes=processes, device=device, threads=threads)


class _ObjectiveTraining(loop.Training):
    """An objective with its optimizer."""

    remedy = "lower learning_rate, or raise warmup_steps,"

    def __init__(
        self, objective: Objective, parameters: LoopParameters, seed: int, team: Team, name: str
    ) -> None:
        self.objective, self.parameters, self.seed = objective, parameters, seed
        self.team, self.name = team, name
        self.learning_rate = partial(learning_rate, parameters)
        self.network = objective.to(team.device).network
        self.optimizer = build_optimizer(
            torch.optim.AdamW,
            objective.parameter_groups(),
            team.device,
            lr=parameters.learning_rate,
            betas=(_FIRST_BETA, parameters.beta2),
            weight_decay=parameters.weight_decay,
        )
        self.prepared = team.prepare(objective)

    def batches(self, steps: range) -> Iterator[Batch]:
        for step in steps:
            whole = self.objective.batch(step)
            yield tuple(part[self.team.share].to(self.team.device) for part in whole)

    def update(self, step: int, batch: Batch) -> Tensor:
        torch.manual_seed(derive(self.seed, "network", step, self.team.rank))
        loss_of = partial(self._loss_of, self.prepared)
        loss = descend(self.optimizer, loss_of, batch, self.parameters.accumulate)
        self.objective.after_step()
        return loss

    def validate(self) -> float | None:
        batch = self.objective.validation_batch()
        if batch is None:
            return None
        return self._loss_of(self.objective, *(p.to(self.team.device) for p in batch)).item()

    def _loss_of(self, objective: nn.Module, *batch: Tensor) -> Tensor:
        device = self.team.device.type
        lower = device == "cuda" and self.parameters.precision_cuda == "bfloat16"
        with torch.autocast(device, dtype=torch.bfloat16, enabled=lower):
            return objective(*batch)
