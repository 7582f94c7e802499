"""Every parameter of the pipeline: its type, its allowed range, its default, its meaning.

``params.yaml`` holds the values. These classes, here and in one module for each panel, are the
only schema: an unknown key or a value outside its range is refused.
"""

from typing import Literal

from pydantic import Field, model_validator

from triptych.config.adversarial import AdversarialParameters
from triptych.config.personalization import PersonalizationParameters
from triptych.config.section import Scale, Section
from triptych.config.segmentation import SegmentationParameters

Panel = Literal[
    "adversarial",
    "segmentation",
    "personalization",
]


class DataParameters(Section):
    """The source of raw data."""

    mirror: str | None = Field(
        None,
        description="Folder searched before the network; TRIPTYCH_MIRROR overrides it.",
    )


class ComputeParameters(Section):
    """Use of the CPU; part of the promise of equal bytes."""

    torch_threads: int = Field(ge=1, le=64, description="Threads of torch in every job.")


class ScaleParameters(Section):
    """The panels at one scale, a field for each name in ``Panel``."""

    adversarial: AdversarialParameters
    segmentation: SegmentationParameters
    personalization: PersonalizationParameters


class Parameters(Section):
    """The whole of ``params.yaml``."""

    scale: Scale = Field(description="The entry of scales that runs.")
    seed: int = Field(ge=0, lt=2**63, description="Root of every random draw.")
    data: DataParameters
    compute: ComputeParameters
    scales: dict[Scale, ScaleParameters]

    @model_validator(mode="after")
    def _scale_is_described(self) -> "Parameters":
        if self.scale not in self.scales:
            raise ValueError(f"scales has no entry {self.scale!r}")
        return self

    @property
    def active(self) -> ScaleParameters:
        """The parameters of the chosen scale."""
        return self.scales[self.scale]
