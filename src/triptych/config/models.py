"""Every parameter of the pipeline: its type, its allowed range, its meaning.

``params.yaml`` holds the values; these classes, here and in one module a panel
beside it, are the only schema. A key that is not named there is refused, and so
is a value outside its range.
"""

from typing import Literal

from pydantic import Field, model_validator

from triptych.config.adversarial import AdversarialParameters
from triptych.config.personalization import PersonalizationParameters
from triptych.config.section import Scale, Section
from triptych.config.segmentation import SegmentationParameters

Panel = Literal["adversarial", "segmentation", "personalization"]


class DataParameters(Section):
    """Where raw data comes from."""

    mirror: str | None = Field(
        None,
        description="Folder that is searched before the network; TRIPTYCH_MIRROR overrides.",
    )


class ComputeParameters(Section):
    """How the CPU is used; part of the promise of equal bytes."""

    torch_threads: int = Field(ge=1, le=64, description="Threads of torch in every job.")


class ScaleParameters(Section):
    """The panels at one scale, a field for each name in ``Panel``."""

    adversarial: AdversarialParameters
    segmentation: SegmentationParameters
    personalization: PersonalizationParameters


class Parameters(Section):
    """The whole of ``params.yaml``."""

    scale: Scale = Field(description="Which entry of scales is run.")
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
