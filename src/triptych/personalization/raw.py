"""Generated images on disk, each with its prompt, seed and references."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triptych.data.encoded import Packed, Packing, as_png, reading, write_packed
from triptych.errors import UserError
from triptych.personalization.methods import RowName

_CONTENT, _IMAGES = "generated", "images"


@dataclass(frozen=True)
class Generated:
    """The images of one row of the table.

    Attributes
    ----------
    row
        The row's name, see :class:`triptych.personalization.methods.RowName`.
    persons, targets, prompts, seeds
        For each image: its person, the held-out photo whose caption is its prompt, the
        prompt, the seed of its noise.
    references
        The names of the photos that describe each person; in ``ip_adapter_other_person``
        they show another person.
    images
        uint8 (n, s, s, 3).
    weights
        SHA-256 of the weights fine-tuned for a person, if any.
    """

    row: str
    persons: tuple[str, ...]
    targets: tuple[str, ...]
    prompts: tuple[str, ...]
    seeds: tuple[int, ...]
    references: Mapping[str, tuple[str, ...]]
    images: NDArray[np.uint8]
    weights: Mapping[str, str]


def write(generated: Generated, path: Path) -> None:
    """Write images losslessly (PNG in safetensors)."""
    packing = Packing(path)
    for image in generated.images:
        packing.add(as_png(image))
    about = {name: value for name, value in vars(generated).items() if name != _IMAGES}
    write_packed(path, _CONTENT, about, {_IMAGES: packing})


def read(path: Path) -> Generated:
    """Read generated images, see :func:`write`.

    Raises
    ------
    UserError
        The file is damaged or has other content.
    """
    with reading(path, "generated images with their prompts and seeds"):
        packed = Packed(path, _CONTENT, _IMAGES)
        about = packed.about
        count = len(about["persons"])
        images = [np.asarray(packed.image(_IMAGES, index)) for index in range(count)]
        return Generated(
            row=str(RowName.parse(about["row"])),
            persons=tuple(about["persons"]),
            targets=tuple(about["targets"]),
            prompts=tuple(about["prompts"]),
            seeds=tuple(about["seeds"]),
            references={name: tuple(names) for name, names in about["references"].items()},
            images=np.stack(images),
            weights=about["weights"],
        )


def shortened(generated: Generated, images: int, references: int | None = None) -> Generated:
    """Return a row with each person's first images alone, and first references."""
    seen: Counter[str] = Counter()
    first = []
    for k, person in enumerate(generated.persons):
        seen[person] += 1
        if seen[person] <= images:
            first.append(k)
    return replace(
        generated,
        persons=tuple(generated.persons[k] for k in first),
        targets=tuple(generated.targets[k] for k in first),
        prompts=tuple(generated.prompts[k] for k in first),
        seeds=tuple(generated.seeds[k] for k in first),
        references={name: names[:references] for name, names in generated.references.items()},
        images=generated.images[first],
    )


def joined(shares: Sequence[Generated]) -> Generated:
    """Join shares of one row and sort the persons by name.

    Raises
    ------
    UserError
        Two shares have a person in common, or they belong to different rows.
    """
    shared = Counter(person for share in shares for person in set(share.persons))
    twice = [person for person, count in shared.items() if count > 1]
    rows = sorted({share.row for share in shares})
    if twice or len(rows) > 1:
        raise UserError(
            expected="shares of one row with different persons",
            found=f"{min(twice)} in two shares" if twice else f"shares of {', '.join(rows)}",
            where="the option --shares",
            remedy="delete the shares and run the workflow, which creates them again",
        )
    every = [(person, share, k) for share in shares for k, person in enumerate(share.persons)]
    # The sort is stable: a person's images keep their order.
    every.sort(key=itemgetter(0))
    return Generated(
        row=shares[0].row,
        persons=tuple(person for person, _, _ in every),
        targets=tuple(share.targets[k] for _, share, k in every),
        prompts=tuple(share.prompts[k] for _, share, k in every),
        seeds=tuple(share.seeds[k] for _, share, k in every),
        references={name: names for s in shares for name, names in sorted(s.references.items())},
        images=np.stack([share.images[k] for _, share, k in every]),
        weights={name: weight for s in shares for name, weight in sorted(s.weights.items())},
    )
