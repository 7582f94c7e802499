"""Projected gradient descent (Equation 2 of the paper; Madry et al. 2018, Equation 2.1)."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

Model = Callable[[Tensor], Tensor]


def attack(
    model: Model,
    images: Tensor,
    labels: Tensor,
    epsilon: float | Tensor,
    *,
    steps: int,
    step_size: float,
    random_start: bool,
    seed: int,
    indices: Tensor | None = None,
) -> Tensor:
    """Change images within an L-infinity ball so that the model misclassifies them.

    Parameters
    ----------
    model
        Maps images to logits (n, classes).
    images
        float (n, 1, 28, 28) in [0, 1].
    labels
        int64 (n,), the true classes.
    epsilon
        Largest change of a pixel: one number, or one for each image (n,).
    step_size
        Change of each pixel in a step, along the sign of the gradient.
    random_start
        Start at clip(x + u * epsilon, 0, 1) with u uniform in [-1, 1], else at x.
        Equation 2 starts at x; the published curves have a random start.
    indices
        int64 (n,): the draw of image i depends only on (seed, indices[i]), not on batches
        or order. Defaults to 0..n-1.

    Returns
    -------
    Tensor
        float (n, 1, 28, 28) in [0, 1], at most epsilon away from ``images``.
    """
    radius = torch.as_tensor(epsilon, dtype=images.dtype, device=images.device).reshape(-1, 1, 1, 1)
    low, high = (images - radius).clamp(0, 1), (images + radius).clamp(0, 1)
    start = images
    if random_start:
        chosen = torch.arange(len(images)) if indices is None else indices
        start = start_point(images, radius, unit_noise(seed, chosen, images.shape[1:]))
    return ascend(model, start, labels, low, high, steps=steps, step_size=step_size)


def ascend(
    model: Model,
    start: Tensor,
    labels: Tensor,
    low: Tensor,
    high: Tensor,
    *,
    steps: int,
    step_size: float | Tensor,
) -> Tensor:
    """Follow the sign of the gradient of the cross-entropy, clamped to [low, high].

    Parameters
    ----------
    start, low, high
        Tensors of the shape of the images.
    step_size
        A number, or a tensor of one value, which a CUDA graph reads at every replay.

    Returns
    -------
    Tensor
        The images after the last step, detached.
    """
    x = start.detach()
    for _ in range(steps):
        x.requires_grad_()
        # With the sum, each image's gradient is the same in every batch.
        loss = cross_entropy(model(x), labels, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, x)
        x = x.detach() + step_size * gradient.sign()
        x = torch.minimum(torch.maximum(x, low), high)
    return x.detach()


def start_point(images: Tensor, radius: Tensor, noise: Tensor) -> Tensor:
    """Return the random start: clip(x + u * epsilon, 0, 1) for u in [-1, 1]."""
    return (images + noise.to(images) * radius).clamp(0, 1)


def unit_noise(seed: int, indices: Tensor, shape: torch.Size) -> Tensor:
    """Draw u, float32 (n, *shape), uniform in [-1, 1] for each index, only from (seed, index)."""
    # On a GPU a batch contains an image at several epsilons: draw for it only once.
    unique, places = torch.as_tensor(indices).cpu().unique(return_inverse=True)
    draws = np.empty((len(unique), *shape), np.float32)
    for row, index in enumerate(unique.tolist()):
        generator = np.random.Generator(np.random.Philox(key=[seed, index]))
        draws[row] = generator.random(shape, dtype=np.float32)
    return torch.from_numpy(draws).mul_(2).sub_(1)[places]
