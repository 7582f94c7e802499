"""An attack that knows a detector (Carlini et al. 2019; Bryniarski et al. 2021).

Threat model: the attacker knows the network, the detector's scores and thresholds, and the
truncation to 8 bits. A pixel changes by at most epsilon, as in the paper's own attack. An image
evades if its class is wrong before and after the truncation and no score exceeds its threshold.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from triptych.adversarial import pgd
from triptych.data.images import LabeledImages
from triptych.job.progress import bar
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.learning.finite import require_numbers

# Above this margin between two logits, a step lowers the score instead of raising the margin.
_CONFIDENT = 0.5
# The steps fall linearly, in units of epsilon; below an epsilon of 0.05 they fall no further.
_LARGEST_STEP, _SMALLEST_STEP, _SMALLEST_UNIT = 0.1, 0.004, 0.05
_GRAY = 0.5
_TINY = 1e-30

# The best candidate of each image so far.
Best = dict[str, Tensor]


# From gray values, float (n, h, w) from 0 to 255, to the scores, (n,), differentiably.
Score = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Aim:
    """What the attacker evades.

    Attributes
    ----------
    limits
        Scores with their thresholds; all of them are evaded at once.
    followed
        The score whose gradient is followed.
    """

    limits: Sequence[tuple[Score, float]]
    followed: Score


def candidates(
    network: pgd.Model,
    data: LabeledImages,
    epsilons: Sequence[float],
    aim: Aim,
    *,
    steps: int,
    starts: int,
    batch_size: int,
    seed: int,
    device: torch.device,
    workspace: Workspace,
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Attack a test set at rising epsilons; a killed attack loses at most one epsilon.

    An image that evades at one epsilon lies in all larger balls, too, and is not attacked again.

    Parameters
    ----------
    network
        Maps images, float (n, 1, 28, 28) in [0, 1], to logits (n, classes).
    epsilons
        Rising.
    aim
        What is evaded.
    steps, starts
        Steps from each start: the image pulled toward gray, then random points of the ball.
    batch_size
        Images in a batch.
    workspace
        Storage of finished epsilons.

    Returns
    -------
    tuple
        Images, uint8 (k, n, 28, 28), and the classes predicted before and after the truncation,
        int64 (k, n). Without success an image stays clean.

    Raises
    ------
    UserError
        The network returns NaN.
    """
    images = torch.from_numpy(data.images).unsqueeze(1).float().div(255).to(device)
    labels = torch.from_numpy(data.labels).to(device)
    best = _unattacked(network, images, labels, aim, batch_size)
    best_of_epsilons = []
    for epsilon in bar(epsilons, "attack", total=len(epsilons), initial=0, unit="epsilon"):
        name = f"epsilon-{epsilon!r}"
        if (checkpoint := workspace.load(name)) is not None:
            best = {key: value.to(device) for key, value in checkpoint[0].items()}
        else:
            # The results of earlier epsilons share the memory of these tensors.
            best = {key: value.clone() for key, value in best.items()}
            for start in range(starts):
                for chosen in (best["excess"] > 0).nonzero()[:, 0].split(batch_size):
                    before = {key: value[chosen] for key, value in best.items()}
                    radius = torch.full((), epsilon, device=device)
                    first = _start(images[chosen], radius, chosen, start, seed)
                    given = (images[chosen], first, labels[chosen], epsilon)
                    after = evade(network, *given, aim, before, steps)
                    for key, value in after.items():
                        best[key][chosen] = value
            workspace.save(name, best, {})
        best_of_epsilons.append({key: value.cpu().numpy() for key, value in best.items()})
    attacked, wrong, truncated = (
        np.stack([arrays[key] for arrays in best_of_epsilons])
        for key in ("images", "predictions", "truncated_predictions")
    )
    return attacked, wrong, truncated


def evade(
    network: pgd.Model,
    images: Tensor,
    start: Tensor,
    labels: Tensor,
    epsilon: float,
    aim: Aim,
    best: Best,
    steps: int,
) -> Best:
    """Climb until the class is wrong, then lower the score without losing the wrong class.

    A step follows the sign of the margin's gradient, or, above a margin of 0.5, against the
    sign of the score's gradient, made orthogonal to the margin's.

    Parameters
    ----------
    images, start
        float (n, 1, h, w) in [0, 1]; each start is within epsilon of its image.
    best
        For each image the candidate with the lowest excess that has a wrong class.

    Returns
    -------
    dict
        The best candidates after these steps, those of before included.
    """
    x, (low, high) = start, _ball(images, epsilon)
    best = {key: value.clone() for key, value in best.items()}
    unit = max(epsilon, _SMALLEST_UNIT)
    differentiable = pgd.differentiable(network, start)
    for step in range(steps):
        logits = differentiable.logits(x)
        margin = class_margin(logits, labels)
        up = differentiable.gradient(_margin_gradient(logits, labels))
        _keep_better(network, x, logits, margin > 0, labels, aim, best)
        down = _orthogonal(_score_gradient(x, aim), up)
        direction = torch.where((margin > _CONFIDENT).reshape(-1, 1, 1, 1), -down.sign(), up.sign())
        share = _LARGEST_STEP + (_SMALLEST_STEP - _LARGEST_STEP) * step / max(1, steps - 1)
        x = torch.minimum(torch.maximum(x + share * unit * direction, low), high)
    return best


