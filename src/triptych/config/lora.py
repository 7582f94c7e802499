"""Parameters of panel 3: DreamBooth with LoRA."""

from pydantic import Field

from triptych.config.base_model import LoopParameters
from triptych.config.section import Section


class LoraParameters(Section):
    """DreamBooth that trains factors of low rank in the UNet's attention (Hu et al. 2022)."""

    rank: int = Field(ge=1, le=256, description="Rank of the factors.")
    training: LoopParameters
