"""The attack that knows the paper's detector, in both readings.

The attacker of :mod:`triptych.adversarial.aware`. The paper makes no claim about this attacker.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from triptych.adversarial import detector, pgd
from triptych.adversarial.aware import Aim, candidates
from triptych.adversarial.detector import Reading
from triptych.adversarial.raw import Adapted
from triptych.data.images import LabeledImages
from triptych.job.workspace import Workspace


def adapt(
    network: pgd.Model,
    data: LabeledImages,
    epsilons: Sequence[float],
    thresholds: Mapping[Reading, float],
    *,
    steps: int,
    starts: int,
    batch_size: int,
    seed: int,
    device: torch.device,
    workspace: Workspace,
) -> Adapted:
    """Attack a test set with knowledge of the paper's detector, see
    :func:`triptych.adversarial.aware.candidates`.

    Parameters
    ----------
    thresholds
        The threshold of each reading; all of them are evaded at once.
    """
    limits = [(partial(scores, reading=r), limit) for r, limit in thresholds.items()]
    images, wrong, truncated = candidates(
        network,
        data,
        epsilons,
        Aim(limits, followed=partial(scores, reading="as_written")),
        steps=steps,
        starts=starts,
        batch_size=batch_size,
        seed=seed,
        device=device,
        workspace=workspace,
    )
    flat = images.reshape(-1, *images.shape[2:])
    exact = {r: detector.scores(flat, r).reshape(wrong.shape) for r in detector.READINGS}
    return Adapted(np.asarray(epsilons, np.float64), data.labels, images, wrong, truncated, **exact)


def scores(values: Tensor, reading: Reading) -> Tensor:
    """Score gray values as :func:`triptych.adversarial.detector.scores` does, differentiably.

    Parameters
    ----------
    values
        float (n, h, w), from 0 to 255. ``as_published`` floors the variance, which hides the
        gradient of the weights.
    """
    north, south = values[:, :-2, 1:-1], values[:, 2:, 1:-1]
    west, east = values[:, 1:-1, :-2], values[:, 1:-1, 2:]
    rows = values[:, :-2] + values[:, 2:]
    diagonal = rows[:, :, :-2] + rows[:, :, 2:]
    cross = north + south + west + east
    residual = values[:, 1:-1, 1:-1] - cross / 2 + diagonal / 4
    squares = north * north + south * south + west * west + east * east
    variance = (4 * squares - cross * cross) / 12
    if reading == "as_published":
        variance = variance.floor()
    weights = 1 / (detector.STABILIZER + variance)
    return (residual.abs() * weights).mean((1, 2)) / weights.sum((1, 2))
