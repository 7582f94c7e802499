"""The attack with more steps, with more starts, and without gradients, on a few images."""

from collections.abc import Mapping
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor

from triptych.adversarial import detector, square
from triptych.adversarial.aware import class_margin
from triptych.adversarial.detector import READINGS
from triptych.adversarial.evaluate import score, sweep
from triptych.adversarial.networks import MadryNetwork
from triptych.adversarial.raw import Attacks, Scores
from triptych.adversarial.train import predict
from triptych.config.adversarial import ConvergenceParameters, PgdParameters
from triptych.data.images import LabeledImages
from triptych.job.progress import bar
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace

# Attacks of one setting, with as many steps (or queries) and starts, by name of the attack.
Setting = tuple[str, int, int]


def converge(
    network: MadryNetwork,
    data: LabeledImages,
    thresholds: Mapping[str, float],
    parameters: ConvergenceParameters,
    pgd: PgdParameters,
    *,
    batch_size: int,
    seed: int,
    device: torch.device,
    workspace: Workspace,
) -> dict[Setting, list[Scores]]:
    """Attack with one factor changed at a time; a killed job loses at most one epsilon.

    Parameters
    ----------
    thresholds
        The detector's threshold in each reading.
    pgd
        The attack whose steps and starts are changed.
    seed
        Of the attack: its first start is that of the curves.
    workspace
        Storage of finished attacks.

    Returns
    -------
    dict
        For each setting, the scores of all its starts.
    """

    steps_and_starts = [
        *((steps, 1) for steps in parameters.steps),
        *((pgd.steps, starts) for starts in parameters.restarts),
    ]
    on_cpu = deepcopy(network).cpu()

    def climb(steps: int, start: int) -> Scores:
        attacks = sweep(
            network,
            data,
            parameters.epsilons,
            steps=steps,
            step_size=pgd.step_size,
            random_start=True,
            batch_size=batch_size,
            seed=derive(seed, "start", start) if start else seed,
            device=device,
            workspace=Workspace(workspace.folder / f"steps-{steps}-start-{start}"),
        )
        return score(on_cpu, data, attacks)

    jobs = dict.fromkeys((steps, i) for steps, starts in steps_and_starts for i in range(starts))
    climbed = {job: climb(*job) for job in bar(list(jobs), "PGD", unit="setting")}
    results: dict[Setting, list[Scores]] = {
        ("pgd", steps, starts): [climbed[steps, start] for start in range(starts)]
        for steps, starts in steps_and_starts
    }
    searched = _search(network, data, thresholds, parameters, seed, device, workspace)
    return results | {("square", parameters.queries, 1): [score(on_cpu, data, searched)]}


def joint_score(
    network: MadryNetwork, labels: Tensor, thresholds: Mapping[str, float], device: torch.device
) -> square.Score:
    """Return classifier and detector as one score; below 0 an image evades both.

    It is the larger of two numbers: the margin of the true class's logit, and how far the
    detector's score is above its threshold, as a share of it, in the stricter reading.
    """

    def joint(images: Tensor, indices: Tensor) -> Tensor:
        with torch.no_grad():
            logits = network(images.unsqueeze(1).to(device).float() / 255).cpu()
        margin = -class_margin(logits, labels[indices])
        scores = {name: detector.scores(images.numpy(), name) for name in READINGS}
        excess = np.max([scores[name] / thresholds[name] - 1 for name in READINGS], axis=0)
        return torch.maximum(margin.double(), torch.from_numpy(excess))

    return joint


def _search(
    network: MadryNetwork,
    data: LabeledImages,
    thresholds: Mapping[str, float],
    parameters: ConvergenceParameters,
    seed: int,
    device: torch.device,
    workspace: Workspace,
) -> Attacks:
    """Attack without gradients, with a checkpoint for each epsilon."""
    images, labels = torch.tensor(data.images), torch.tensor(data.labels)
    joint = joint_score(network, labels, thresholds, device)
    attacked = []
    for epsilon in bar(parameters.epsilons, "square", unit="epsilon"):
        name = f"square-{epsilon!r}"
        if not workspace.has(name):
            best = square.search(
                joint, images, epsilon, queries=parameters.queries, seed=derive(seed, "squares")
            )
            workspace.save(name, {"images": best}, {})
        checkpoint = workspace.load(name)
        assert checkpoint is not None, name
        attacked.append(LabeledImages(checkpoint[0]["images"].numpy(), data.labels))
    return Attacks(
        np.asarray(parameters.epsilons, np.float64),
        np.stack([one.images for one in attacked]),
        np.stack([predict(network, one, device).numpy() for one in attacked]),
    )
