"""Cityscapes (Cordts et al. 2016): finely labeled street scenes, 19 classes."""

from collections.abc import Iterator

from triptych.data.classes import IGNORE
from triptych.data.labeling import Place, paired_scenes
from triptych.data.scenes import Scene
from triptych.data.trees import Tree

# Label, id in *_labelIds.png, training id: cityscapesScripts, helpers/labels.py.
# There the training id of the license plate is -1, which also means ignored.
_LABELS = (
    ("unlabeled", 0, IGNORE),
    ("ego vehicle", 1, IGNORE),
    ("rectification border", 2, IGNORE),
    ("out of roi", 3, IGNORE),
    ("static", 4, IGNORE),
    ("dynamic", 5, IGNORE),
    ("ground", 6, IGNORE),
    ("road", 7, 0),
    ("sidewalk", 8, 1),
    ("parking", 9, IGNORE),
    ("rail track", 10, IGNORE),
    ("building", 11, 2),
    ("wall", 12, 3),
    ("fence", 13, 4),
    ("guard rail", 14, IGNORE),
    ("bridge", 15, IGNORE),
    ("tunnel", 16, IGNORE),
    ("pole", 17, 5),
    ("polegroup", 18, IGNORE),
    ("traffic light", 19, 6),
    ("traffic sign", 20, 7),
    ("vegetation", 21, 8),
    ("terrain", 22, 9),
    ("sky", 23, 10),
    ("person", 24, 11),
    ("rider", 25, 12),
    ("car", 26, 13),
    ("truck", 27, 14),
    ("bus", 28, 15),
    ("caravan", 29, IGNORE),
    ("trailer", 30, IGNORE),
    ("train", 31, 16),
    ("motorcycle", 32, 17),
    ("bicycle", 33, 18),
    ("license plate", -1, IGNORE),
)
# A file of unsigned bytes holds -1 as 255.
_IDS = {label_id % 256: training_id for _, label_id, training_id in _LABELS}


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
