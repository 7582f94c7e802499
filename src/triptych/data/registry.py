"""The list of data sets and weights, each file with its pinned hash."""

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from triptych.errors import UserError


class RegistryFile(BaseModel):
    """One file: what it must hold, and where it may be had."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: int | None = None
    urls: tuple[str, ...]


class Entry(BaseModel):
    """A data set or a set of weights."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    kind: Literal["data", "weights"]
    licence: str
    citation: str
    access: str
    files: tuple[RegistryFile, ...]


@cache
def entries() -> dict[str, Entry]:
    """All entries of ``registry.yaml`` by name."""
    text = files("triptych.data").joinpath("registry.yaml").read_text(encoding="utf-8")
    return {
        name: Entry.model_validate(value) for name, value in YAML(typ="safe").load(text).items()
    }


def entry(name: str) -> Entry:
    """One entry.

    Raises
    ------
    UserError
        The registry has no such entry.
    """
    known = entries()
    if name not in known:
        raise UserError(
            expected="one of " + ", ".join(sorted(known)),
            found=repr(name),
            where="the registry of data sets and weights",
            remedy="name one of these entries",
        )
    return known[name]
