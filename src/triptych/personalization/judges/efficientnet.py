"""The EfficientNet-Lite networks, with the 1,000 classes of ImageNet."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from timm.models import efficientnet

from triptych.data.fetch import verified
from triptych.errors import UserError
from triptych.learning.efficientnet import load_released, scaled
from triptych.personalization.judges.interfaces import Floats, Images
from triptych.personalization.judges.resizing import at_most
from triptych.personalization.pixels import batches, to_pixels
from triptych.storage.files import sha256
from triptych.storage.folders import MANIFEST

# The sides for which they were released, pixels.
SIDES = {"efficientnet_lite0": 224, "efficientnet_lite1": 240, "efficientnet_lite2": 260}
_IMAGES_AT_ONCE = 32


class EfficientNetJudge:
    """A released network, with the features before its classifier, 1,280.

    ``manifest`` is ``ENTRY/MANIFEST.sha256``; the registry's entry has the name of the network.

    Raises
    ------
    UserError
        It is no network of this family; or the weights are missing or altered.
    """

    def __init__(self, manifest: Path, device: torch.device) -> None:
        self.name = manifest.parent.name
        if self.name not in SIDES:
            raise UserError(
                expected=f"the manifest of {', '.join(SIDES)}",
                found=self.name,
                where=str(manifest),
                remedy=f"name data/raw/{min(SIDES)}/{MANIFEST}, which triptych fetch makes",
            )
        (path,) = verified(self.name, manifest.parent).values()
        self.sha256 = sha256(path)
        network: Any = getattr(efficientnet, f"tf_{self.name}")()
        load_released(network, path)
        self._network = network.to(device).requires_grad_(False).eval()
        self._device = device

    def describe(self, images: Images, side: int) -> tuple[Floats, Floats]:
        """Compute features and classes, see :class:`.interfaces.FeatureJudge`."""
        features, probabilities = [], []
        for part in batches(images, _IMAGES_AT_ONCE, self.name):
            pixels = to_pixels(at_most(part, side), SIDES[self.name]).to(self._device)
            with torch.inference_mode():
                maps = self._network.forward_features(scaled((pixels + 1) * 127.5))
                vectors = self._network.forward_head(maps, pre_logits=True)
                logits = self._network.classifier(vectors)
            features.append(vectors.cpu().numpy())
            probabilities.append(logits.softmax(dim=1).cpu().numpy())
        return np.concatenate(features), np.concatenate(probabilities)
