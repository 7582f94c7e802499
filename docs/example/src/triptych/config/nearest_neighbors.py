"""Parameters of panel 4: Alpaydin and Kaynak 1998."""

from typing import Annotated, Literal

from pydantic import Field

from triptych.config.section import Section

Neighbors = Annotated[int, Field(ge=1, le=100)]


class NearestNeighborsParameters(Section):
    """Panel 4: Alpaydin and Kaynak 1998."""

    dataset: Literal["digits", "mnist"] = Field(
        description="The set that panel 1 has at the same scale."
    )
    neighbors: tuple[Neighbors, ...] = Field(
        min_length=1, description="How many vote: a row of the table each."
    )
