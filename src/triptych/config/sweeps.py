"""Parameters of panel 3: rows that repeat other rows with one setting changed."""

from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import Field

from triptych.config.base_model import Count
from triptych.config.section import Section

# Rows that an adapter makes from several photos, and all rows that an adapter makes.
PooledRow = Literal[
    "ip_adapter_max_pool",
    "ip_adapter_avg_pool",
    "ip_adapter_self_attention",
    "ip_adapter_finetuned",
    "ip_adapter_face",
]
AdapterRow = Literal["ip_adapter", PooledRow]


class ReferencesSweep(Section):
    """Rows that are generated again from other numbers of photos."""

    rows: tuple[PooledRow, ...] = Field(min_length=1, description="Rows of this run.")
    values: tuple[Annotated[int, Field(ge=1, le=64)], ...] = Field(
        min_length=1, description="Photos that describe a person."
    )


class ScaleSweep(Section):
    """Rows that are generated again with other scales."""

    rows: tuple[AdapterRow, ...] = Field(min_length=1, description="Rows of this run.")
    values: tuple[Annotated[float, Field(ge=0, le=50)], ...] = Field(
        min_length=1, description="Values of the scale."
    )


class SweepsParameters(Section):
    """Rows with one setting that differs from the other rows."""

    images_per_person: Count = Field(description="Images of each test person in each such row.")
    references: ReferencesSweep | None = Field(None, description="Numbers of references.")
    adapter_scale: ScaleSweep | None = Field(None, description="Scales of the adapter.")
    guidance_scale: ScaleSweep | None = Field(None, description="Scales of the guidance.")


def require_known(
    sweeps: SweepsParameters, rows: Collection[str], images: int, references: int
) -> None:
    """Refuse sweeps of rows that a run does not generate, or with more images or references.

    Raises
    ------
    ValueError
        A row is not among ``rows``, or a person has more ``images`` or ``references``.
    """
    if sweeps.images_per_person > images:
        raise ValueError("sweeps.images_per_person must not exceed that of sampling")
    if sweeps.references and max(sweeps.references.values) > references:
        raise ValueError("sweeps.references.values must not exceed references")
    for part in (sweeps.references, sweeps.adapter_scale, sweeps.guidance_scale):
        unknown = [] if part is None else sorted({*part.rows} - {*rows})
        if unknown:
            raise ValueError(f"sweeps name {unknown[0]}, which this scale does not generate")
