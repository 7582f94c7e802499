"""Whether a photo shows a face: dlib's detector of frontal faces (King 2009)."""

from functools import cache
from typing import Any

import numpy as np
from PIL import Image

from triptych.errors import UserError

# The detector finds faces of 80 pixels and more; those of larger photos need not be seen so large.
_SIDE = 512


def has_face(square: Image.Image) -> bool:
    """Return whether a face is in a square photo.

    Raises
    ------
    UserError
        dlib is not installed.
    """
    image = square.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)
    return len(_detector()(np.asarray(image), 0)) > 0


@cache
def _detector() -> Any:
    return imported_dlib().get_frontal_face_detector()


def imported_dlib() -> Any:
    """Return dlib's module, without stubs.

    Raises
    ------
    UserError
        It is not installed.
    """
    try:
        import dlib
    except ImportError as error:
        raise UserError(
            expected="the Python package dlib-bin, which finds faces",
            found=str(error),
            where="the packages of this Python",
            remedy="run: pip install dlib-bin, or pip install dlib, which needs a compiler",
        ) from None
    return dlib
