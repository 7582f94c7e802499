"""The eight models of Tables 1 and 2, from one builder."""

from triptych.segmentation.networks.building import ModelConfig, build, initialize
from triptych.segmentation.networks.models import Ensemble, Model
from triptych.segmentation.networks.saving import load, load_row, save

__all__ = ["Ensemble", "Model", "ModelConfig", "build", "initialize", "load", "load_row", "save"]
