"""Inception-v3, whose features and classes define the FID and the Inception Score."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from cleanfid.inception_torchscript import InceptionV3W
from cleanfid.resize import build_resizer
from numpy.typing import NDArray

from triptych.data.fetch import verified
from triptych.personalization.judges.interfaces import Floats, Images
from triptych.personalization.judges.resizing import at_most
from triptych.personalization.pixels import batches
from triptych.storage.files import sha256

_IMAGES_AT_ONCE = 64
_TORCHSCRIPT, _STATE = "inception-2015-12-05.pt", "weights-inception-2015-12-05-6726825d.pth"


class InceptionV3:
    """The network of 2015-12-05, with clean-fid's features and torchmetrics' classes.

    The verified folder of the registry's entry ``inception_v3`` has both weight files. ``sha256``
    is the hash of the file of the features.
    """

    name = "inception_v3"

    def __init__(self, folder: Path, device: torch.device) -> None:
        # This import takes two seconds.
        from torchmetrics.image.fid import NoTrainInceptionV3

        self.sha256 = sha256(folder / _TORCHSCRIPT)
        self._device = device
        # Without the files, both libraries would download them.
        self._features = InceptionV3W(str(folder), download=False).to(device)
        # The annotation asks for a path, but torch.load accepts an open file, too.
        state: Any = _harmless_copy(folder / _STATE)
        classes = NoTrainInceptionV3("inception-v3-compat", ["logits_unbiased"], state)
        self._classes = classes.to(device)

    @classmethod
    def open(cls, manifest: Path, device: torch.device) -> "InceptionV3":
        """Open the network of a verified folder.

        Raises
        ------
        UserError
            A weight file is missing or altered.
        """
        verified("inception_v3", manifest.parent)
        return cls(manifest.parent, device)

    def describe(self, images: Images, side: int) -> tuple[Floats, Floats]:
        """Compute 2,048 features and 1,008 classes, see :class:`.interfaces.FeatureJudge`."""
        features, probabilities = [], []
        for part in batches(images, _IMAGES_AT_ONCE, "inception"):
            batch = at_most(part, side)
            with torch.inference_mode():
                features.append(self._extract(batch))
                probabilities.append(self._classify(batch))
        return np.concatenate(features), np.concatenate(probabilities)

    def _extract(self, images: Images) -> Floats:
        """Compute features as ``cleanfid.fid`` does in mode "clean": resized in floating point."""
        resize = build_resizer("clean")
        resized = np.stack([resize(image) for image in images])
        return self._features(self._as_tensor(resized)).float().cpu().numpy()

    def _classify(self, images: Images) -> Floats:
        """Compute probabilities as ``torchmetrics.image.InceptionScore``, which resizes itself."""
        logits = self._classes(self._as_tensor(images))
        return logits.softmax(dim=1).cpu().numpy()

    def _as_tensor(self, images: NDArray[np.generic]) -> torch.Tensor:
        return torch.from_numpy(images.transpose(0, 3, 1, 2).copy()).to(self._device)


def _harmless_copy(path: Path) -> io.BytesIO:
    """Copy the tensors alone: torch-fidelity would execute code in the file."""
    copy = io.BytesIO()
    torch.save(torch.load(path, map_location="cpu", weights_only=True), copy)
    copy.seek(0)
    return copy
