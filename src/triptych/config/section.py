"""What every section of the parameters has in common."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Scale = Literal["tiny", "smoke", "lab", "paper"]


class Section(BaseModel):
    """A section of ``params.yaml``: immutable, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)
