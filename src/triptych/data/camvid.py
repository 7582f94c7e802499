"""CamVid (Brostow et al. 2009): street scenes of a drive, eleven classes, SegNet's split."""

from collections.abc import Iterator
from typing import Literal

from triptych.data.classes import IGNORE
from triptych.data.labeling import Place, paired_scenes
from triptych.data.scenes import Scene
from triptych.data.trees import Tree

_CLASSES, _VOID = 11, 11
_IDS = {**{training_id: training_id for training_id in range(_CLASSES)}, _VOID: IGNORE}
_IMAGES = {"camvid": ".png", "camvid_jpeg": ".jpg"}


def scenes(tree: Tree, split: str, dataset: Literal["camvid", "camvid_jpeg"]) -> Iterator[Scene]:
    """Read a split, in the order of names.

    Parameters
    ----------
    tree
        The layout of the archive: ``camvid/SPLIT/NAME.png`` (``.jpg`` in ``camvid_jpeg``) and
        ``camvid/SPLITannot/NAME.png``.
    split
        ``train``, ``val`` or ``test``.
    dataset
        The PNG images, or the variant that is re-encoded as JPEG.

    Raises
    ------
    UserError
        The split is empty, an image or a mask is missing, damaged or of the wrong
        size, or a mask holds an id above 11 (void).
    """
    return paired_scenes(
        tree,
        images=Place(f"camvid/{split}", _IMAGES[dataset]),
        masks=Place(f"camvid/{split}annot", ".png"),
        ids=_IDS,
    )
