"""From the files of a labeled image to a scene: the part that all data sets share."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from triptych.data.classes import Color
from triptych.data.encoded import bits, decode
from triptych.data.scenes import Scene
from triptych.data.trees import Tree, TreeFile
from triptych.errors import UserError

# From the id in a data set's file, 0..255, to the training id.
IdTable = Mapping[int, int]


class Place(NamedTuple):
    """Location of the images or the masks of a split.

    Attributes
    ----------
    folder
        A folder of the tree, with its subfolders.
    suffix
        End of the file names. Image and mask have the same name before it.
    """

    folder: str
    suffix: str


def paired_scenes(tree: Tree, images: Place, masks: Place, ids: IdTable) -> Iterator[Scene]:
    """Read a split whose images and masks are in two folders, in the order of their names.

    Raises
    ------
    UserError
        There are no images, an image or a mask has no counterpart, or
        :func:`labeled_scene` refuses a pair.
    """
    photos, labels = tree.find(*images), tree.find(*masks)
    if not photos:
        raise UserError(
            expected=f"images {images.folder}/...{images.suffix}",
            found=f"none; the top level holds: {tree.top}",
            where=tree.where,
            remedy="put the original data set there; the split must not be empty",
        )
    _check_counterparts(photos, labels)
    for key, image in photos.items():
        name = key.rpartition("/")[2]
        yield labeled_scene(name, image, read_mask(labels[key]), labels[key].where, ids)


def labeled_scene(
    name: str, image: TreeFile, mask: NDArray[np.uint8], where: str, ids: IdTable
) -> Scene:
    """Make a scene from an image, whose bytes are kept, and the data set's ids of its pixels.

    Raises
    ------
    UserError
        The mask holds an id that the table lacks, or :class:`Scene` refuses the pair.
    """
    mask = _translate(mask, ids, where)
    return Scene(name, image.read(), mask, image_file=image.where, mask_file=where)


def read_mask(file: TreeFile, palette: Mapping[int, Color] | None = None) -> NDArray[np.uint8]:
    """Return the ids in a mask file (PNG), uint8 (h, w).

    Parameters
    ----------
    palette
        The data set's color of each id if masks have palettes, whose indices are the ids.
        None if the ids are gray values.

    Raises
    ------
    UserError
        The file is truncated or not a PNG of this kind. Or its palette differs, so that its
        indices are other ids.
    """
    encoded = file.read()
    image, depth = decode(encoded, file.where), bits(encoded)
    # Gray values of fewer bits are scaled while reading, so that they are no longer ids.
    expected = image.mode == "P" if palette else (image.mode, depth) == ("L", 8)
    if image.format != "PNG" or not expected:
        raise UserError(
            expected=f"a PNG mask with {'a palette' if palette else '8 bits of gray per pixel'}",
            found=f"{image.format} of mode {image.mode} with {depth} bits",
            where=file.where,
            remedy="replace the mask with the original one; masks must not be converted",
        )
    mask = np.asarray(image)
    if palette:
        _check_palette(image, palette, set(np.unique(mask).tolist()), file.where)
    return mask


def _check_palette(
    image: Image.Image, palette: Mapping[int, Color], used: set[int], where: str
) -> None:
    """Refuse a mask with an id whose color differs from that of the data set's palette."""
    colors = np.reshape(image.getpalette("RGB") or [], (-1, 3)).tolist()
    for index in sorted(used & palette.keys()):
        color = tuple(colors[index]) if index < len(colors) else None
        if color != palette[index]:
            raise UserError(
                expected=f"the data set's palette: id {index} is {palette[index]}",
                found=f"{color}",
                where=where,
                remedy="replace the mask with the original one; another palette means other ids",
            )


def _translate(mask: NDArray[np.uint8], ids: IdTable, where: str) -> NDArray[np.uint8]:
    unknown = sorted(set(np.unique(mask).tolist()) - ids.keys())
    if unknown:
        raise UserError(
            expected="ids of the data set's table: " + ", ".join(map(str, sorted(ids))),
            found=", ".join(map(str, unknown)),
            where=where,
            remedy="replace the mask with the original one; its ids must not be changed",
        )
    table = np.zeros(256, np.uint8)
    table[list(ids)] = list(ids.values())
    return table[mask]


def _check_counterparts(images: dict[str, TreeFile], masks: dict[str, TreeFile]) -> None:
    alone = sorted(images.keys() ^ masks.keys())
    if alone:
        first = alone[0]
        kind, file = ("image", images[first]) if first in images else ("mask", masks[first])
        raise UserError(
            expected="a mask for every image and an image for every mask",
            found=f"{len(alone)} without a counterpart; the first is this {kind}",
            where=file.where,
            remedy="replace it with the original, complete data set",
        )
