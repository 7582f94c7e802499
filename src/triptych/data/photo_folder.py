"""Photos of one's own: ``PERSON/photo.jpg`` (or PNG, WebP), of any size.

Only the pixels are used: an EXIF orientation is applied, and no other part of the EXIF data,
such as the place, is copied.
"""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image, ImageOps

from triptych.data.encoded import as_png, bits
from triptych.data.face_detector import has_face
from triptych.data.faces import Photo, pixel_hash
from triptych.errors import UserError
from triptych.storage.folders import source_files

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
_FORMATS = ("JPEG", "PNG", "WEBP")
_PLAIN = ("RGB", "L")


def by_person(names: Iterable[str], folder: Path) -> dict[str, list[str]]:
    """Return the photos of each person in a folder, from the paths of its files.

    Raises
    ------
    UserError
        There are none, or a file is not ``PERSON/photo.jpg``.
    """
    persons: dict[str, list[str]] = {}
    for name in sorted(names):
        path = PurePosixPath(name)
        if len(path.parts) != 2:
            raise UserError(
                expected="a folder of photos for each person: PERSON/photo.jpg",
                found="a file beside the folders" if len(path.parts) == 1 else "a deeper folder",
                where=str(folder / name),
                remedy="move it into the folder of the person in it, or remove it",
            )
        _check_suffix(folder / name)
        persons.setdefault(path.parts[0], []).append(name)
    if not persons:
        raise _no_photo(folder, "PERSON/photo.jpg")
    return persons


def of_one_person(folder: Path) -> list[Path]:
    """Return the photos in the folder of one person, sorted by name.

    Raises
    ------
    UserError
        There is no folder or no photo, or the folder has another file or a folder with photos,
        which can show another person.
    """
    paths = [folder / name for name in source_files(folder)]
    for path in paths:
        _check_suffix(path)
        if path.parent != folder:
            raise UserError(
                expected="the photos of one person, in the folder itself",
                found="a photo in a deeper folder",
                where=str(path),
                remedy="name the folder of one person: the option --photos",
            )
    if not paths:
        raise _no_photo(folder, "photo.jpg")
    return paths


def divide(
    persons: Mapping[str, Sequence[str]],
    folder: Path,
    *,
    photos: int,
    train: int,
    test: int,
    seed: int,
) -> dict[str, list[str]]:
    """Choose persons and split their sorted names into two sets.

    Parameters
    ----------
    photos
        Minimum number of photos of every person.
    train, test
        Number of persons in each set.

    Raises
    ------
    UserError
        A person has too few photos, or there are too few persons.
    """
    for person, names in persons.items():
        if len(names) < photos:
            raise UserError(
                expected=f"at least {photos} photos of every person",
                found=f"{len(names)}: {', '.join(PurePosixPath(name).name for name in names)}",
                where=str(folder / person),
                remedy="add photos of this person, remove the folder, or lower photos in faces",
            )
    if len(persons) < train + test:
        raise UserError(
            expected=f"{train + test} persons, a folder of each",
            found=f"{len(persons)}: {', '.join(persons)}",
            where=str(folder),
            remedy="add persons, or lower train_persons or test_persons",
        )
    order = np.random.default_rng(seed).permutation(len(persons)).tolist()
    chosen = [sorted(persons)[place] for place in order[: train + test]]
    return {"train": sorted(chosen[:train]), "test": sorted(chosen[train:])}


def refuse_equal_files(digests: Mapping[str, str], folder: Path) -> None:
    """Refuse a folder in which a photo is there twice; ``digests`` has the hash of each file.

    Raises
    ------
    UserError
        Two files are equal: the error names both.
    """
    first: dict[str, str] = {}
    for name, digest in digests.items():
        _refuse_second(first.setdefault(digest, name), name, folder)


