"""dlib's detector of frontal faces, and the alignment of faces by five landmarks."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from triptych.data.face_detector import imported_dlib
from triptych.errors import UserError

Picture = NDArray[np.uint8]
# The detector finds faces of 80 pixels and more. In smaller photos of LFW they are smaller: at 64
# pixels it finds .99 of the faces after this enlargement.
_LEAST_SIDE = 256
# Space around a face, as a share of its size, for which the recognizer was trained.
_PADDING = 0.25


class FaceDetector:
    """Histograms of oriented gradients, in a pyramid of sizes (dlib's frontal face detector).

    Parameters
    ----------
    landmarks
        The file of the model of five landmarks.

    Raises
    ------
    UserError
        dlib is not installed, or the file is damaged.
    """

    def __init__(self, landmarks: Path) -> None:
        dlib = imported_dlib()
        self._dlib = dlib
        self._detector = dlib.get_frontal_face_detector()
        self.sha256 = hashlib.sha256(self._detector.__getstate__()[0]).hexdigest()
        try:
            self._landmarks = dlib.shape_predictor(str(landmarks))
        except RuntimeError as error:
            raise UserError(
                expected="dlib's model of five landmarks",
                found=" ".join(str(error).split())[:300],
                where=str(landmarks),
                remedy="delete it and run: triptych fetch dlib_resnet",
            ) from None

    def has_face(self, image: Picture) -> bool:
        """Return whether a face is in an image, uint8 (s, s, 3)."""
        return self._largest(_enlarged(image)) is not None

    def aligned(self, image: Picture, side: int) -> Picture | None:
        """Return the largest face, upright and scaled to (side, side, 3); None without a face."""
        image = _enlarged(image)
        place = self._largest(image)
        if place is None:
            return None
        shape = self._landmarks(image, place)
        return self._dlib.get_face_chip(image, shape, size=side, padding=_PADDING)

    def _largest(self, image: Picture) -> Any:
        return max(self._detector(image, 0), key=lambda place: place.area(), default=None)


def _enlarged(image: Picture) -> Picture:
    if image.shape[0] >= _LEAST_SIDE:
        return image
    size = (_LEAST_SIDE, _LEAST_SIDE)
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))
