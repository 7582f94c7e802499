"""Train one model: two networks that cooperate are trained at once (Section 3)."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from triptych.config.segmentation import FittingParameters, ProtocolParameters
from triptych.data.scenes import Scenes
from triptych.job.processes import Team
from triptych.job.progress import bar, note
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.learning import training_state
from triptych.learning.finite import Watch
from triptych.learning.optimizers import eager
from triptych.segmentation.batches import Batch, TrainingCrops, normalise, training_batches
from triptych.segmentation.evaluate import mean_iou
from triptych.segmentation.losses import TrainingLoss, count_valid
from triptych.segmentation.networks import Model, ModelConfig, initialise
from triptych.segmentation.predict import Example, examples

_CHECKPOINT = "training"
_BEST = "best."


@dataclass(frozen=True)
class HistoryRow:
    """One row of ``history.csv``: the loss is that of the step's own batch."""

    step: int
    loss: float
    learning_rate: float
    validation_miou: float | None


@dataclass(frozen=True)
class Task:
    """What is to be trained, and on what.

    Attributes
    ----------
    config
        The model's shape.
    parameters
        The recipe.
    protocol
        How validation images are shown.
    train, val
        The sets; ``val`` only informs the history, or selects the weights.
    seed
        Of this training.
    pretrained
        Weights for the backbones, or None.
    loader_workers
        Processes that load images, where they are not held in memory.
    """

    config: ModelConfig
    parameters: FittingParameters
    protocol: ProtocolParameters
    train: Scenes
    val: Scenes
    seed: int
    pretrained: Path | None
    loader_workers: int


def fit(task: Task, team: Team, workspace: Workspace) -> tuple[Model, list[HistoryRow]]:
    """Train a model; a killed training carries on from its last checkpoint.

    Every draw comes from the seed and the number of the step alone, so a resumed
    training ends with the same bytes as an undisturbed one (CPU, equal threads).

    Parameters
    ----------
    task
        What is trained.
    team
        This process, alone or among others.
    workspace
        Where checkpoints are kept; the last one is that of the finished training.

    Returns
    -------
    tuple
        The model with the last weights, or the best, and its history.

    Raises
    ------
    UserError
        There are fewer training scenes than a batch holds; or the loss or a weight is not finite.
    """
    trainer = _Trainer(task, team)
    start = trainer.resume(workspace)
    end = task.parameters.steps
    steps = range(start, end)
    batches = _timed(trainer.batches(steps))
    label = f"{task.config.network} {task.config.method}"
    began, waited = time.perf_counter(), 0.0
    speaks = team.rank == 0
    for step in bar(steps, label, total=end, initial=start, unit="step", shown=speaks):
        batch, seconds = next(batches)
        waited += seconds
        loss = trainer.step(step, batch)
        trainer.follow(step + 1, loss, workspace)
    if steps and speaks:
        share = waited / (time.perf_counter() - began)
        note(f"{label}: {share:.1%} of the time was spent waiting for data")
    return trainer.finished(), trainer.history


def learning_rate(parameters: FittingParameters, step: int) -> float:
    """The head's learning rate at a step, counted from 0: a linear rise, a polynomial decay."""
    rise = min(1.0, (step + 1) / (parameters.warmup_steps + 1))
    return parameters.learning_rate * rise * (1 - step / parameters.steps) ** parameters.power


