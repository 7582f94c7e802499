"""Train one network, clean or on adversarial examples (Madry et al. 2018, Section 3)."""

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from triptych.adversarial import pgd
from triptych.adversarial.graphs import capture
from triptych.adversarial.networks import MadryNetwork, initialize
from triptych.config.adversarial import AdversaryParameters, TrainingParameters
from triptych.data.images import LabelledImages
from triptych.job.progress import bar
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.learning import training_state
from triptych.learning.finite import Watch
from triptych.learning.optimizers import eager
from triptych.learning.order import batch_indices

_CHECKPOINT = "training"


@dataclass(frozen=True)
class HistoryRow:
    """One row of ``history.csv``: the loss is that of the step's own batch."""

    step: int
    loss: float
    learning_rate: float
    validation_accuracy: float | None


def fit(
    data: LabelledImages,
    validation: LabelledImages,
    parameters: TrainingParameters,
    *,
    width: float,
    seed: int,
    device: torch.device,
    workspace: Workspace,
) -> tuple[MadryNetwork, list[HistoryRow]]:
    """Train a network; a killed training carries on from its last checkpoint.

    Every draw comes from the seed and the number of the step alone, so a resumed
    training ends with the same bytes as an undisturbed one (CPU, equal threads).

    Parameters
    ----------
    data
        Training images.
    validation
        Held-out images for the history; may be empty.
    parameters
        The recipe.
    width
        Width of the network, see :class:`MadryNetwork`.
    seed
        Seed of this training.
    device
        Where to compute. On a GPU the whole step is one CUDA graph.
    workspace
        Where checkpoints are kept.

    Returns
    -------
    tuple
        The trained network and its history.

    Raises
    ------
    UserError
        The loss or a weight is not finite.
    """
    network = initialize(width, derive(seed, "weights")).to(device)
    trainer = Trainer(network, parameters, len(data), seed, device)
    start, history = trainer.resume(workspace)
    images = torch.from_numpy(data.images).to(device).unsqueeze(1)
    labels = torch.from_numpy(data.labels).to(device)
    end = parameters.all_steps
    for step in bar(range(start, end), parameters.recipe, total=end, initial=start, unit="step"):
        if step == parameters.steps:
            trainer.forget_moments()
        chosen = batch_indices(len(data), parameters.batch_size, step, seed).to(device)
        loss = trainer.step(step, images[chosen].float() / 255, labels[chosen])
        done, rate = step + 1, learning_rate(parameters, step)
        trainer.watch.see(done, loss, rate)
        logs = done % parameters.log_every == 0 or done == end
        keeps = done % parameters.checkpoint_every == 0
        if logs or keeps:
            trainer.watch.settle()
            trainer.watch.check(done, rate, network.state_dict())
        if logs:
            accuracy = clean_accuracy(network, validation, device) if len(validation) else None
            history.append(HistoryRow(done, loss.item(), rate, accuracy))
        if keeps:
            trainer.keep(workspace, done, history)
    return network.requires_grad_(False), history


def learning_rate(parameters: TrainingParameters, step: int) -> float:
    """Adam's learning rate at a step, counted from 0."""
    if parameters.restart and step >= parameters.steps:
        restart = parameters.restart
        return _half_cosine(restart.learning_rate, step - parameters.steps, restart.steps)
    if parameters.schedule == "constant":
        return parameters.learning_rate
    return _half_cosine(parameters.learning_rate, step, parameters.steps)


def _half_cosine(highest: float, step: int, steps: int) -> float:
    return highest * (1 + math.cos(math.pi * step / steps)) / 2


def strength(adversary: AdversaryParameters, step: int, steps: int) -> float:
    """Share of epsilon and step size at a step: it grows from a tenth to 1 over the ramp.

    Without a ramp, a short training with a large epsilon never leaves the plateau
    on which every class is equally likely.
    """
    ramp = adversary.ramp * steps
    return 1.0 if step >= ramp else 0.1 + 0.9 * step / ramp


