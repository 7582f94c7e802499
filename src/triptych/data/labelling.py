"""From the files of a labeled image to a scene: what all loaders have in common."""

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

# The id in a data set's file, 0..255, and the training id that stands for it.
IdTable = Mapping[int, int]


class Place(NamedTuple):
    """Where a split keeps its images or its masks.

    Attributes
    ----------
    folder
        A folder of the tree; files in folders below it belong too.
    suffix
        How their names end. What is before it must be alike in image and mask.
    """

    folder: str
    suffix: str


def paired_scenes(tree: Tree, images: Place, masks: Place, ids: IdTable) -> Iterator[Scene]:
    """Read a split whose images and masks lie in two folders, in the order of their names.

    Parameters
    ----------
    tree
        The data set.
    images, masks
        The two places.
    ids
        The data set's table of ids.

    Raises
    ------
    UserError
        There are no images, an image or a mask has no partner, or
        :func:`labeled_scene` refuses a pair.
    """
    found, labels = tree.find(*images), tree.find(*masks)
    if not found:
        raise UserError(
            expected=f"images {images.folder}/...{images.suffix}",
            found=f"none; at the top lies: {tree.top}",
            where=tree.where,
            remedy="put the original data set there; the split must not be empty",
        )
    _check_partners(found, labels)
    for key, image in found.items():
        name = key.rpartition("/")[2]
        yield labeled_scene(name, image, read_mask(labels[key]), labels[key].where, ids)


def labeled_scene(
    name: str, image: TreeFile, mask: NDArray[np.uint8], where: str, ids: IdTable
) -> Scene:
    """Make a scene of an image and the ids that the data set gives its pixels.

    Parameters
    ----------
    name
        The scene's name.
    image
        A PNG or JPEG file; its bytes are kept as they are.
    mask
        uint8 (h, w), ids as in the data set's files.
    where
        The file of the mask, for errors.
    ids
        The data set's table of ids.

    Raises
    ------
    UserError
        The mask holds an id that the table lacks, or :class:`Scene` refuses the pair.
    """
    mask = _translate(mask, ids, where)
    return Scene(name, image.read(), mask, image_file=image.where, mask_file=where)


def read_mask(file: TreeFile, palette: Mapping[int, Color] | None = None) -> NDArray[np.uint8]:
    """The ids in a mask file (PNG), uint8 (h, w).

    Parameters
    ----------
    file
        The mask.
    palette
        The data set's color of each id, where masks have palettes: the ids are the indices.
        None where the ids are gray values.

    Raises
    ------
    UserError
        The file is cut short, is no PNG of this kind, or its palette is another: then its
        indices are other ids.
    """
    encoded = file.read()
    image, depth = decode(encoded, file.where), bits(encoded)
    # A gray value of fewer bits is scaled when it is read: it is no id any more.
    right = image.mode == "P" if palette else (image.mode, depth) == ("L", 8)
    if image.format != "PNG" or not right:
        raise UserError(
            expected=f"a mask as PNG with {'a palette' if palette else '8 bits of gray a pixel'}",
            found=f"{image.format} of mode {image.mode} with {depth} bits",
            where=file.where,
            remedy="replace the mask by the original one; masks must not be converted",
        )
    mask = np.asarray(image)
    if palette:
        _check_palette(image, palette, set(np.unique(mask).tolist()), file.where)
    return mask


def _check_palette(
    image: Image.Image, palette: Mapping[int, Color], used: set[int], where: str
) -> None:
    """Refuse a mask in which an id has another color than in the data set's palette."""
    colors = np.reshape(image.getpalette("RGB") or [], (-1, 3)).tolist()
    for index in sorted(used & palette.keys()):
        color = tuple(colors[index]) if index < len(colors) else None
        if color != palette[index]:
            raise UserError(
                expected=f"the data set's palette: id {index} is {palette[index]}",
                found=f"{color}",
                where=where,
                remedy="replace the mask by the original one; another palette means other ids",
            )


def _translate(mask: NDArray[np.uint8], ids: IdTable, where: str) -> NDArray[np.uint8]:
    unknown = sorted(set(np.unique(mask).tolist()) - ids.keys())
    if unknown:
        raise UserError(
            expected="ids of the data set's table: " + ", ".join(map(str, sorted(ids))),
            found=", ".join(map(str, unknown)),
            where=where,
            remedy="replace the mask by the original one; its ids must not be changed",
        )
    table = np.zeros(256, np.uint8)
    table[list(ids)] = list(ids.values())
    return table[mask]


def _check_partners(images: dict[str, TreeFile], masks: dict[str, TreeFile]) -> None:
    alone = sorted(images.keys() ^ masks.keys())
    if alone:
        first = alone[0]
        kind, file = ("image", images[first]) if first in images else ("mask", masks[first])
        raise UserError(
            expected="a mask for every image and an image for every mask",
            found=f"{len(alone)} without a partner; the first is this {kind}",
            where=file.where,
            remedy="put the original, complete data set in its place",
        )
