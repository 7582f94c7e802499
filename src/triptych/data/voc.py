"""PASCAL VOC 2012 (Everingham et al.), its training set enlarged by SBD (Hariharan et al. 2011)."""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from triptych.data.classes import IGNORE, Color, class_table
from triptych.data.labeling import labeled_scene, read_mask
from triptych.data.scenes import Scene
from triptych.data.trees import Tree, read_tar
from triptych.errors import UserError

# Hariharan et al.'s trainaug and VOC's own val, which all publications use.
OFFICIAL_COUNTS = {"train": 10_582, "val": 1_449}

_VOC = "VOCdevkit/VOC2012"
_SBD = "benchmark_RELEASE/dataset"
_SBD_WANTED = re.compile(rf"{_SBD}/(train\.txt|val\.txt|cls/.+\.mat)")
_IDS = {**{training_id: training_id for training_id in range(len(class_table("voc")))}, 255: IGNORE}
# The color of each id in the palette of VOC's masks; 255 outlines the objects.
_PALETTE: dict[int, Color] = {
    **dict(enumerate(class_table("voc").colors)),
    255: (224, 224, 192),
}


@dataclass(frozen=True)
class Sbd:
    """The lists of images and the masks (``.mat``) of SBD, by their path in the archive."""

    archive: Path
    files: dict[str, bytes]

    def names(self) -> set[str]:
        """Return the names of SBD's training and validation images."""
        lists = (self._read(f"{_SBD}/{split}.txt") for split in ("train", "val"))
        return {name for content in lists for name in content.decode().split()}

    def mask(self, name: str) -> NDArray[np.uint8]:
        """Return the class ids of an image, uint8 (h, w).

        Raises
        ------
        UserError
            The file is missing, damaged, or has another layout.
        """
        path = _mask_path(name)
        try:
            mask = loadmat(io.BytesIO(self._read(path)))["GTcls"][0, 0]["Segmentation"]
        except UserError:
            raise
        except Exception as error:
            # SciPy's reader raises errors of many types on damaged files.
            raise self._no_mask(path, f"{type(error).__name__}: {error}") from None
        if mask.dtype != np.uint8 or mask.ndim != 2:
            raise self._no_mask(path, f"{mask.dtype} of shape {mask.shape}")
        return mask

    def where(self, name: str) -> str:
        """Return the file of an image's mask, for errors."""
        return f"{self.archive}: {_mask_path(name)}"

    def _read(self, path: str) -> bytes:
        if path not in self.files:
            raise UserError(
                expected=f"the file {path}",
                found="no such file",
                where=str(self.archive),
                remedy="replace the archive with the original file",
            )
        return self.files[path]

    def _no_mask(self, path: str, found: str) -> UserError:
        return UserError(
            expected="a MATLAB file with GTcls.Segmentation, one byte per pixel",
            found=found,
            where=f"{self.archive}: {path}",
            remedy="replace the archive with the original file",
        )


def read_sbd(archive: Path) -> Sbd:
    """Read the lists and the class masks of ``benchmark.tgz`` in one pass.

    Raises
    ------
    UserError
        As for :func:`read_tar`.
    """
    return Sbd(archive, read_tar(archive, _SBD_WANTED.fullmatch))


def split_names(voc: Tree, sbd: Sbd) -> dict[str, list[str]]:
    """Return the images of ``train`` (SBD's and VOC's training images) and ``val`` (VOC's).

    ``voc`` has the layout of ``VOCtrainval_11-May-2012.tar``. Images of SBD in VOC's validation
    set are left out.

    Raises
    ------
    UserError
        A list is missing or empty.
    """
    val = _listed(voc, "val")
    return {"train": sorted((sbd.names() | _listed(voc, "train")) - val), "val": sorted(val)}


def check_counts(names: dict[str, list[str]], where: str) -> None:
    """Refuse splits whose sizes differ from the official 10,582 and 1,449.

    Raises
    ------
    UserError
        A split has more or fewer images.
    """
    for split, official in OFFICIAL_COUNTS.items():
        if len(names[split]) != official:
            raise UserError(
                expected=f"{official} images in {split}",
                found=str(len(names[split])),
                where=where,
                remedy="replace the archives with the original ones",
            )


def scenes(voc: Tree, sbd: Sbd, names: Iterable[str]) -> Iterator[Scene]:
    """Read images with VOC's own mask if it exists, otherwise with SBD's.

    Raises
    ------
    UserError
        An image or a mask is missing, damaged or of the wrong size, or a mask holds
        an id that is neither a class nor 255.
    """
    own = _listed(voc, "train") | _listed(voc, "val")
    for name in names:
        image = voc.file(f"{_VOC}/JPEGImages/{name}.jpg")
        if name in own:
            file = voc.file(f"{_VOC}/SegmentationClass/{name}.png")
            mask, where = read_mask(file, _PALETTE), file.where
        else:
            mask, where = sbd.mask(name), sbd.where(name)
        yield labeled_scene(name, image, mask, where, _IDS)


def _listed(voc: Tree, split: str) -> set[str]:
    file = voc.file(f"{_VOC}/ImageSets/Segmentation/{split}.txt")
    names = set(file.read().decode().split())
    if not names:
        raise UserError(
            expected="a list of images",
            found="an empty file",
            where=file.where,
            remedy="replace it with the original data set; the split must not be empty",
        )
    return names


def _mask_path(name: str) -> str:
    return f"{_SBD}/cls/{name}.mat"
