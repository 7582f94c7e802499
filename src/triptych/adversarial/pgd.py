"""Projected gradient descent (Equation 2 of the paper; Madry et al. 2018, Equation 2.1)."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from triptych.adversarial.networks import MadryNetwork

Model = Callable[[Tensor], Tensor]
# Below, the sparse gradient saves less than loading its compiled code costs a short job.
_SMALLEST_SPARSE_WIDTH = 0.5


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
    network = differentiable(model, start)
    x = start.detach()
    for _ in range(steps):
        gradient = network.gradient(logits_gradient(network.logits(x), labels))
        x = x + step_size * gradient.sign()
        x = torch.minimum(torch.maximum(x, low), high)
    return x


class Differentiable(Protocol):
    """Logits of images, then the gradient of the same images."""

    def logits(self, images: Tensor) -> Tensor:
        """Compute logits, float (n, classes), of images, float (n, 1, 28, 28)."""

    def gradient(self, gradient: Tensor) -> Tensor:
        """Turn the gradient of the last logits into that of their images."""


class Autograd:
    """A model that torch differentiates: the reference, and the one for GPUs."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def logits(self, images: Tensor) -> Tensor:
        """Compute logits, see :class:`Differentiable`."""
        self.images = images.detach().requires_grad_()
        self.outputs = self.model(self.images)
        return self.outputs.detach()

    def gradient(self, gradient: Tensor) -> Tensor:
        """Return the gradient of the images, see :class:`Differentiable`."""
        (image_gradient,) = torch.autograd.grad(self.outputs, self.images, gradient)
        return image_gradient


def logits_gradient(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the gradient of each image's cross-entropy for its logits, (n, classes).

    For the true class, p - 1 would lose all digits where the network is confident: it is minus
    the sum of the other probabilities.
    """
    own = labels.unsqueeze(1)
    others = logits.softmax(1).scatter(1, own, 0)
    return others.scatter(1, own, -others.sum(1, keepdim=True))


def differentiable(model: Model, images: Tensor) -> Differentiable:
    """Return the fastest form of a model for such images.

    On a CPU the gradient of Madry's network is sparse: see :mod:`triptych.adversarial.sparse`.
    Narrow networks, other models and GPUs use :class:`Autograd`.
    """
    if not (
        isinstance(model, MadryNetwork)
        and model.width >= _SMALLEST_SPARSE_WIDTH
        and images.type() == model.fc1.weight.type() == "torch.FloatTensor"
    ):
        return Autograd(model)
    # Its import loads a compiler.
    from triptych.adversarial.sparse import SparseNetwork

    return SparseNetwork(model)


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
