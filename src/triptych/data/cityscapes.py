"""Cityscapes (Cordts et al. 2016): finely labeled street scenes, 19 classes."""

from collections.abc import Iterator

from triptych.data.classes import IGNORE
from triptych.data.labeling import Place, paired_scenes
from triptych.data.scenes import Scene
from triptych.data.trees import Tree

# The ids of the classes in *_labelIds.png, in the order of their training ids:
# cityscapesScripts, helpers/labels.py. All other ids are ignored.
LABEL_IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
# The license plate has the id -1, which a file of unsigned bytes holds as 255.
_OFFICIAL = (*range(34), 255)
_IDS = {
    **dict.fromkeys(_OFFICIAL, IGNORE),
    **{label: training_id for training_id, label in enumerate(LABEL_IDS)},
}


def scenes(tree: Tree, split: str) -> Iterator[Scene]:
    """Read a split, in the order of cities and names.

    Parameters
    ----------
    tree
        The official layout, unpacked or as the two archives
        ``leftImg8bit_trainvaltest.zip`` and ``gtFine_trainvaltest.zip``.
    split
        ``train`` or ``val``; the masks of ``test`` are not public.

    Raises
    ------
    UserError
        The split is empty, an image or a mask is missing, damaged or of the wrong
        size, or a mask holds an id that the official table lacks.
    """
    return paired_scenes(
        tree,
        images=Place(f"leftImg8bit/{split}", "_leftImg8bit.png"),
        masks=Place(f"gtFine/{split}", "_gtFine_labelIds.png"),
        ids=_IDS,
    )