class _Trainer:
    """Model, optimiser, history and best weights of one training."""

    def __init__(self, task: Task, team: Team) -> None:
        self.task, self.team = task, team
        self.history: list[HistoryRow] = []
        self.best: dict[str, Tensor] = {}
        self._held_val: list[Example] | None = None
        parameters = task.parameters
        self.model = initialise(task.config, derive(task.seed, "weights"), task.pretrained)
        # Convolutions on the CPU are faster in this layout.
        self.model.to(team.device).to(memory_format=torch.channels_last).train()
        for branch in self.model.branches:
            branch.backbone.set_batch_norm_momentum(parameters.backbone_batch_norm_momentum)
        backbone = set(self.model.backbone_parameters())
        head = [p for p in self.model.parameters() if p not in backbone]
        groups = [
            {"params": self.model.backbone_parameters(), "factor": parameters.backbone_factor},
            {"params": head, "factor": 1.0},
        ]
        self.optimizer = eager(torch.optim.SGD)(
            groups,
            lr=parameters.learning_rate,
            momentum=parameters.momentum,
            weight_decay=parameters.weight_decay,
        )
        self.loss = team.prepare(TrainingLoss(self.model))
        self.watch = Watch(
            f"the training of {task.config.network} {task.config.method}, seed {task.seed}",
            "lower learning_rate or backbone_factor, or raise warmup_steps,",
        )

    def batches(self, steps: range) -> Iterator[Batch]:
        """The batches of some steps, or rather this process's part of them."""
        parameters, device = self.task.parameters, self.team.device
        held = device if parameters.hold_in_memory else None
        crops = TrainingCrops(
            self.task.train, parameters.augmentation, derive(self.task.seed, "images"), held
        )
        return training_batches(
            crops,
            batch_size=parameters.batch_size,
            steps=steps,
            share=self.team.share,
            workers=0 if held else self.task.loader_workers,
            pinned=device.type == "cuda" and not held,
        )

    def step(self, step: int, batch: Batch) -> Tensor:
        """Make one optimiser step; returns the loss, a tensor of one value."""
        parameters, device = self.task.parameters, self.team.device
        images, masks = (part.to(device, non_blocking=True) for part in batch)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(parameters, step) * group["factor"]
        # Dropout draws from the global generator.
        torch.manual_seed(derive(self.task.seed, "dropout", step, self.team.rank))
        self.optimizer.zero_grad(set_to_none=True)
        lower = device.type == "cuda" and parameters.precision_cuda == "bfloat16"
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=lower):
            loss = self.loss(normalise(images), masks, self.team.sum(count_valid(masks)))
        # Gradients are averaged over the processes; the loss is a sum over all pixels.
        (loss * self.team.size).backward()
        self.optimizer.step()
        return self.team.sum(loss.detach())

    def follow(self, done: int, loss: Tensor, workspace: Workspace) -> None:
        """Validate, note and keep what is due after a step; only the first process does."""
        parameters = self.task.parameters
        rate = learning_rate(parameters, done - 1)
        ended = done == parameters.steps
        validates = ended or done % parameters.validate_every == 0
        notes = validates or done % parameters.log_every == 0
        keeps = ended or done % parameters.checkpoint_every == 0
        # In all processes at once: none waits for one that has ended.
        self.watch.see(done, loss, rate)
        if notes or keeps:
            self.watch.settle()
            self.watch.check(done, rate, self.model.state_dict())
        if self.team.rank:
            return
        if notes:
            found = self._validate() if validates else None
            self.history.append(HistoryRow(done, loss.item(), rate, found))
        if keeps:
            self._keep(done, workspace)

    def resume(self, workspace: Workspace) -> int:
        """Take up the last checkpoint; returns the number of steps done."""
        kept = workspace.load(_CHECKPOINT)
        if kept is None:
            return 0
        tensors, state = kept
        training_state.unpack(tensors, self.model, self.optimizer)
        self.best = {
            key.removeprefix(_BEST): value
            for key, value in tensors.items()
            if key.startswith(_BEST)
        }
        self.history = [HistoryRow(**row) for row in state["history"]]
        return state["step"]

    def finished(self) -> Model:
        """The model with the weights that the recipe selects."""
        if self.best:
            self.model.load_state_dict(self.best)
        return self.model.requires_grad_(False).eval()

    def _validate(self) -> float:
        task, device = self.task, self.team.device
        if self._held_val is None and task.parameters.hold_in_memory:
            self._held_val = [
                (images.to(device), masks.to(device))
                for images, masks in examples(task.val, task.protocol)
            ]
        batches = self._held_val or examples(task.val, task.protocol)
        found = mean_iou(self.model, batches, task.protocol, task.config.num_classes, device)
        earlier = [row.validation_miou or 0.0 for row in self.history]
        if self.task.parameters.select == "best" and found > max(earlier, default=-1.0):
            self.best = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        return found

    def _keep(self, done: int, workspace: Workspace) -> None:
        tensors = training_state.pack(self.model, self.optimizer)
        tensors |= {f"{_BEST}{name}": value for name, value in self.best.items()}
        state = {"step": done, "history": [asdict(row) for row in self.history]}
        workspace.save(_CHECKPOINT, tensors, state)


def _timed(batches: Iterator[Batch]) -> Iterator[tuple[Batch, float]]:
    """Each batch with the seconds that it let us wait."""
    while True:
        began = time.perf_counter()
        try:
            batch = next(batches)
        except StopIteration:
            return
        yield batch, time.perf_counter() - began
