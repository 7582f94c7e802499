"""Train one network, clean or on adversarial examples (Madry et al. 2018, Section 3)."""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from triptych.adversarial import pgd
from triptych.adversarial.graphs import capture
from triptych.adversarial.networks import MadryNetwork, initialize
from triptych.config.adversarial import AdversaryParameters, TrainingParameters
from triptych.data.images import LabeledImages
from triptych.job.processes import Team
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.learning import loop
from triptych.learning.history import HistoryRow
from triptych.learning.optimizers import Batch, build_optimizer, descend
from triptych.learning.order import batch_indices
from triptych.learning.schedules import half_cosine


def fit(
    data: LabeledImages,
    validation: LabeledImages,
    parameters: TrainingParameters,
    *,
    width: float,
    seed: int,
    device: torch.device,
    workspace: Workspace,
) -> tuple[MadryNetwork, list[HistoryRow]]:
    """Train a network; a killed training continues from its last checkpoint.

    Parameters
    ----------
    validation
        Held-out images, whose accuracy the history shows; may be empty.
    device
        Where to compute. On a GPU the whole step is one CUDA graph.

    Returns
    -------
    tuple
        The trained network, frozen, and its history.

    Raises
    ------
    UserError
        The loss or a weight is not finite.
    """
    network = initialize(width, derive(seed, "weights")).to(device)
    training = DigitTraining(network, data, validation, parameters, seed=seed, device=device)
    team, steps = Team(device), parameters.all_steps
    history = loop.train(training, parameters, team, workspace, steps=steps)
    return network.requires_grad_(False), history


def learning_rate(parameters: TrainingParameters, step: int) -> float:
    """Return Adam's learning rate at a step, counted from 0."""
    restart = parameters.restart
    if restart and step >= parameters.steps:
        return restart.learning_rate * half_cosine((step - parameters.steps) / restart.steps)
    if parameters.schedule == "constant":
        return parameters.learning_rate
    return parameters.learning_rate * half_cosine(step / parameters.steps)


def strength(adversary: AdversaryParameters, step: int, steps: int) -> float:
    """Return the share of epsilon and step size at a step: from a tenth to 1 over the ramp.

    Without a ramp, a short training with a large epsilon never leaves the plateau
    on which every class is equally likely.
    """
    ramp = adversary.ramp * steps
    return 1.0 if step >= ramp else 0.1 + 0.9 * step / ramp


def clean_accuracy(network: MadryNetwork, data: LabeledImages, device: torch.device) -> float:
    """Return the share of images that are classified correctly."""
    return float((predict(network, data, device) == torch.from_numpy(data.labels)).double().mean())


def predict(network: MadryNetwork, data: LabeledImages, device: torch.device) -> Tensor:
    """Return the predicted classes, int64 (n,), on the CPU."""
    with torch.no_grad():
        batches = torch.from_numpy(data.images).unsqueeze(1).split(500)
        logits = [network(batch.to(device).float() / 255) for batch in batches]
    return torch.cat(logits).argmax(1).cpu()


class DigitTraining(loop.Training):
    """A network, its images, and the buffers of one step, which a CUDA graph may own."""

    remedy = "lower learning_rate"
    network: MadryNetwork

    def __init__(
        self,
        network: MadryNetwork,
        data: LabeledImages,
        validation: LabeledImages,
        parameters: TrainingParameters,
        *,
        seed: int,
        device: torch.device,
    ) -> None:
        self.name = parameters.recipe
        self.learning_rate = partial(learning_rate, parameters)
        self.network, self.validation, self.parameters = network, validation, parameters
        self.seed, self.device = seed, device
        self.optimizer = build_optimizer(
            torch.optim.Adam,
            network.parameters(),
            device,
            # A tensor, because a captured step reads it at every replay.
            lr=torch.tensor(parameters.learning_rate, device=device),
            capturable=device.type == "cuda",
        )
        self.data = torch.from_numpy(data.images).to(device).unsqueeze(1)
        self.classes = torch.from_numpy(data.labels).to(device)
        batch = min(parameters.batch_size, len(data))
        self.images = torch.zeros(batch, 1, 28, 28, device=device)
        self.labels = torch.zeros(batch, dtype=torch.int64, device=device)
        self.noise = torch.zeros_like(self.images)
        self.strength = torch.ones((), device=device)
        self._captured: Callable[[], Tensor] | None = None

    def batches(self, steps: range) -> Iterator[Batch]:
        for step in steps:
            chosen = batch_indices(len(self.data), self.parameters.batch_size, step, self.seed)
            chosen = chosen.to(self.device)
            yield self.data[chosen].float() / 255, self.classes[chosen]

    def update(self, step: int, batch: Batch) -> Tensor:
        images, labels = batch
        self.images.copy_(images)
        self.labels.copy_(labels)
        if step == self.parameters.steps:
            self._forget_moments()
        if self.parameters.adversary:
            self.strength.fill_(strength(self.parameters.adversary, step, self.parameters.steps))
            generator = torch.Generator(self.device).manual_seed(derive(self.seed, "start", step))
            self.noise.uniform_(-1, 1, generator=generator)
        if self.device.type != "cuda":
            return self._descend()
        if self._captured is None:
            self._captured = capture(self._descend, self.network, self.optimizer)
        return self._captured()

    def validate(self) -> float | None:
        if not len(self.validation):
            return None
        return clean_accuracy(self.network, self.validation, self.device)

    def _descend(self) -> Tensor:
        batch = (self.images, self.labels, self.noise)
        return descend(self.optimizer, self._loss, batch, self.parameters.accumulate)

    def _loss(self, images: Tensor, labels: Tensor, noise: Tensor) -> Tensor:
        if self.parameters.adversary:
            images = self._attacked(self.parameters.adversary, images, labels, noise)
        return cross_entropy(self.network(images), labels)

    def _attacked(
        self, adversary: AdversaryParameters, images: Tensor, labels: Tensor, noise: Tensor
    ) -> Tensor:
        radius = adversary.epsilon * self.strength
        return pgd.ascend(
            self.network,
            pgd.start_point(images, radius, noise),
            labels,
            (images - radius).clamp(0, 1),
            (images + radius).clamp(0, 1),
            steps=adversary.steps,
            step_size=adversary.step_size * self.strength,
        )

    def _forget_moments(self) -> None:
        """Begin with a fresh Adam; in place, because a captured step knows the addresses."""
        for moments in self.optimizer.state.values():
            for value in moments.values():
                value.zero_()
