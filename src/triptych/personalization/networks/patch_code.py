"""Principal components of patches: a linear code, toward which the small autoencoder is trained.

A small autoencoder that has to find a code of its own is worse than this one for thousands of
steps, because encoder and decoder wait for each other.
"""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class PatchCode:
    """Components of square patches of images in [-1, 1].

    Attributes
    ----------
    side
        Side of a patch, pixels.
    mean
        float (3 side side,): the mean patch.
    filters
        float (channels, 3 side side): the components, the one of largest variance first. Their
        answers have the square root of the components' deviations: coarse channels stay the
        larger ones, fine ones are not lost in noise.
    """

    side: int
    mean: Tensor
    filters: Tensor

    @classmethod
    def of(cls, pixels: Tensor, side: int, channels: int) -> "PatchCode":
        """Compute the components of images, float (n, 3, s, s), and of their mirror images."""
        patches = torch.cat(
            [_patches(one, side).flatten(0, 2) for one in (pixels, pixels.flip(-1))]
        )
        mean = patches.mean(dim=0)
        centered = (patches - mean).double()
        variances, vectors = torch.linalg.eigh(centered.T @ centered / len(centered))
        largest = vectors[:, -channels:].flip(-1).T
        # The sign of an eigenvector is arbitrary.
        places = largest.abs().argmax(dim=1, keepdim=True)
        largest = largest * largest.gather(1, places).sign()
        deviations = variances[-channels:].flip(0).clamp(min=1e-12).sqrt()
        return cls(side, mean, (largest / deviations.sqrt()[:, None]).float())

    def encode(self, pixels: Tensor) -> Tensor:
        """Return the code of images, float (n, channels, s / side, s / side)."""
        centered = _patches(pixels, self.side) - self.mean.to(pixels.device)
        return (centered @ self.filters.T.to(pixels.device)).permute(0, 3, 1, 2)


def _patches(pixels: Tensor, side: int) -> Tensor:
    """Cut images into patches, float (n, rows, columns, 3 side side)."""
    count, channels, height, width = pixels.shape
    cut = pixels.reshape(count, channels, height // side, side, width // side, side)
    return cut.permute(0, 2, 4, 1, 3, 5).flatten(3)
