"""Images with a class for every pixel: the format of panel 2's data.

Each split is one safetensors file with the images in their original encoding.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from triptych.config.segmentation import SCENE_DATASETS, SceneDataset
from triptych.data.classes import IGNORE, class_table
from triptych.data.encoded import (
    Packed,
    Packing,
    as_png,
    decode_photo,
    known,
    reading,
    write_packed,
)
from triptych.errors import UserError


@dataclass(frozen=True)
class Scene:
    """One labeled image, checked, that is about to be written.

    Attributes
    ----------
    name
        Unique in its set.
    image
        An RGB or gray image, encoded as PNG or JPEG.
    mask
        uint8 (h, w), training ids and :data:`~triptych.data.classes.IGNORE`.
    image_file, mask_file
        Where they come from, for errors; the name unless given.

    Raises
    ------
    UserError
        :func:`decode_photo` refuses the image, or the mask has another size.
    """

    name: str
    image: bytes
    mask: NDArray[np.uint8]
    image_file: str = ""
    mask_file: str = ""

    def __post_init__(self) -> None:
        image = decode_photo(self.image, self.image_file or self.name)
        height, width = self.mask.shape
        if image.size != (width, height):
            raise UserError(
                expected=f"a mask of the image's size, {image.width}x{image.height}",
                found=f"{width}x{height}",
                where=self.mask_file or self.name,
                remedy="replace image and mask with the original pair",
            )


class Scenes:
    """The labeled images of a split in a file of :func:`save`, decoded one at a time.

    Raises
    ------
    UserError
        The file is damaged or of another format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with reading(path, "a file of scenes: encoded images and masks"):
            self._packed = Packed(path, "scenes", "images", "masks")
            about = self._packed.about
            self.dataset: SceneDataset = known(about["dataset"], SCENE_DATASETS)
            self.names = tuple(about["names"])

    def __reduce__(self) -> tuple[type["Scenes"], tuple[Path]]:
        # A process that loads images opens the file for itself.
        return Scenes, (self.path,)

    def __len__(self) -> int:
        return len(self.names)

    def image(self, index: int) -> NDArray[np.uint8]:
        """Return one image, uint8 (h, w, 3)."""
        return np.asarray(self._packed.image("images", index).convert("RGB"))

    def mask(self, index: int) -> NDArray[np.uint8]:
        """Return one mask, uint8 (h, w): training ids, 255 where ignored."""
        return np.asarray(self._packed.image("masks", index))


def save(dataset: SceneDataset, scenes: Iterable[Scene], path: Path) -> None:
    """Write scenes, whose masks hold the classes of a data set, as safetensors.

    Raises
    ------
    UserError
        A mask holds an id without a class.
    """
    names: list[str] = []
    images, masks = Packing(path), Packing(path)
    for scene in scenes:
        _check_ids(scene, dataset)
        names.append(scene.name)
        images.add(scene.image)
        masks.add(as_png(scene.mask))
    about = {"dataset": dataset, "names": names}
    write_packed(path, "scenes", about, {"images": images, "masks": masks})


def _check_ids(scene: Scene, dataset: SceneDataset) -> None:
    classes = len(class_table(dataset))
    wrong = sorted(set(np.unique(scene.mask).tolist()) - {*range(classes), IGNORE})
    if wrong:
        raise UserError(
            expected=f"ids 0 to {classes - 1} and {IGNORE}, the classes of {dataset}",
            found=", ".join(map(str, wrong)),
            where=scene.name,
            remedy="replace the mask with the original one, or check its table of ids",
        )
