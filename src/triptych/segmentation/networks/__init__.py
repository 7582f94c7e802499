"""The eight models of Tables 1 and 2, from one builder."""

from triptych.segmentation.networks.building import Architect, build, initialise
from triptych.segmentation.networks.models import Ensemble, Model, mean_softmax
from triptych.segmentation.networks.saving import join, load, save

__all__ = [
    "Architect",
    "Ensemble",
    "Model",
    "build",
    "initialise",
    "join",
    "load",
    "mean_softmax",
    "save",
]
