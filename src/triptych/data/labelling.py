"""From the files of a labelled image to a scene: what all loaders have in common."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from triptych.data.encoded import decode
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
        :func:`labelled_scene` refuses a pair.
    """
    found, labels = tree.find(*images), tree.find(*masks)
    if not found:
        raise UserError(
            expected=f"images {images.folder}/...{images.suffix}",
            found="none",
            where=tree.where,
            remedy="put the original data set there; the split must not be empty",
        )
    _check_partners(found, labels)
    for key, image in found.items():
        name = key.rpartition("/")[2]
        yield labelled_scene(name, image, read_mask(labels[key]), labels[key].where, ids)


def labelled_scene(
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
        The image is cut short, the mask has another size, or it holds an id that
        the table lacks.
    """
    encoded = image.read()
    width, height = decode(encoded, image.where).size
    if mask.shape != (height, width):
        raise UserError(
            expected=f"a mask of the image's size, {width}x{height}",
            found="x".join(map(str, reversed(mask.shape))),
            where=where,
            remedy="replace image and mask by the original pair",
        )
    return Scene(name, encoded, _translate(mask, ids, where))


def read_mask(file: TreeFile) -> NDArray[np.uint8]:
    """The ids in a mask file, uint8 (h, w): grey values, or indices into the palette.

    Raises
    ------
    UserError
        The file is cut short, or holds colours instead of ids.
    """
    image = decode(file.read(), file.where)
    if image.mode not in ("L", "P"):
        raise UserError(
            expected="a mask with one byte a pixel, grey or with a palette",
            found=f"an image of mode {image.mode}",
            where=file.where,
            remedy="replace the mask by the original one; masks must not be converted",
        )
    return np.asarray(image)


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
