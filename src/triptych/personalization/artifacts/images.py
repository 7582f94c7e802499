"""The images that are scored, and the gallery of photos with which they are compared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triptych.errors import UserError
from triptych.personalization.artifacts.jackknife import Everyone, Floats, Persons
from triptych.personalization.features import Described, Features
from triptych.personalization.metrics import mean_direction


@dataclass(frozen=True)
class Images:
    """Images in double precision, one row for each image; None is what was not measured."""

    persons: Persons
    features: Floats
    probabilities: Floats
    identity: Floats
    fidelity: Floats | None
    fidelity_by_chance: Floats | None
    face_found: NDArray[np.bool_] | None

    @classmethod
    def of(cls, described: Described) -> "Images":
        """Return the images that were described."""
        return cls(
            np.asarray(described.persons),
            described.features.astype(np.float64),
            described.probabilities.astype(np.float64),
            described.identity.astype(np.float64),
            _measured(described.fidelity),
            _measured(described.fidelity_by_chance),
            described.face_found,
        )

    def __len__(self) -> int:
        return len(self.persons)

    def __getitem__(self, rows: NDArray[np.bool_] | list[int]) -> "Images":
        parts: dict[str, Any] = {
            name: None if part is None else part[rows] for name, part in vars(self).items()
        }
        return Images(**parts)


@dataclass(frozen=True)
class Gallery:
    """The photos of the test persons.

    Attributes
    ----------
    everyone
        The persons in alphabetical order.
    photos, names
        Their photos.
    shown
        The identities of each person's references, every photo once, (k, e).
    held_out
        The photos that are no reference, bool (n,).
    """

    everyone: Everyone
    photos: Images
    names: tuple[str, ...]
    shown: tuple[Floats, ...]
    held_out: NDArray[np.bool_]

    @classmethod
    def of(cls, features: Features) -> "Gallery":
        """Return the photos that the images of a run are compared with.

        Raises
        ------
        UserError
            The persons of a row differ from those of the photos, or a named photo is missing.
        """
        _check(features)
        everyone = sorted(set(features.photos.persons))
        index = {name: number for number, name in enumerate(features.photo_names)}
        photos = Images.of(features.photos)
        shown = tuple(
            photos.identity[[index[name] for name in dict.fromkeys(features.references[one])]]
            for one in everyone
        )
        named = {name for names in features.references.values() for name in names}
        held_out = np.array([name not in named for name in features.photo_names])
        return cls(everyone, photos, features.photo_names, shown, held_out)

    @cached_property
    def directions(self) -> Floats:
        """The mean direction of each person's references, (P, e)."""
        return np.stack([mean_direction(references) for references in self.shown])

    def identities_of(self, names: Sequence[str]) -> Floats:
        """Return the identities of the photos with these names, (n, e)."""
        index = {name: number for number, name in enumerate(self.names)}
        return self.photos.identity[[index[name] for name in names]]

    def by_person(self, images: Images) -> Iterator[tuple[NDArray[np.bool_], Floats]]:
        """Yield which images are a person's, and the identities of the person's references."""
        for person, references in zip(self.everyone, self.shown, strict=True):
            yield images.persons == person, references


def _measured(values: NDArray[np.float32] | None) -> Floats | None:
    """Return None for values that are nowhere known."""
    return None if values is None or np.isnan(values).all() else values.astype(np.float64)


def _check(features: Features) -> None:
    everyone = set(features.photos.persons)
    named: Mapping[str, set[str]] = {
        "the references": {name for names in features.references.values() for name in names},
        **{row: set(names) for row, names in features.targets.items()},
    }
    for where, names in named.items():
        if unknown := sorted(names - set(features.photo_names)):
            raise _unlike("photos with features", f"no features of {unknown[0]}", where)
    persons: Mapping[str, set[str]] = {
        "the references": set(features.references),
        **{row: set(images.persons) for row, images in features.generated.items()},
    }
    for where, theirs in persons.items():
        if theirs != everyone:
            odd = sorted(theirs ^ everyone)[0]
            raise _unlike(
                f"the {len(everyone)} persons of the photos", f"other persons, such as {odd}", where
            )


def _unlike(expected: str, found: str, where: str) -> UserError:
    return UserError(
        expected=expected,
        found=found,
        where=where,
        remedy="generate all rows again for the same persons, and extract their features again",
    )
