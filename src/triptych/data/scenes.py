"""Images with a class for every pixel: the form in which panel 2 keeps its data.

One safetensors file a split holds the images as they came, still encoded (PNG,
JPEG), one after another, so that sets of any size and images of any shape are
one file with one hash, of which a reader touches only what it needs.
"""

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError, safe_open

from triptych.config import SCENE_DATASETS, SceneDataset
from triptych.data.classes import IGNORE, class_table
from triptych.errors import UserError
from triptych.runtime.tensors import write_tensors


@dataclass(frozen=True)
class Scene:
    """One labelled image on its way into a file.

    Attributes
    ----------
    name
        Tells it from the others of its set.
    image
        An RGB image, encoded as PNG or JPEG.
    mask
        uint8 (h, w), training ids and :data:`~triptych.data.classes.IGNORE`.
    """

    name: str
    image: bytes
    mask: NDArray[np.uint8]


class Scenes:
    """The labelled images of a split, decoded one at a time.

    Parameters
    ----------
    path
        A file that :func:`save` wrote.

    Raises
    ------
    UserError
        The file is damaged or of another format.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = safe_open(path, framework="np")
            about = json.loads((self._file.metadata() or {})["scenes"])
            self.dataset: SceneDataset = _known_dataset(about["dataset"])
            self.names = tuple(about["names"])
            self._ends = {
                kind: self._file.get_tensor(f"{kind}_ends") for kind in ("images", "masks")
            }
        except (SafetensorError, KeyError, ValueError) as error:
            damaged = isinstance(error, SafetensorError)
            raise UserError(
                expected="a file of scenes: encoded images and masks",
                found=str(error) if damaged else f"a file of another kind, without {error}",
                where=str(path),
                remedy="delete it and run the workflow, which makes it again",
            ) from None

    def __reduce__(self) -> tuple[type["Scenes"], tuple[Path]]:
        # A process that loads images opens the file for itself.
        return Scenes, (self.path,)

    def __len__(self) -> int:
        return len(self.names)

    def image(self, index: int) -> NDArray[np.uint8]:
        """One image, uint8 (h, w, 3)."""
        return np.asarray(self._decode("images", index).convert("RGB"))

    def mask(self, index: int) -> NDArray[np.uint8]:
        """One mask, uint8 (h, w): training ids, 255 where ignored."""
        return np.asarray(self._decode("masks", index))

    def _decode(self, kind: str, index: int) -> Image.Image:
        ends = self._ends[kind]
        start = int(ends[index - 1]) if index else 0
        encoded = self._file.get_slice(kind)[start : int(ends[index])]
        return Image.open(io.BytesIO(encoded.tobytes()))


def save(dataset: SceneDataset, scenes: Iterable[Scene], path: Path) -> None:
    """Check scenes and write them.

    Parameters
    ----------
    dataset
        Whose classes the masks hold.
    scenes
        At least one.
    path
        The file to be made (safetensors).

    Raises
    ------
    UserError
        An image cannot be decoded, has another size than its mask, or a mask holds
        an id that is no class.
    """
    names: list[str] = []
    encoded: dict[str, list[bytes]] = {"images": [], "masks": []}
    for scene in scenes:
        _check(scene, dataset)
        names.append(scene.name)
        encoded["images"].append(scene.image)
        encoded["masks"].append(as_png(scene.mask))
    arrays = {}
    for kind, parts in encoded.items():
        arrays[f"{kind}_ends"] = np.cumsum([len(part) for part in parts])
        arrays[kind] = np.frombuffer(b"".join(parts), np.uint8)
        # Of a large set, one copy in memory is enough.
        parts.clear()
    write_tensors(path, arrays, {"scenes": json.dumps({"dataset": dataset, "names": names})})


def as_png(image: NDArray[np.uint8]) -> bytes:
    """Encode an image, uint8 (h, w) or (h, w, 3), without loss."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return buffer.getvalue()


def decode(encoded: bytes, where: str) -> Image.Image:
    """Decode an image whole; masks keep their ids, whether grey or palette.

    Parameters
    ----------
    encoded
        The content of a PNG or JPEG file.
    where
        The file, for the error.

    Raises
    ------
    UserError
        It is no image, or it is cut short.
    """
    try:
        image = Image.open(io.BytesIO(encoded))
        image.load()
    except (OSError, SyntaxError, ValueError) as error:
        raise UserError(
            expected="a whole image (PNG or JPEG)",
            found=f"{len(encoded)} bytes: {error}",
            where=where,
            remedy="replace it by the original file",
        ) from None
    return image


def _check(scene: Scene, dataset: SceneDataset) -> None:
    image = decode(scene.image, scene.name)
    height, width = scene.mask.shape
    if image.size != (width, height):
        raise UserError(
            expected=f"a mask of the image's size, {image.width}x{image.height}",
            found=f"a mask of {width}x{height}",
            where=scene.name,
            remedy="replace image and mask by the original pair",
        )
    classes = len(class_table(dataset))
    wrong = sorted(set(np.unique(scene.mask).tolist()) - {*range(classes), IGNORE})
    if wrong:
        raise UserError(
            expected=f"ids 0 to {classes - 1} and {IGNORE}, the classes of {dataset}",
            found=", ".join(map(str, wrong)),
            where=scene.name,
            remedy="replace the mask by the original one, or check its table of ids",
        )


def _known_dataset(name: str) -> SceneDataset:
    for known in SCENE_DATASETS:
        if name == known:
            return known
    raise KeyError(f"the data set {name!r} is unknown")
