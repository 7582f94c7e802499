"""The one training loop of the panel: AdamW on the batches of an objective, resumable."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor, nn

from triptych.config.base_model import LoopParameters
from triptych.job.devices import open_device
from triptych.job.processes import Team, run_together
from triptych.job.progress import bar
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.learning import training_state
from triptych.learning.finite import Watch
from triptych.learning.optimizers import eager

CHECKPOINT = "checkpoint"
# A shorter memory than AdamW's default: brief trainings get off their first plateau sooner.
_BETAS = (0.9, 0.99)

Batch = tuple[Tensor, ...]


class Objective(nn.Module, ABC):
    """What a training makes smaller.

    Attributes
    ----------
    network
        What is trained; a checkpoint holds it and nothing else. What is frozen beside
        it belongs to the objective, not to the network.
    """

    network: nn.Module
    # From the tensors of a batch to the mean loss over it, a tensor of one value.
    forward: Callable[..., Tensor]

    @abstractmethod
    def batch(self, step: int) -> Batch:
        """The inputs of a step, on the CPU, with every random draw; first axis: photos.

        They depend on the step and the objective's seed alone, so that a resumed
        training sees what an undisturbed one sees, in any number of processes.
        """

    def validation_batch(self) -> Batch | None:
        """Inputs of photos that are held out, always the same; None where there are none."""
        return None

    def after_step(self) -> None:
        """What follows an optimiser step, such as an average of the weights."""


Trained = TypeVar("Trained", bound=Objective)


@dataclass(frozen=True)
class HistoryRow:
    """One row of ``history.csv``."""

    step: int
    loss: float
    learning_rate: float
    validation: float | None


def learning_rate(parameters: LoopParameters, step: int) -> float:
    """The rate of a step, counted from 0: a linear warm-up, then constant or a half cosine."""
    warmed = min(1.0, (step + 1) / (parameters.warmup_steps + 1))
    if parameters.schedule == "constant":
        return parameters.learning_rate * warmed
    rest = max(1, parameters.steps - parameters.warmup_steps)
    progress = max(0, step - parameters.warmup_steps) / rest
    return parameters.learning_rate * warmed * 0.5 * (1 + math.cos(math.pi * progress))


def fit(
    objective: Objective,
    parameters: LoopParameters,
    *,
    seed: int,
    team: Team,
    workspace: Workspace | None,
    description: str,
) -> list[HistoryRow]:
    """Train an objective's network in place.

    Parameters
    ----------
    objective
        What is trained on which batches.
    parameters
        The recipe.
    seed
        Of draws inside the networks, such as dropout.
    team
        This process among those that train together, with its device.
    workspace
        Where the checkpoint lies; None trains without one, from the beginning.
    description
        Text before the progress bar.

    Returns
    -------
    list
        The course of the training, the same whether or not it was interrupted.

    Raises
    ------
    UserError
        The loss, its validation or a weight is not finite.
    """
    watch = Watch(f"the training {description!r}", "lower learning_rate, or raise warmup_steps,")
    objective.to(team.device)
    trained = [p for p in objective.network.parameters() if p.requires_grad]
    optimizer = eager(torch.optim.AdamW)(
        trained,
        lr=parameters.learning_rate,
        betas=_BETAS,
        weight_decay=parameters.weight_decay,
    )
    done, history = _resume(objective.network, optimizer, workspace)
    loss_of = team.prepare(objective)
    objective.network.train()
    steps = _batches(objective, range(done, parameters.steps), team)
    for step, batch in bar(
        steps, description, total=parameters.steps, initial=done, shown=team.rank == 0
    ):
        rate = learning_rate(parameters, step)
        for group in optimizer.param_groups:
            group["lr"] = rate
        torch.manual_seed(derive(seed, "network", step, team.rank))
        optimizer.zero_grad(set_to_none=True)
        loss = _loss(loss_of, batch, parameters, team)
        loss.backward()
        optimizer.step()
        objective.after_step()
        done = step + 1
        ended = done == parameters.steps
        logs = ended or done % parameters.log_every == 0
        keeps = ended or done % parameters.checkpoint_every == 0
        mean = team.sum(loss.detach()) / team.size
        # In all processes at once: none waits for one that has ended.
        watch.see(done, mean, rate)
        if logs or keeps:
            watch.settle()
            watch.check(done, rate, objective.network.state_dict())
        if logs and team.rank == 0:
            found = _validation(objective, parameters, team)
            watch.check_value(done, rate, found)
            history.append(HistoryRow(done, mean.item(), rate, found))
        if keeps and workspace is not None and team.rank == 0:
            state = {"step": done, "history": [asdict(row) for row in history]}
            tensors = training_state.pack(objective.network, optimizer)
            workspace.save(CHECKPOINT, tensors, state)
    objective.network.eval()
    return history


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
    """Train in one process or several, each with a device of its own.

    Parameters
    ----------
    build
        Makes the objective in a process, on that process's device.
    processes
        How many train together.
    device
        As lent: ``cpu``, or ``cuda`` for a GPU each.
    threads
        Threads of torch in each.
    parameters, seed, workspace, description
        See :func:`fit`.

    Returns
    -------
    tuple
        The objective with its trained network, and the course of the training.
    """
    work = partial(_build_and_fit, build, parameters, seed, description)
    if processes > 1:
        run_together(work, workspace, processes=processes, device=device, threads=threads)
    # After a training by several processes this takes up their finished checkpoint.
    return work(Team(open_device(device, threads)), workspace)


def _build_and_fit(
    build: Callable[[torch.device], Trained],
    parameters: LoopParameters,
    seed: int,
    description: str,
    team: Team,
    workspace: Workspace,
) -> tuple[Trained, list[HistoryRow]]:
    objective = build(team.device)
    history = fit(
        objective,
        parameters,
        seed=seed,
        team=team,
        workspace=workspace,
        description=description,
    )
    return objective, history


def _batches(objective: Objective, steps: range, team: Team) -> Iterator[tuple[int, Batch]]:
    for step in steps:
        whole = objective.batch(step)
        yield step, tuple(part[team.share].to(team.device) for part in whole)


def _loss(loss_of: nn.Module, batch: Batch, parameters: LoopParameters, team: Team) -> Tensor:
    lower = team.device.type == "cuda" and parameters.precision_cuda == "bfloat16"
    with torch.autocast(team.device.type, dtype=torch.bfloat16, enabled=lower):
        return loss_of(*batch)


def _validation(objective: Objective, parameters: LoopParameters, team: Team) -> float | None:
    batch = objective.validation_batch()
    if batch is None:
        return None
    objective.network.eval()
    with torch.no_grad():
        found = _loss(objective, tuple(p.to(team.device) for p in batch), parameters, team)
    objective.network.train()
    return found.item()


def _resume(
    network: nn.Module, optimizer: torch.optim.Optimizer, workspace: Workspace | None
) -> tuple[int, list[HistoryRow]]:
    kept = workspace.load(CHECKPOINT) if workspace is not None else None
    if kept is None:
        return 0, []
    tensors, state = kept
    training_state.unpack(tensors, network, optimizer)
    return state["step"], [HistoryRow(**row) for row in state["history"]]
