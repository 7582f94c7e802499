"""The measure of identity: a network that learns whether two photos show the same person."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from triptych.job.seeds import derive
from triptych.learning.optimizers import Batch
from triptych.learning.order import batch_indices
from triptych.personalization.networks.face_network import COSINE_SCALE, FaceNetwork
from triptych.personalization.pixels import batches, flipped, to_pixels
from triptych.personalization.references import shuffled
from triptych.personalization.train import Objective

_IMAGES_AT_ONCE = 128


class IdentityObjective(Objective):
    """Two photos of a person must match among those of others (Khosla et al. 2020).

    Parameters
    ----------
    images
        uint8 (n, s, s, 3).
    by_person
        The indices of each person's photos, at least two.
    batch_size
        Number of photos in a step, two of each person.
    """

    network: FaceNetwork

    def __init__(
        self,
        network: FaceNetwork,
        images: NDArray[np.uint8],
        by_person: Sequence[Sequence[int]],
        *,
        batch_size: int,
        seed: int,
    ) -> None:
        super().__init__()
        self.network = network
        self.images, self.by_person = images, by_person
        self.batch_size, self.seed = batch_size, seed

    def batch(self, step: int) -> Batch:
        persons = batch_indices(len(self.by_person), self.batch_size // 2, step, self.seed)
        pairs = [
            shuffled(self.by_person[person], derive(self.seed, "pair", step, person))[:2]
            for person in persons.tolist()
        ]
        generator = torch.Generator().manual_seed(derive(self.seed, "augmentation", step))
        one, other = (
            _augmented(to_pixels(self.images[list(photos)], self.images.shape[1]), generator)
            for photos in zip(*pairs, strict=True)
        )
        return one, other

    def forward(self, one: Tensor, other: Tensor) -> Tensor:
        # One batch, so that the batch normalization treats both equally.
        first, second = self.network(torch.cat([one, other])).chunk(2)
        logits = COSINE_SCALE * first @ second.T
        partners = torch.arange(len(first), device=first.device)
        return (cross_entropy(logits, partners) + cross_entropy(logits.T, partners)) / 2


def embed_identity(
    network: FaceNetwork, images: NDArray[np.uint8], side: int
) -> NDArray[np.float32]:
    """Embed images, uint8 (n, s, s, 3), as unit vectors, float32 (n, e), with a frozen network.

    ``side`` is that of the training photos in pixels; larger images are resized to it.
    """
    device = next(network.parameters()).device
    parts = []
    with torch.no_grad():
        for batch in batches(images, _IMAGES_AT_ONCE, "embed identity"):
            parts.append(network(to_pixels(batch, side).to(device)).cpu())
    return torch.cat(parts).numpy()


def prototypes(embeddings: NDArray[np.float32], by_person: Sequence[Sequence[int]]) -> Tensor:
    """Return the mean embedding of each person, float (persons, e), of unit length."""
    means = [embeddings[list(photos)].mean(axis=0) for photos in by_person]
    return normalize(torch.from_numpy(np.stack(means)), dim=1)


def _augmented(pixels: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror a random half of the images; change brightness and contrast slightly."""
    pixels = flipped(pixels, torch.rand(len(pixels), generator=generator) < 0.5)
    gain, shift = torch.rand((2, len(pixels), 1, 1, 1), generator=generator) * 0.4 - 0.2
    return (pixels * (1 + gain) + shift).clamp(-1, 1)
