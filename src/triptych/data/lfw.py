"""Labeled Faces in the Wild (Huang et al. 2007), aligned by deep funneling (Huang et al. 2012).

The first twenty photos of each person with at least ten photos are used: 158 persons, 2,541
photos. No two of these have the same pixels, so none is left out. A few of one person are
nearly equal, such as Ari_Fleischer_0006 and _0011.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from triptych.data.encoded import as_png, decode_photo
from triptych.data.faces import Photo
from triptych.data.likely import likely_cause
from triptych.data.registry import entry
from triptych.data.trees import Tree, TreeFile, read_tar, write_tar
from triptych.errors import UserError
from triptych.storage.files import sha256

_FOLDER = "lfw-deepfunneled"
_PHOTO = re.compile(rf"{_FOLDER}/([^/]+)/\1_\d{{4}}\.jpg")
_FEWEST, _MOST = 10, 20


def divide(tree: Tree, *, photos: int, train: int, test: int, seed: int) -> dict[str, list[str]]:
    """Choose persons and split their sorted names into two sets (in the paper 2 to 1).

    Parameters
    ----------
    tree
        The layout of the public archive: ``lfw-deepfunneled/NAME/NAME_0001.jpg``.
    photos
        Minimum number of photos of a person.
    train, test
        Number of persons in each set.

    Raises
    ------
    UserError
        Too few persons have enough photos.
    """
    eligible = [name for name, files in _by_person(tree).items() if len(files) >= photos]
    if len(eligible) < train + test:
        raise UserError(
            expected=f"{train + test} persons with at least {photos} photos",
            found=f"{len(eligible)} persons below {_FOLDER}; the top level holds: {tree.top}",
            where=tree.where,
            remedy="lower train_persons, test_persons or photos, or use the deep-funneled photos",
        )
    order = np.random.default_rng(seed).permutation(len(eligible)).tolist()
    chosen = [eligible[place] for place in order[: train + test]]
    return {"train": sorted(chosen[:train]), "test": sorted(chosen[train:])}


def read(tree: Tree, persons: Sequence[str], *, most: int, crop: int, side: int) -> Iterator[Photo]:
    """Read the photos of persons.

    Parameters
    ----------
    most
        Maximum number of photos of a person.
    crop
        Side of the central square that is kept, pixels.
    side
        Side of the resulting photos, pixels.

    Yields
    ------
    Photo
        As PNG, without a description.

    Raises
    ------
    UserError
        A photo is damaged, or smaller than the square.
    """
    files = _by_person(tree)
    for person in persons:
        for name, file in list(files[person].items())[:most]:
            yield Photo(person, name, _prepared(file, crop, side))


def write_subset(whole: Path, subset: Path) -> None:
    """Make the archive that the registry names from the public archive.

    Its bytes depend only on the photos, so that its hash is the one that the registry pins.

    Raises
    ------
    UserError
        The public archive is damaged or a different one, or the subset is not the pinned one.
    """
    photos = read_tar(whole, _PHOTO.fullmatch)
    chosen = _chosen(photos)
    if not chosen:
        raise UserError(
            expected=f"photos {_FOLDER}/NAME/NAME_0001.jpg, {_FEWEST} or more of a person",
            found=f"{len(photos)} photos; most likely {likely_cause(whole, entry('lfw'))}",
            where=str(whole),
            remedy="use the deep-funneled archive as published: lfw-deepfunneled.tgz",
        )
    write_tar(subset, ((name, photos[name]) for name in chosen))
    persons = {name.rpartition("/")[0] for name in chosen}
    _refuse_other_photos(subset, whole, f"{len(chosen)} photos of {len(persons)} persons")


def _refuse_other_photos(subset: Path, whole: Path, content: str) -> None:
    """Refuse a subset that is not the one that the registry pins."""
    (pinned,) = entry("lfw").files
    digest = sha256(subset)
    if digest != pinned.sha256:
        raise UserError(
            expected=f"{pinned.name} with SHA-256 {pinned.sha256}: 2,541 photos of 158 persons",
            found=f"SHA-256 {digest}: {content}",
            where=str(whole),
            remedy="use the archive as published: in this one photos are missing or re-encoded",
        )


def _chosen(names: Iterable[str]) -> list[str]:
    """Return the first twenty photos of each person with at least ten, in order."""
    persons: dict[str, list[str]] = {}
    for name in sorted(names):
        persons.setdefault(name.rpartition("/")[0], []).append(name)
    return [
        name for photos in persons.values() if len(photos) >= _FEWEST for name in photos[:_MOST]
    ]


def _by_person(tree: Tree) -> dict[str, dict[str, TreeFile]]:
    """Return the files of each person by their names, ``NAME/NAME_0001``."""
    persons: dict[str, dict[str, TreeFile]] = {}
    for name, file in tree.find(_FOLDER, ".jpg").items():
        persons.setdefault(name.partition("/")[0], {})[name] = file
    return persons


def _prepared(file: TreeFile, crop: int, side: int) -> bytes:
    """Return the center of a photo, as PNG."""
    photo = decode_photo(file.read(), file.where).convert("RGB")
    if min(photo.size) < crop:
        raise UserError(
            expected=f"a photo of at least {crop}x{crop} pixels, the square that is kept",
            found=f"{photo.width}x{photo.height}",
            where=file.where,
            remedy="lower crop, or replace it with the original photo",
        )
    left, top = (photo.width - crop) // 2, (photo.height - crop) // 2
    photo = photo.crop((left, top, left + crop, top + crop))
    if side != crop:
        photo = photo.resize((side, side), Image.Resampling.LANCZOS)
    return as_png(np.asarray(photo))
