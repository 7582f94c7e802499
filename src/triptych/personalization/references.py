"""The photos that describe a person, and how they are pooled (Section 3.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from triptych.config.personalization import Pooling
from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.job.seeds import derive

if TYPE_CHECKING:
    # This imports diffusers, which the face network's jobs do not need.
    from triptych.personalization.networks.set_attention import SetSelfAttention


def require_photos(faces: Faces, fewest: int) -> None:
    """Refuse persons with too few photos.

    Raises
    ------
    UserError
        A person has fewer than ``fewest`` photos.
    """
    for person, photos in faces.by_person().items():
        if len(photos) < fewest:
            raise UserError(
                expected=f"at least {fewest} photos of every person",
                found=f"{len(photos)} of {person}",
                where=str(faces.path),
                remedy="add photos, or leave the person out",
            )


@dataclass(frozen=True)
class Subject:
    """A person to generate.

    Attributes
    ----------
    references
        Indices of the photos that describe the person.
    targets
        Indices of the held-out photos; their captions are the prompts.
    """

    name: str
    references: tuple[int, ...]
    targets: tuple[int, ...]


def divide_photos(by_person: dict[str, list[int]], wanted: int, seed: int) -> tuple[Subject, ...]:
    """Choose the references of each test person, at random but the same for all methods.

    Each person's seed is derived from the seed.

    Parameters
    ----------
    by_person
        The indices of each person's photos, at least two.
    wanted
        Number of references of each person. With too few photos, all but one are bootstrapped.
    """
    subjects = []
    for name, photos in by_person.items():
        order = shuffled(photos, derive(seed, name))
        held_out = max(1, len(order) - wanted)
        described = choose(order[:-held_out], wanted, derive(seed, name, "bootstrap"))
        subjects.append(Subject(name, described, tuple(sorted(order[-held_out:]))))
    return tuple(subjects)


def choose(photos: Sequence[int], wanted: int, seed: int) -> tuple[int, ...]:
    """Choose exactly as many photos as the model expects, nine in the paper.

    Of more than ``wanted`` photos the first are taken; if there are fewer, at least one, draws
    with replacement complete them.
    """
    missing = wanted - len(photos)
    if missing <= 0:
        return tuple(photos[:wanted])
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(len(photos), (missing,), generator=generator).tolist()
    return (*photos, *(photos[index] for index in drawn))


def shuffled(photos: Sequence[int], seed: int) -> list[int]:
    """Return the photos in a random order."""
    order = torch.randperm(len(photos), generator=torch.Generator().manual_seed(seed))
    return [photos[index] for index in order.tolist()]


def condition(
    embeddings: Tensor, pooling: Pooling, set_attention: "SetSelfAttention | None" = None
) -> Tensor:
    """Pool the embeddings of a person's photos, before the adapter's projection.

    Parameters
    ----------
    embeddings
        float (b, n, width): n photos of each of b persons.
    pooling
        ``first``: one photo, as in the plain IP-Adapter. ``max``, ``avg``: one vector, the
        maximum or mean of each element. ``all``: every photo unchanged.
        ``self_attention``: the output of the trained module, which no other pooling needs.

    Returns
    -------
    Tensor
        float (b, m, width): m images for the adapter, 1 or n.
    """
    if pooling == "first":
        return embeddings[:, :1]
    if pooling == "max":
        return embeddings.amax(dim=1, keepdim=True)
    if pooling == "avg":
        return embeddings.mean(dim=1, keepdim=True)
    if pooling == "all":
        return embeddings
    if set_attention is None:
        raise ValueError("self_attention needs the trained module")
    return set_attention(embeddings)