def _unattacked(
    network: pgd.Model,
    images: Tensor,
    labels: Tensor,
    aim: Aim,
    batch_size: int,
) -> Best:
    """Return the clean images; those with a wrong class already evade, unless they are flagged."""
    with torch.no_grad():
        logits = torch.cat([network(batch) for batch in images.split(batch_size)])
    require_numbers(logits, "the attacked network")
    best = {
        "images": (images * 255).to(torch.uint8).squeeze(1),
        "predictions": labels.clone(),
        "truncated_predictions": labels.clone(),
        "excess": images.new_full((len(images),), torch.inf, dtype=torch.float64),
    }
    wrong = class_margin(logits, labels) > 0
    _keep_better(network, images, logits, wrong, labels, aim, best)
    return best


def _start(images: Tensor, radius: Tensor, indices: Tensor, start: int, seed: int) -> Tensor:
    """Return the first start, the image pulled toward gray, or one of the random ones.

    Less contrast is never flagged, and half-way to gray most networks are easier to fool.
    """
    if start == 0:
        low, high = _ball(images, radius)
        return torch.full_like(images, _GRAY).clamp(low, high)
    noise = pgd.unit_noise(derive(seed, "start", start), indices, images.shape[1:])
    return pgd.start_point(images, radius, noise)


def _ball(images: Tensor, radius: Tensor | float) -> tuple[Tensor, Tensor]:
    return (images - radius).clamp(0, 1), (images + radius).clamp(0, 1)


def class_margin(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the largest logit of another class less that of the true class, (n,)."""
    own = logits.gather(1, labels[:, None])[:, 0]
    return logits.scatter(1, labels[:, None], -torch.inf).amax(1) - own


def _margin_gradient(logits: Tensor, labels: Tensor) -> Tensor:
    own = labels[:, None]
    largest = logits.scatter(1, own, -torch.inf).argmax(1, keepdim=True)
    return torch.zeros_like(logits).scatter(1, largest, 1.0).scatter(1, own, -1.0)


def _score_gradient(images: Tensor, aim: Aim) -> Tensor:
    with torch.enable_grad():
        values = (images * 255).requires_grad_()
        total = aim.followed(values[:, 0]).sum()
        (gradient,) = torch.autograd.grad(total, values)
    return gradient


def _orthogonal(gradient: Tensor, other: Tensor) -> Tensor:
    """Return the part of each image's gradient that is orthogonal to another one."""
    along, length = (gradient * other).sum((1, 2, 3)), (other * other).sum((1, 2, 3))
    return gradient - (along / length.clamp_min(_TINY)).reshape(-1, 1, 1, 1) * other


@torch.no_grad()
def _keep_better(
    network: pgd.Model,
    images: Tensor,
    logits: Tensor,
    wrong: Tensor,
    labels: Tensor,
    aim: Aim,
    best: Best,
) -> None:
    """Update the best candidates with those images whose class is wrong, also when truncated."""
    chosen = wrong.nonzero()[:, 0]
    if not len(chosen):
        return
    values = (images[chosen] * 255).floor()
    # The verdict's precision: in float32 a score may fall on the other side of its threshold.
    exact = values[:, 0].double()
    excess = torch.stack([score(exact) - limit for score, limit in aim.limits])
    excess = excess.amax(0).double()
    lower = excess < best["excess"][chosen]
    chosen, values, excess = chosen[lower], values[lower], excess[lower]
    if not len(chosen):
        return
    truncated = network(values / 255)
    fooled = class_margin(truncated, labels[chosen]) > 0
    chosen = chosen[fooled]
    best["images"][chosen] = values[fooled, 0].to(torch.uint8)
    best["predictions"][chosen] = logits[chosen].argmax(1)
    best["truncated_predictions"][chosen] = truncated[fooled].argmax(1)
    best["excess"][chosen] = excess[fooled]
