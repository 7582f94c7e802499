"""Train one model: two networks that cooperate are trained at once (Section 3)."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from triptych.config.segmentation import FittingParameters, ProtocolParameters
from triptych.data.scenes import Scenes
from triptych.job.processes import Team
from triptych.job.progress import note
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.learning import loop
from triptych.learning.history import HistoryRow
from triptych.learning.optimizers import Batch, build_optimizer, descend
from triptych.learning.schedules import polynomial, warm_up
from triptych.segmentation.batches import TrainingCrops, training_batches
from triptych.segmentation.losses import TrainingLoss, class_weights, count_valid
from triptych.segmentation.networks import Model, ModelConfig, initialize
from triptych.segmentation.normalization import normalize
from triptych.segmentation.predict import Example, examples
from triptych.segmentation.validation import mean_iou


@dataclass(frozen=True)
class Task:
    """A model to train, and its data.

    Attributes
    ----------
    config, parameters, protocol
        The model's shape, the recipe, and how validation images are shown.
    train, val
        The data; ``val`` is for the history alone, or selects the weights.
    pretrained, loader_workers
        Weights for the backbones, or None; processes that load images not held in memory.
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
    """Train a model; a killed training continues from its last checkpoint.

    Returns
    -------
    tuple
        The model with the last weights, or the best, and its history.

    Raises
    ------
    UserError
        There are fewer training scenes than a batch holds; or the loss or a weight is not finite.
    """
    training = _SceneTraining(task, team)
    history = loop.train(
        training,
        task.parameters,
        team,
        workspace,
        validate_every=task.parameters.validate_every,
        select_best=task.parameters.select == "best",
    )
    return training.network.requires_grad_(False), history


def learning_rate(parameters: FittingParameters, step: int) -> float:
    """Return the head's rate at a step, counted from 0: a linear rise, a polynomial decay."""
    decay = polynomial(step / parameters.steps, parameters.power)
    return parameters.learning_rate * warm_up(step, parameters.warmup_steps) * decay


class _SceneTraining(loop.Training):
    """A model, its optimizer and its scenes."""

    remedy = "lower learning_rate or backbone_factor, or raise warmup_steps,"
    memory_remedy = (
        "raise accumulate, set activation_checkpointing: true or precision_cuda: float16, or lower"
        " batch_size or the crop of this training"
    )
    network: Model

    def __init__(self, task: Task, team: Team) -> None:
        self.task, self.team = task, team
        self.name = f"{task.config.network} {task.config.method}"
        self._held_val: list[Example] | None = None
        parameters = task.parameters
        self.learning_rate = partial(learning_rate, parameters)
        self.network = initialize(task.config, derive(task.seed, "weights"), task.pretrained)
        # Convolutions on the CPU are faster in this layout.
        self.network.to(team.device).to(memory_format=torch.channels_last)
        for backbone in self.network.backbones:
            backbone.set_batch_norm_momentum(parameters.backbone_batch_norm_momentum)
            backbone.freeze(parameters.frozen_parts, statistics=parameters.frozen_statistics)
            backbone.recomputes = parameters.activation_checkpointing
        self.optimizer = _optimizer(self.network, parameters, team.device)
        self.precision = _precision(parameters, team.device)
        if self.precision == torch.float16:
            self.scaler = torch.amp.GradScaler(team.device.type)
        self.loss = team.prepare(TrainingLoss(self.network, self._class_weights()))

    def batches(self, steps: range) -> Iterator[Batch]:
        parameters, device = self.task.parameters, self.team.device
        held = device if parameters.hold_in_memory else None
        crops = TrainingCrops(
            self.task.train, parameters.augmentation, derive(self.task.seed, "images"), held
        )
        batches = training_batches(
            crops,
            batch_size=parameters.batch_size,
            accumulate=parameters.accumulate,
            steps=steps,
            share=self.team.share,
            workers=0 if held else self.task.loader_workers,
            pinned=device.type == "cuda" and not held,
        )
        return batches if self.team.rank else _noting_the_wait(batches, self.name)

    def update(self, step: int, batch: Batch) -> Tensor:
        images, masks = (part.to(self.team.device, non_blocking=True) for part in batch)
        # Dropout draws from the global generator.
        torch.manual_seed(derive(self.task.seed, "dropout", step, self.team.rank))
        loss_of = partial(self._loss, self.team.sum(count_valid(masks)))
        batch = (normalize(images), masks)
        accumulate = self.task.parameters.accumulate
        return descend(self.optimizer, loss_of, batch, accumulate, self.scaler)

    def validate(self) -> float:
        task, device = self.task, self.team.device
        if self._held_val is None and task.parameters.hold_in_memory:
            self._held_val = [
                (images.to(device), masks.to(device))
                for images, masks in examples(task.val, task.protocol)
            ]
        batches = self._held_val or examples(task.val, task.protocol)
        with self._autocast():
            return mean_iou(self.network, batches, task.protocol, task.config.num_classes, device)

    def _loss(self, valid: Tensor, images: Tensor, masks: Tensor) -> Tensor:
        with self._autocast():
            loss = self.loss(images, masks, valid)
        # The loop takes means over processes and pieces; the loss is a sum over all pixels.
        return loss * (self.team.size * self.task.parameters.accumulate)

    def _autocast(self) -> torch.autocast:
        lower = self.precision != torch.float32
        return torch.autocast(self.team.device.type, dtype=self.precision, enabled=lower)

    def _class_weights(self) -> Tensor | None:
        task, power = self.task, self.task.parameters.class_weight_power
        if not power:
            return None
        masks = (task.train.mask(index) for index in range(len(task.train)))
        return class_weights(masks, task.config.num_classes, power).to(self.team.device)


def _optimizer(
    network: Model, parameters: FittingParameters, device: torch.device
) -> torch.optim.Optimizer:
    """Return the optimizer of the weights that are trained, with a rate for the backbones."""
    in_backbones = {p for backbone in network.backbones for p in backbone.parameters()}
    trained = [p for p in network.parameters() if p.requires_grad]
    groups: list[dict[str, Any]] = [
        {
            "params": [p for p in trained if p in in_backbones],
            "factor": parameters.backbone_factor,
        },
        {"params": [p for p in trained if p not in in_backbones]},
    ]
    rate, decay = parameters.learning_rate, parameters.weight_decay
    if parameters.optimizer == "adamw":
        return build_optimizer(torch.optim.AdamW, groups, device, lr=rate, weight_decay=decay)
    momentum = parameters.momentum
    return build_optimizer(
        torch.optim.SGD, groups, device, lr=rate, momentum=momentum, weight_decay=decay
    )


def _precision(parameters: FittingParameters, device: torch.device) -> torch.dtype:
    # On a CPU lower precisions are slow, or depend on its kind.
    name = parameters.precision_cuda if device.type == "cuda" else "float32"
    return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[name]


def _noting_the_wait(batches: Iterator[Batch], name: str) -> Iterator[Batch]:
    """Pass batches on; at their end, note the share of the time spent waiting for them."""
    began, waited = time.perf_counter(), 0.0
    asked = began
    for batch in batches:
        waited += time.perf_counter() - asked
        yield batch
        asked = time.perf_counter()
    share = waited / (time.perf_counter() - began)
    note(f"{name}: {share:.1%} of the time was spent waiting for data")
