"""dlib's recognizer as a judge of identity: alignment, embedding, centering."""

from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import Image

from triptych.config.personalization import FaceAlignment
from triptych.data.fetch import verified
from triptych.personalization.judges.detector import FaceDetector
from triptych.personalization.judges.dlib_network import SIDE, load_dlib_network
from triptych.personalization.judges.interfaces import Faces, Floats, Images
from triptych.personalization.pixels import batches
from triptych.storage.files import sha256

_WEIGHTS = "dlib_face_recognition_resnet_model_v1.dat"
_LANDMARKS = "shape_predictor_5_face_landmarks.dat"
_IMAGES_AT_ONCE = 32
# Deep funneling puts each face at the same place: left, top, right and bottom of the square that
# shows it as five landmarks would, in pixels of LFW's photos. Their side is 250.
_LFW_SIDE, _LFW_FACE = 250, (67.5, 76.5, 184.5, 193.5)


class Recognizer:
    """Identity as the centered and normalized embeddings of dlib's network.

    The embeddings of all persons lie in a cone: the cosine of strangers is .84. The mean of the
    training persons' photos is subtracted, which makes it .01.

    Parameters
    ----------
    manifest
        That of the registry's entry ``dlib_resnet``.
    training
        uint8 (n, s, s, 3), photos of persons who are not judged.
    alignment
        ``square``: each face is where deep funneling puts it. ``landmarks``: a detector finds the
        face, and five landmarks align it; without a face the square is used. No image is left out.
    crop
        Side of the central square of LFW's photos that the images show, pixels.

    Raises
    ------
    UserError
        dlib is not installed, or a file is missing or altered.
    """

    name: Literal["dlib_resnet"] = "dlib_resnet"

    def __init__(
        self,
        manifest: Path,
        training: Images,
        alignment: FaceAlignment,
        crop: int,
        device: torch.device,
    ) -> None:
        paths = verified(self.name, manifest.parent)
        self.sha256 = sha256(paths[_WEIGHTS])
        self._detector = FaceDetector(paths[_LANDMARKS])
        self.detector_sha256 = self._detector.sha256
        self._network = load_dlib_network(paths[_WEIGHTS], device)
        self._device = device
        self._uses_landmarks = alignment == "landmarks"
        margin = (_LFW_SIDE - crop) / 2
        # Smaller squares than the face's show a part of it alone: then the whole image is the face.
        self._square = tuple(min(max((edge - margin) / crop, 0.0), 1.0) for edge in _LFW_FACE)
        self._center = self._vectors(training)[0].mean(axis=0)

    def embed(self, images: Images, side: int) -> Faces:
        """Embed images, see :class:`.interfaces.FaceJudge`; the sizes of images do not matter."""
        vectors, is_found = self._vectors(images)
        centered = vectors - self._center
        return Faces(centered / np.linalg.norm(centered, axis=1, keepdims=True), is_found)

    def _vectors(self, images: Images) -> tuple[Floats, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
        vectors, is_found = [], []
        for part in batches(images, _IMAGES_AT_ONCE, "recognize faces"):
            aligned = [self._aligned(image) for image in part]
            is_found += [detected for _, detected in aligned]
            faces = torch.from_numpy(np.stack([face for face, _ in aligned]))
            with torch.inference_mode():
                batch = faces.permute(0, 3, 1, 2).float().to(self._device)
                vectors.append(self._network(batch).cpu().numpy())
        return np.concatenate(vectors), np.array(is_found)

    def _aligned(self, image: Images) -> tuple[Images, bool]:
        """Return a face, uint8 (150, 150, 3), and whether the detector finds it."""
        if not self._uses_landmarks:
            return self._from_square(image), self._detector.has_face(image)
        face = self._detector.aligned(image, SIDE)
        return (self._from_square(image), False) if face is None else (face, True)

    def _from_square(self, image: Images) -> Images:
        box = tuple(share * image.shape[0] for share in self._square)
        picture = Image.fromarray(image)
        return np.asarray(picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC, box=box))
