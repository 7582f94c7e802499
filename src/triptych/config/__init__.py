"""Typed parameters: the one source of what may be set, and within which range."""

from triptych.config.load import parse, read
from triptych.config.models import (
    NETWORK_NAMES,
    AdversarialParameters,
    AdversaryParameters,
    NetworkName,
    Panel,
    Parameters,
    PgdParameters,
    ReleasedNetwork,
    Scale,
    TrainingParameters,
)
from triptych.config.options import as_options

__all__ = [
    "NETWORK_NAMES",
    "AdversarialParameters",
    "AdversaryParameters",
    "NetworkName",
    "Panel",
    "Parameters",
    "PgdParameters",
    "ReleasedNetwork",
    "Scale",
    "TrainingParameters",
    "as_options",
    "parse",
    "read",
]
