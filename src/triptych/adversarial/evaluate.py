"""Evaluation of a network: attack at every epsilon, predictions, and scores of all images."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from triptych.adversarial import detector, pgd
from triptych.adversarial.networks import MadryNetwork
from triptych.adversarial.raw import Attacks, Scores
from triptych.adversarial.train import predict
from triptych.data.images import LabeledImages
from triptych.job.progress import bar
from triptych.job.workspace import Workspace
from triptych.learning.finite import require_numbers


def sweep(
    network: MadryNetwork,
    data: LabeledImages,
    epsilons: Sequence[float],
    *,
    steps: int,
    step_size: float,
    random_start: bool,
    batch_size: int,
    seed: int,
    device: torch.device,
    workspace: Workspace,
) -> Attacks:
    """Attack a test set at several epsilons; a killed sweep loses at most one batch of epsilons.

    Parameters
    ----------
    steps, step_size, random_start, seed
        See :func:`triptych.adversarial.pgd.attack`. All epsilons share the draws of the
        random start, which makes the points of a curve comparable.
    batch_size
        Images in a batch; a batch larger than the test set contains several epsilons.
    workspace
        Storage of finished epsilons.

    Raises
    ------
    UserError
        The network returns NaN.
    """
    images = torch.from_numpy(data.images).unsqueeze(1).float().div(255).to(device)
    labels = torch.from_numpy(data.labels).to(device)

    def attack_batch(indices: Tensor, radii: Tensor) -> Tensor:
        return pgd.attack(
            network,
            images[indices],
            labels[indices],
            radii.to(device),
            steps=steps,
            step_size=step_size,
            random_start=random_start,
            seed=seed,
            indices=indices,
        )

    # One checkpoint for each epsilon: a job killed on a GPU may resume on a CPU, where a batch
    # contains other epsilons.
    together = max(1, batch_size // len(data))
    groups = [epsilons[i : i + together] for i in range(0, len(epsilons), together)]
    # A group is computed as a whole: a batch of other images might round differently.
    missing = [group for group in groups if not all(workspace.has(_checkpoint(e)) for e in group)]
    done = len(groups) - len(missing)
    for group in bar(missing, "attack", total=len(groups), initial=done, unit="batch of epsilons"):
        batches = [attack_batch(*batch) for batch in _batches(len(data), group, batch_size)]
        finished = _finished(network, batches, len(group))
        for position, epsilon in enumerate(group):
            values = {key: value[position] for key, value in finished.items()}
            workspace.save(_checkpoint(epsilon), values, {})
    results = [_load(workspace, epsilon) for epsilon in epsilons]
    return Attacks(
        np.asarray(epsilons, np.float64),
        torch.stack([result["images"] for result in results]).numpy(),
        torch.stack([result["predictions"] for result in results]).numpy(),
    )


def _checkpoint(epsilon: float) -> str:
    return f"epsilon-{epsilon!r}"


def _load(workspace: Workspace, epsilon: float) -> dict[str, Tensor]:
    checkpoint = workspace.load(_checkpoint(epsilon))
    assert checkpoint is not None, epsilon
    return checkpoint[0]


def score(network: MadryNetwork, data: LabeledImages, attacks: Attacks) -> Scores:
    """Predict the clean images, and score clean and attacked images of any number of epsilons.

    The network is the attacked one, on the CPU.
    """
    images = np.concatenate([data.images[None], attacks.images])
    clean = predict(network, data, torch.device("cpu")).numpy()
    count = images.shape[:2]
    flat = images.reshape(-1, *images.shape[2:])
    by_reading = {
        reading: detector.scores(flat, reading).reshape(count)
        for reading in (*detector.READINGS, detector.SIGNED)
    }
    return Scores(
        np.concatenate([[0.0], attacks.epsilons]),
        data.labels,
        np.concatenate([clean[None], attacks.predictions]),
        **by_reading,
    )


def noisy(data: LabeledImages, epsilon: float, seed: int) -> NDArray[np.uint8]:
    """Add uniform noise in [-epsilon, epsilon] to clean images, as a control.

    The result is truncated like attacked images, uint8 (n, 28, 28).
    """
    images = torch.from_numpy(data.images).unsqueeze(1).float() / 255
    noise = pgd.unit_noise(seed, torch.arange(len(data)), images.shape[1:])
    return _quantized(pgd.start_point(images, torch.tensor(epsilon), noise)).numpy()


def _batches(
    count: int, group: Sequence[float], batch_size: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield indices and epsilons of each batch: all images of an epsilon, then of the next."""
    indices = torch.arange(count).repeat(len(group))
    radii = torch.tensor(group, dtype=torch.float32).repeat_interleave(count)
    yield from zip(indices.split(batch_size), radii.split(batch_size), strict=True)


def _finished(network: MadryNetwork, adversarial: list[Tensor], count: int) -> dict[str, Tensor]:
    with torch.no_grad():
        logits = torch.cat([network(batch) for batch in adversarial])
    require_numbers(logits, "the attacked network")
    predictions = logits.argmax(1).cpu()
    images = torch.cat([_quantized(batch).cpu() for batch in adversarial])
    return {
        "images": images.reshape(count, -1, *images.shape[1:]),
        "predictions": predictions.reshape(count, -1),
    }


def _quantized(images: Tensor) -> Tensor:
    """Truncate to gray values 0 to 255; float (n, 1, h, w) becomes uint8 (n, h, w)."""
    return (images * 255).to(torch.uint8).squeeze(1)