def clean_accuracy(network: MadryNetwork, data: LabelledImages, device: torch.device) -> float:
    """Share of images that are classified correctly."""
    return float((predict(network, data, device) == torch.from_numpy(data.labels)).double().mean())


def predict(network: MadryNetwork, data: LabelledImages, device: torch.device) -> Tensor:
    """The predicted classes, int64 (n,), on the CPU."""
    with torch.no_grad():
        batches = torch.from_numpy(data.images).unsqueeze(1).split(500)
        logits = [network(batch.to(device).float() / 255) for batch in batches]
    return torch.cat(logits).argmax(1).cpu()


class Trainer:
    """Network, optimiser and the buffers of one step, which a CUDA graph may own."""

    def __init__(
        self,
        network: MadryNetwork,
        parameters: TrainingParameters,
        data_size: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self.network, self.parameters = network, parameters
        self.seed, self.device = seed, device
        batch = min(parameters.batch_size, data_size)
        # A tensor, because a captured step reads it anew at every replay.
        self.rate = torch.tensor(parameters.learning_rate, device=device)
        self.optimizer = eager(torch.optim.Adam)(
            network.parameters(), lr=self.rate, capturable=device.type == "cuda"
        )
        self.images = torch.zeros(batch, 1, 28, 28, device=device)
        self.labels = torch.zeros(batch, dtype=torch.int64, device=device)
        self.noise = torch.zeros_like(self.images)
        self.strength = torch.ones((), device=device)
        self.update = self._update
        self.watch = Watch(
            f"the training {parameters.recipe} of an adversarial network", "lower learning_rate"
        )

    def step(self, step: int, images: Tensor, labels: Tensor) -> Tensor:
        """Make one optimiser step; returns the loss, a tensor of one value."""
        self.images.copy_(images)
        self.labels.copy_(labels)
        self.rate.fill_(learning_rate(self.parameters, step))
        if self.parameters.adversary:
            self.strength.fill_(strength(self.parameters.adversary, step, self.parameters.steps))
            self.noise.uniform_(-1, 1, generator=self._generator(step))
        if self.device.type == "cuda" and self.update == self._update:
            self.update = capture(self._update, self.network, self.optimizer)
        return self.update()

    def _share_rate(self) -> None:
        """Hand the optimiser the very tensor that `step` sets: loading put a copy in its place."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate

    def _update(self) -> Tensor:
        images = self._attacked() if self.parameters.adversary else self.images
        self.optimizer.zero_grad(set_to_none=True)
        loss = cross_entropy(self.network(images), self.labels)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def _attacked(self) -> Tensor:
        adversary = self.parameters.adversary
        assert adversary is not None
        radius = adversary.epsilon * self.strength
        return pgd.ascend(
            self.network,
            pgd.start_point(self.images, radius, self.noise),
            self.labels,
            (self.images - radius).clamp(0, 1),
            (self.images + radius).clamp(0, 1),
            steps=adversary.steps,
            step_size=adversary.step_size * self.strength,
        )

    def forget_moments(self) -> None:
        """Begin with a fresh Adam; in place, because a captured step knows the addresses."""
        for values in self.optimizer.state.values():
            for value in values.values():
                value.zero_()

    def _generator(self, step: int) -> torch.Generator:
        return torch.Generator(self.device).manual_seed(derive(self.seed, "start", step))

    def keep(self, workspace: Workspace, done: int, history: list[HistoryRow]) -> None:
        """Store everything that the next step depends on."""
        state = {"step": done, "history": [asdict(row) for row in history]}
        workspace.save(_CHECKPOINT, training_state.pack(self.network, self.optimizer), state)

    def resume(self, workspace: Workspace) -> tuple[int, list[HistoryRow]]:
        """Take up the last checkpoint; returns the steps done and the history so far."""
        kept = workspace.load(_CHECKPOINT)
        if kept is None:
            return 0, []
        tensors, state = kept
        training_state.unpack(tensors, self.network, self.optimizer)
        self._share_rate()
        return state["step"], [HistoryRow(**row) for row in state["history"]]
