"""What every section of the parameters has in common."""

from typing import Annotated, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Scale = Literal["tiny", "smoke", "lab", "paper"]


class Section(BaseModel):
    """A section of ``params.yaml``: immutable, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Accumulate = Annotated[
    int,
    Field(
        ge=1,
        le=1024,
        description="Equal pieces of a batch, one after another in memory, for one optimizer step. "
        "Batch normalization and contrastive losses see a piece alone.",
    ),
]


class _Batched(Protocol):
    @property
    def batch_size(self) -> int: ...
    @property
    def accumulate(self) -> int: ...


Training = TypeVar("Training", bound=_Batched)


def equal_pieces(training: Training) -> Training:
    """Check that a batch can be split into the pieces of ``accumulate``.

    Raises
    ------
    ValueError
        It cannot.
    """
    if training.batch_size % training.accumulate:
        raise ValueError(
            f"batch_size {training.batch_size} must be a multiple of accumulate,"
            f" {training.accumulate}"
        )
    return training
