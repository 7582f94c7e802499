"""Photos of persons: the format of panel 3's data.

Each split is one safetensors file with the photos, still encoded, and the person in each.
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
    """One photo that is about to be written.

    Attributes
    ----------
    person
        Name of the person in it.
    name
        ``PERSON/PERSON_0001``; unique in its set.
    image
        A square RGB image, encoded as PNG or JPEG.
    description
        A description of drawn photos; empty for others.
    """

    person: str
    name: str
    image: bytes
    description: str = ""


class Faces:
    """The photos of a split in a file of :func:`save`, decoded on demand.

    Attributes
    ----------
    names, persons, descriptions
        One for each photo.

    Raises
    ------
    UserError
        The file is damaged or of another format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with reading(path, "a file of faces: encoded photos and the person in each"):
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
        """Return one photo, uint8 (side, side, 3)."""
        return np.asarray(self._packed.image("images", index))

    def images(self) -> NDArray[np.uint8]:
        """Return all photos, uint8 (n, side, side, 3)."""
        return np.stack([self.image(index) for index in range(len(self))])

    def by_person(self) -> dict[str, list[int]]:
        """Return the indices of each person's photos, persons and photos sorted by name."""
        places: dict[str, list[int]] = {person: [] for person in sorted(set(self.persons))}
        for index in sorted(range(len(self)), key=self.names.__getitem__):
            places[self.persons[index]].append(index)
        return places


def save(dataset: FaceDataset, photos: Iterable[Photo], path: Path, *, fewest: int = 1) -> None:
    """Check photos, at least ``fewest`` of every person, and write them as safetensors.

    Raises
    ------
    UserError
        A photo cannot be decoded, is not a square RGB image, or differs in size from the
        first. Or two photos have the same name, a person has too few, or there are no photos.
    """
    names: list[str] = []
    persons: list[str] = []
    descriptions: list[str] = []
    images, side = Packing(path), None
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
    """Refuse two sets that share a person or a photo.

    Photos are compared by the SHA-256 of their pixels, so that neither their names nor their
    encoding matters.

    Raises
    ------
    UserError
        Two sets share a person or a photo; the error names the sets, and the photo in each.
    """
    for kind, keys in (("person", _by_name), ("photo", _by_pixels)):
        photos = {split: keys(faces) for split, faces in splits.items()}
        for (one, first), (other, second) in itertools.combinations(photos.items(), 2):
            shared = first.keys() & second.keys()
            if shared:
                key = min(shared, key=first.__getitem__)
                raise UserError(
                    expected=f"no {kind} in two of the sets",
                    found=f"the same in {one} and in {other}",
                    where=f"{first[key]} and {second[key]}",
                    remedy=f"remove the {kind} from one set, or scores measure memorized photos",
                )


def pixel_hash(pixels: NDArray[np.uint8]) -> str:
    """Return the SHA-256 of an image, uint8 (h, w, 3), regardless of its encoding."""
    return hashlib.sha256(pixels.tobytes()).hexdigest()


def _by_name(faces: Faces) -> dict[str, str]:
    """Return the first photo of each person by the person's name."""
    return {person: faces.names[places[0]] for person, places in faces.by_person().items()}


def _by_pixels(faces: Faces) -> dict[str, str]:
    """Return the name of each photo by the hash of its pixels."""
    return {pixel_hash(faces.image(index)): name for index, name in enumerate(faces.names)}


def _check(photo: Photo, side: int | None) -> int:
    """Return the photo's side, pixels."""
    image = decode_photo(photo.image, photo.name)
    side = side or image.width
    if (image.mode, *image.size) != ("RGB", side, side):
        raise UserError(
            expected=f"a square RGB image of {side}x{side} pixels, like the others",
            found=f"{image.mode} of {image.width}x{image.height}",
            where=photo.name,
            remedy="crop, scale and convert it like the others",
        )
    return side


def _check_names(names: list[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise UserError(
                expected="a unique name for every photo",
                found=f"{count} photos of this name",
                where=name,
                remedy="rename the photos, or remove the duplicates",
            )


def _check_counts(persons: list[str], fewest: int, path: Path) -> None:
    if not persons:
        raise UserError(
            expected="photos of at least one person",
            found="none",
            where=path.name,
            remedy="request at least one person",
        )
    for person, count in Counter(persons).items():
        if count < fewest:
            raise UserError(
                expected=f"at least {fewest} photos of every person",
                found=f"{count}",
                where=person,
                remedy="add photos, request fewer, or remove the person",
            )
