"""Photos of persons: the form in which panel 3 keeps its data.

One safetensors file a split holds the photos, still encoded, and who is in each.
"""

import hashlib
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triptych.config.personalization import FACE_DATASETS, FaceDataset
from triptych.data.encoded import Packed, Packing, decode_photo, known, reading, write_packed
from triptych.errors import UserError


@dataclass(frozen=True)
class Photo:
    """One photo on its way into a file.

    Attributes
    ----------
    person
        Who is in it.
    name
        ``PERSON/PERSON_0001``; tells it from the others of its set.
    image
        A square RGB image, encoded as PNG or JPEG.
    description
        What is in it, in words, where that is known without looking; else empty.
    """

    person: str
    name: str
    image: bytes
    description: str = ""


class Faces:
    """The photos of a split, decoded when they are asked for.

    Parameters
    ----------
    path
        A file that :func:`save` wrote.

    Attributes
    ----------
    dataset
        Which faces.
    names, persons, descriptions
        Of each photo.

    Raises
    ------
    UserError
        The file is damaged or of another format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with reading(path, "a file of faces: encoded photos and whose they are"):
            self._packed = Packed(path, "faces", "images")
            about = self._packed.about
            self.dataset: FaceDataset = known(about["dataset"], FACE_DATASETS)
            self.names: tuple[str, ...] = tuple(about["names"])
            self.persons: tuple[str, ...] = tuple(about["persons"])
            self.descriptions: tuple[str, ...] = tuple(about["descriptions"])

    def __reduce__(self) -> tuple[type["Faces"], tuple[Path]]:
        # A process that loads photos opens the file for itself.
        return Faces, (self.path,)

    def __len__(self) -> int:
        return len(self.names)

    def image(self, index: int) -> NDArray[np.uint8]:
        """One photo, uint8 (side, side, 3)."""
        return np.asarray(self._packed.image("images", index))

    def images(self) -> NDArray[np.uint8]:
        """All photos, uint8 (n, side, side, 3)."""
        return np.stack([self.image(index) for index in range(len(self))])

    def by_person(self) -> dict[str, list[int]]:
        """Where the photos of each person are: persons in order, photos in order of their names."""
        places: dict[str, list[int]] = {person: [] for person in sorted(set(self.persons))}
        for index in sorted(range(len(self)), key=self.names.__getitem__):
            places[self.persons[index]].append(index)
        return places


def save(dataset: FaceDataset, photos: Iterable[Photo], path: Path, *, fewest: int = 1) -> None:
    """Check photos and write them.

    Parameters
    ----------
    dataset
        Which faces.
    photos
        At least one.
    path
        The file to be made (safetensors).
    fewest
        Photos that every person must have.

    Raises
    ------
    UserError
        A photo cannot be decoded, is not a square RGB image or has another size than
        the first; two have the same name; a person has too few; there is none.
    """
    names: list[str] = []
    persons: list[str] = []
    descriptions: list[str] = []
    images, side = Packing(), None
    for photo in photos:
        side = _check(photo, side)
        names.append(photo.name)
        persons.append(photo.person)
        descriptions.append(photo.description)
        images.add(photo.image)
    _check_names(names)
    _check_counts(persons, fewest, path)
    about = {"dataset": dataset, "names": names, "persons": persons, "descriptions": descriptions}
    write_packed(path, "faces", about, {"images": images})


def refuse_shared_photos(splits: Mapping[str, Faces]) -> None:
    """Refuse sets of which two have a person or a photo in common.

    Parameters
    ----------
    splits
        The sets by their names. Photos are compared by the SHA-256 of their pixels:
        neither their names nor how they are encoded matters.

    Raises
    ------
    UserError
        Names the two sets, and the photo in each.
    """
    for kind, keys in (("person", _by_name), ("photo", _by_pixels)):
        found = {split: keys(faces) for split, faces in splits.items()}
        for (one, ours), (other, theirs) in itertools.combinations(found.items(), 2):
            shared = ours.keys() & theirs.keys()
            if shared:
                key = min(shared, key=ours.__getitem__)
                raise UserError(
                    expected=f"no {kind} in two of the sets",
                    found=f"the same in {one} and in {other}",
                    where=f"{ours[key]} and {theirs[key]}",
                    remedy=f"leave the {kind} out of one set; else a score counts what was learnt",
                )


def pixel_hash(pixels: NDArray[np.uint8]) -> str:
    """The SHA-256 of an image, uint8 (h, w, 3), however it was encoded."""
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def _by_name(faces: Faces) -> dict[str, str]:
    """A photo of each person by the person's name."""
    return {person: faces.names[places[0]] for person, places in faces.by_person().items()}


def _by_pixels(faces: Faces) -> dict[str, str]:
    """The photos by their pixels."""
    return {pixel_hash(faces.image(index)): name for index, name in enumerate(faces.names)}


def _check(photo: Photo, side: int | None) -> int:
    """The photo's side, pixels."""
    image = decode_photo(photo.image, photo.name)
    side = side or image.width
    if (image.mode, *image.size) != ("RGB", side, side):
        raise UserError(
            expected=f"an RGB image of {side}x{side} pixels, square and like the others",
            found=f"{image.mode} of {image.width}x{image.height}",
            where=photo.name,
            remedy="crop, scale and convert it as the others",
        )
    return side


def _check_names(names: list[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise UserError(
                expected="a name of its own for every photo",
                found=f"{count} photos of this name",
                where=name,
                remedy="rename the photos, or leave out what is there twice",
            )


def _check_counts(persons: list[str], fewest: int, path: Path) -> None:
    if not persons:
        raise UserError(
            expected="photos of at least one person",
            found="none",
            where=path.name,
            remedy="ask for at least one person",
        )
    for person, count in Counter(persons).items():
        if count < fewest:
            raise UserError(
                expected=f"at least {fewest} photos of every person",
                found=f"{count}",
                where=person,
                remedy="add photos, ask for fewer, or leave the person out",
            )
