"""Predicted masks as files, in the forms that the servers of Cityscapes and VOC accept."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from triptych.config.segmentation import SceneDataset
from triptych.data.cityscapes import LABEL_IDS
from triptych.data.classes import ClassTable, class_table
from triptych.data.encoded import decode_photo
from triptych.data.scenes import Scenes
from triptych.errors import UserError
from triptych.segmentation.networks import Model, load
from triptych.segmentation.networks.saving import load_row
from triptych.storage.tensors import read_tensors

_SUFFIXES = (".png", ".jpg", ".jpeg")
_CITYSCAPES_PHOTO = "_leftImg8bit"


class Photos(Scenes):
    """The photos of a folder and its subfolders, as scenes whose masks are blank.

    Hidden files and files of other formats than PNG and JPEG are left out.

    Attributes
    ----------
    names
        Their paths below the folder, in order.

    Raises
    ------
    UserError
        There is no such folder, or no photo in it.
    """

    def __init__(self, path: Path, dataset: SceneDataset) -> None:
        self.path, self.dataset = path, dataset
        files = (file.relative_to(path) for file in path.rglob("*") if file.is_file())
        self.names = tuple(
            sorted(
                name.as_posix()
                for name in files
                if name.suffix.lower() in _SUFFIXES
                and not any(part.startswith(".") for part in name.parts)
            )
        )
        if not self.names:
            raise UserError(
                expected="a folder with images (PNG or JPEG)",
                found="no image" if path.is_dir() else "no such folder",
                where=str(path),
                remedy="name the folder of the images; images of other formats must be converted",
            )

    def image(self, index: int) -> NDArray[np.uint8]:
        """Return one photo, uint8 (h, w, 3).

        Raises
        ------
        UserError
            It is damaged, or not an upright and opaque photo with 8 bits per channel.
        """
        file = self.path / self.names[index]
        return np.asarray(decode_photo(file.read_bytes(), str(file)).convert("RGB"))

    def mask(self, index: int) -> NDArray[np.uint8]:
        """Return a blank mask of the photo's size, uint8 (h, w)."""
        with Image.open(self.path / self.names[index]) as photo:
            return np.zeros(photo.size[::-1], np.uint8)


def mask_files(photos: Photos) -> list[Path]:
    """Return the file of each photo's mask, relative to their folder.

    A photo of Cityscapes loses the end of its name, as its server wants.

    Raises
    ------
    UserError
        Two photos have the same mask file.
    """
    names = [Path(name).with_suffix("") for name in photos.names]
    if photos.dataset == "cityscapes":
        names = [name.with_name(name.name.removesuffix(_CITYSCAPES_PHOTO)) for name in names]
    files = [name.with_name(f"{name.name}.png") for name in names]
    file, count = Counter(files).most_common(1)[0]
    if count > 1:
        named = [name for name, own in zip(photos.names, files, strict=True) if own == file]
        raise UserError(
            expected="another name for each image, without its suffix",
            found=", ".join(named),
            where=str(photos.path),
            remedy="rename or remove one of them",
        )
    return files


def as_image(classes: NDArray[np.uint8], dataset: SceneDataset) -> Image.Image:
    """Return a mask, uint8 (h, w), in the form of its data set.

    Gray values are Cityscapes' label ids, or the class ids of other data sets. For VOC, the class
    ids are indices of VOC's palette.
    """
    if dataset == "cityscapes":
        return Image.fromarray(np.array(LABEL_IDS, np.uint8)[classes])
    image = Image.fromarray(classes)
    if dataset == "voc":
        image.putpalette(np.array(class_table("voc").colors, np.uint8).tobytes())
    return image


def load_models(paths: list[Path], device: torch.device, classes: ClassTable) -> Model:
    """Read a model, or an ensemble from the files of two single networks.

    Raises
    ------
    UserError
        A file has no such model, or two files are not two different trainings of one network.
    """
    model = load(paths[0], device, classes)
    if len(paths) == 1:
        return model
    network = json.loads(read_tensors(paths[0])[1]["config"])["network"]
    return load_row(paths, network, "ensemble", device, classes)
