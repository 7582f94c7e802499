"""What every section of the parameters has in common."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Discriminator, Field

Scale = Literal["tiny", "smoke", "lab", "paper"]


class Section(BaseModel):
    """A section of a YAML file of the project: immutable, no unknown keys."""

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


Share = Annotated[float, Field(ge=0, le=1)]


def rising(what: str) -> AfterValidator:
    """Refuse numbers that do not rise; ``what`` names them."""

    def checked(numbers: tuple[float, ...]) -> tuple[float, ...]:
        if list(numbers) != sorted(set(numbers)):
            raise ValueError(f"{what} must rise, without a value twice")
        return numbers

    return AfterValidator(checked)


def named_once(**lists: Sequence[str]) -> None:
    """Refuse lists, given by their keys, that name something twice."""
    for key, names in lists.items():
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"{key}, named twice: {', '.join(twice)}")


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
