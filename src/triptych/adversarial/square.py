"""An attack without gradients: random squares (Andriushchenko et al. 2020), one score to lower."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

# Share of the image that the first square covers; it falls to one pixel.
_FIRST_SHARE = 0.3

# From 8-bit images, uint8 (n, 28, 28), and their indices to the scores (n,); below 0 evades.
Score = Callable[[Tensor, Tensor], Tensor]


def search(score: Score, images: Tensor, epsilon: float, *, queries: int, seed: int) -> Tensor:
    """Lower a score within an L-infinity ball, by squares that are kept where they help.

    The attacker sees nothing but the score. A query moves a random square of each image to the
    upper or the lower end of the ball. The search starts at the image itself, because stripes,
    the start of the published attack, are no help against a detector of rough images. An image
    whose score is below 0 is left alone.

    Parameters
    ----------
    score
        Of the classifier, or of classifier and detector together.
    images
        uint8 (n, 28, 28).
    epsilon
        Largest change of a pixel, in [0, 1].
    queries
        Scores that each image may ask for, after that of the image itself.
    seed
        Of the squares; an image's squares do not depend on the other images' scores.

    Returns
    -------
    Tensor
        uint8 (n, 28, 28), the images with the lowest scores.
    """
    # The change is a whole number of gray values: the result is the same as 8-bit and as float.
    change = int(epsilon * 255 + 1e-9)
    low = (images.int() - change).clamp(0, 255).to(torch.uint8)
    high = (images.int() + change).clamp(0, 255).to(torch.uint8)
    best, everything = images.clone(), torch.arange(len(images))
    lowest = score(images, everything)
    draws = np.random.default_rng(seed)
    for query in range(queries):
        share = _FIRST_SHARE * (1 - query / queries) ** 2
        square = _squares(draws, images.shape, share)
        darker = torch.from_numpy(draws.random((len(images), 1, 1)) < 0.5)
        tried = torch.where(square, torch.where(darker, low, high), best)
        left = everything[lowest >= 0]
        if not len(left):
            break
        values = score(tried[left], left)
        better = values < lowest[left]
        best[left[better]], lowest[left[better]] = tried[left[better]], values[better]
    return best


def _squares(draws: np.random.Generator, shape: torch.Size, share: float) -> Tensor:
    """Draw a square in each image that covers a share of it: bool (n, height, width)."""
    count, *sides = shape
    size = max(1, round(min(sides) * share**0.5))
    inside = []
    for side in sides:
        first = draws.integers(0, side - size + 1, (count, 1))
        places = np.arange(side)
        inside.append((places >= first) & (places < first + size))
    return torch.from_numpy(inside[0][:, :, None] & inside[1][:, None, :])
