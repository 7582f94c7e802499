"""Inception-v3's weight files: a tiny TorchScript, and the state of torch-fidelity's network."""

from pathlib import Path

import pytest
import torch
from torch import nn
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

TORCHSCRIPT = "inception-2015-12-05.pt"
STATE = "weights-inception-2015-12-05-6726825d.pth"


class TinyInception(nn.Module):
    """What clean-fid uses of NVIDIA's file: layers from 299x299 pixels to 2048 features."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, 2048))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layers(images)


def save_inception(folder: Path) -> None:
    """Write both files with random weights into a new folder."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    torch.jit.script(TinyInception()).save(folder / TORCHSCRIPT)
    with pytest.MonkeyPatch.context() as patch:
        # Its constructor cannot be had without weights.
        module = "torch_fidelity.feature_extractor_inceptionv3"
        patch.setattr(f"{module}.load_state_dict_from_url", lambda *_, **__: None)
        patch.setattr(FeatureExtractorInceptionV3, "load_state_dict", lambda *_: None)
        state = FeatureExtractorInceptionV3("inception-v3-compat", ["logits"]).state_dict()
    # Random weights hardly prefer one class to another.
    state["fc.weight"] *= 1e8
    torch.save(state, folder / STATE)
