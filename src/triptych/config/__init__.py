"""Typed parameters: the one source of what may be set, and within which range."""

from triptych.config.adversarial import (
    NETWORK_NAMES,
    AdversarialParameters,
    AdversaryParameters,
    NetworkName,
    PgdParameters,
    ReleasedNetwork,
    TrainingParameters,
)
from triptych.config.load import parse, read
from triptych.config.models import Parameters
from triptych.config.options import as_options
from triptych.config.section import Panel, Scale
from triptych.config.segmentation import (
    ARCHITECTURES,
    MEMBERS,
    METHODS,
    SCENE_DATASETS,
    Architecture,
    AugmentationParameters,
    Backbone,
    BenchmarkParameters,
    ConnectionParameters,
    DrawnParameters,
    FittingParameters,
    Member,
    Method,
    OutputStride,
    ProtocolParameters,
    RecipeParameters,
    SceneDataset,
    SegmentationParameters,
)

__all__ = [
    "ARCHITECTURES",
    "MEMBERS",
    "METHODS",
    "NETWORK_NAMES",
    "SCENE_DATASETS",
    "AdversarialParameters",
    "AdversaryParameters",
    "Architecture",
    "AugmentationParameters",
    "Backbone",
    "BenchmarkParameters",
    "ConnectionParameters",
    "DrawnParameters",
    "FittingParameters",
    "Member",
    "Method",
    "NetworkName",
    "OutputStride",
    "Panel",
    "Parameters",
    "PgdParameters",
    "ProtocolParameters",
    "RecipeParameters",
    "ReleasedNetwork",
    "Scale",
    "SceneDataset",
    "SegmentationParameters",
    "TrainingParameters",
    "as_options",
    "parse",
    "read",
]
