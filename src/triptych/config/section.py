"""What every section of the parameters has in common."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field

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


def by_key(plain: type[Section], **forms: type[Section]) -> Discriminator:
    """Tell the forms of a section apart: each but the plain one has a key of its own."""

    def tag(value: Any) -> str:
        keys = value if isinstance(value, dict) else dir(value)
        form = next((form for key, form in forms.items() if key in keys), plain)
        return f"<{form.__name__}>"

    return Discriminator(tag)


def sole(*keys: str) -> BeforeValidator:
    """Let a key replace all others of its section, which come from a file or scale below."""

    def replaced(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        given = {key: value[key] for key in keys if value.get(key) is not None}
        return given or {key: inner for key, inner in value.items() if key not in keys}

    return BeforeValidator(replaced)


def equal_pieces(training: Any) -> Any:
    """Refuse a ``batch_size`` that ``accumulate`` does not divide."""
    size, pieces = training.batch_size, training.accumulate
    if size % pieces:
        raise ValueError(f"batch_size {size} must be a multiple of accumulate, {pieces}")
    return training
