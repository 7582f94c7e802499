"""A small network that distinguishes persons: it measures identity, or conditions an adapter."""

import json
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from triptych.errors import UserError
from triptych.learning.finite import require_finite_weights
from triptych.storage.tensors import read_tensors, write_tensors

# Cosines lie in [-1, 1]: a softmax needs a larger range for confident answers.
COSINE_SCALE = 16.0


class FaceNetwork(nn.Module):
    """Residual convolutions to a unit embedding, and a prototype of each training person.

    Each width in ``channels`` halves the side. The prototypes are the persons' mean embeddings.
    """

    prototypes: Tensor

    def __init__(self, channels: tuple[int, ...], embedding: int, persons: int) -> None:
        super().__init__()
        self.shape = {"channels": channels, "embedding": embedding, "persons": persons}
        widths = (3, *channels)
        self.levels = nn.Sequential(
            *(_Level(before, after) for before, after in zip(widths, channels, strict=False))
        )
        self.head = nn.Sequential(
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Linear(4 * channels[-1], embedding),
            # Centered, so that strangers are near a right angle, not all in one cone.
            nn.BatchNorm1d(embedding, affine=False),
        )
        self.register_buffer("prototypes", torch.zeros(persons, embedding))

    def forward(self, images: Tensor) -> Tensor:
        """Embed images, float (n, 3, s, s) in [-1, 1], as unit vectors (n, embedding)."""
        return normalize(self.head(self.levels(images)), dim=1)

    def logits(self, embeddings: Tensor) -> Tensor:
        """Return logits of the training persons, float (n, persons), from unit embeddings."""
        return COSINE_SCALE * embeddings @ self.prototypes.T


def save_face_network(network: FaceNetwork, path: Path) -> None:
    """Write the weights of a face network and its shape."""
    arrays = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    write_tensors(path, arrays, {"config": json.dumps(network.shape)})


def load_face_network(path: Path, device: torch.device) -> FaceNetwork:
    """Read a network that :func:`save_face_network` wrote, frozen.

    Raises
    ------
    UserError
        The file contains something else, or a weight that is not finite.
    """
    arrays, metadata = read_tensors(path)
    try:
        shape = json.loads(metadata["config"])
        network = FaceNetwork(tuple(shape["channels"]), shape["embedding"], shape["persons"])
        network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(
            expected="the weights of a face network with its shape",
            found=" ".join(str(error).split())[:300],
            where=str(path),
            remedy="delete it and run the workflow, which trains it again",
        ) from None
    require_finite_weights(network.state_dict(), path)
    return network.to(device).requires_grad_(False).eval()


class _Level(nn.Module):
    """Two convolutions with a shortcut, then a pooling that halves the side."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(before, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.Conv2d(after, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
        )
        self.shortcut = nn.Conv2d(before, after, 1)
        self.shrink = nn.Sequential(nn.ReLU(), nn.AvgPool2d(2))

    def forward(self, images: Tensor) -> Tensor:
        return self.shrink(self.body(images) + self.shortcut(images))
