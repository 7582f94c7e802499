"""The face network of this run as a judge, for drawn faces."""

from pathlib import Path
from typing import Literal

import torch

from triptych.personalization.identity import embed_identity
from triptych.personalization.judges.interfaces import Faces, Floats, Images
from triptych.personalization.networks.face_network import load_face_network
from triptych.storage.files import sha256


class TrainedJudge:
    """Judges features, classes and identity; the classes are the training persons."""

    name: Literal["face_network"] = "face_network"
    detector_sha256 = None

    def __init__(self, path: Path, device: torch.device) -> None:
        self.sha256 = sha256(path)
        self._network = load_face_network(path, device)

    def describe(self, images: Images, side: int) -> tuple[Floats, Floats]:
        """Compute features and classes, see :class:`.interfaces.FeatureJudge`."""
        identity = embed_identity(self._network, images, side)
        device = next(self._network.parameters()).device
        with torch.no_grad():
            logits = self._network.logits(torch.from_numpy(identity).to(device))
        return identity, logits.softmax(dim=1).cpu().numpy()

    def embed(self, images: Images, side: int) -> Faces:
        """Embed images, see :class:`.interfaces.FaceJudge`."""
        return Faces(embed_identity(self._network, images, side), None)