def read(
    folder: Path,
    persons: Mapping[str, Sequence[str]],
    *,
    most: int,
    crop: int,
    side: int,
    faceless: bool,
) -> Iterator[Photo]:
    """Read the photos of persons, the first of each in the order of their names.

    Parameters
    ----------
    most
        Maximum number of photos of a person.
    crop
        Smallest side of the central square of a photo, pixels.
    side
        Side of the resulting photos, pixels.
    faceless
        Whether a photo without a face is used, too.

    Yields
    ------
    Photo
        As PNG, without a description.

    Raises
    ------
    UserError
        A photo cannot be read, is too small, shows no face, or is there twice, also in another
        format.
    """
    first: dict[str, str] = {}
    for person, names in persons.items():
        for name in names[:most]:
            square = center_square(folder / name, fewest=crop, faceless=faceless)
            pixels = np.asarray(scaled(square, side))
            _refuse_second(first.setdefault(pixel_hash(pixels), name), name, folder)
            yield Photo(person, name, as_png(pixels))


def open_photo(path: Path) -> Image.Image:
    """Read a photo in RGB, turned upright.

    Raises
    ------
    UserError
        It is damaged or of another format, or it has 16 bits per channel, a palette,
        transparency or print colors (CMYK).
    """
    encoded = path.read_bytes()
    try:
        photo = Image.open(io.BytesIO(encoded), formats=_FORMATS)
        photo.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UserError(
            expected="a complete photo (JPEG, PNG or WebP)",
            # Without the address of the open file, which differs from run to run.
            found=f"{len(encoded)} bytes: {str(error).partition(' <')[0]}",
            where=str(path),
            remedy="replace it with the original file, or remove it",
        ) from None
    if photo.mode not in _PLAIN or bits(encoded) != 8 or photo.has_transparency_data:
        clear = ", with transparency" if photo.has_transparency_data else ""
        raise UserError(
            expected="a photo in RGB or gray with 8 bits per channel, opaque",
            found=f"{photo.format} of mode {photo.mode} with {bits(encoded)} bits per channel"
            + clear,
            where=str(path),
            remedy="convert it, for example to JPEG, or remove it",
        )
    return _upright(photo).convert("RGB")


def center_square(path: Path, *, fewest: int = 1, faceless: bool) -> Image.Image:
    """Return the largest central square of a photo.

    Parameters
    ----------
    fewest
        Smallest side of the square, pixels.
    faceless
        Whether it may be without a face.

    Raises
    ------
    UserError
        As for :func:`open_photo`, or the square is too small, or no face is in it.
    """
    photo = open_photo(path)
    edge = min(photo.size)
    if edge < fewest:
        raise UserError(
            expected=f"a photo of at least {fewest}x{fewest} pixels",
            found=f"{photo.width}x{photo.height}",
            where=str(path),
            remedy="replace it with a larger photo, or remove it",
        )
    left, top = (photo.width - edge) // 2, (photo.height - edge) // 2
    square = photo.crop((left, top, left + edge, top + edge))
    if not (faceless or has_face(square)):
        raise UserError(
            expected="a photo with a face in its central square",
            found="no face",
            where=str(path),
            remedy="cut it around the face, remove it, or allow it: faces.folder.allow_faceless"
            " of params.yaml, or the option --allow-faceless",
        )
    return square


def scaled(square: Image.Image, side: int) -> Image.Image:
    """Scale a square photo to ``side`` pixels."""
    if square.width == side:
        return square
    return square.resize((side, side), Image.Resampling.LANCZOS)


def _refuse_second(one: str, other: str, folder: Path) -> None:
    if one != other:
        raise UserError(
            expected="every photo once, in the folder of the person in it",
            found="the same photo in two files",
            where=f"{folder / one} and {folder / other}",
            remedy="remove it from the wrong folder: scores would measure memorized photos",
        )


def _upright(photo: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(photo)
    except SyntaxError:
        # No program can read this EXIF block, so none rotates the photo.
        return photo


def _check_suffix(path: Path) -> None:
    if path.suffix.lower() not in _SUFFIXES:
        raise UserError(
            expected=f"photos alone: {', '.join(_SUFFIXES)}",
            found=path.name,
            where=str(path),
            remedy="convert it to JPEG, or remove it",
        )


def _no_photo(folder: Path, form: str) -> UserError:
    found = "no photo" if folder.is_dir() else "a file" if folder.exists() else "no such folder"
    return UserError(
        expected=f"a folder with photos: {form}",
        found=found,
        where=str(folder),
        remedy="name the folder of the photos (JPEG, PNG, WebP): faces.folder.path of params.yaml,"
        " or the option --photos",
    )
