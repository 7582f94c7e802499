"""The list of data sets and weights, each file with its pinned hash."""

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from triptych.errors import UserError


class RegistryFile(BaseModel):
    """One file: what it must hold, and where it may be had.

    Exactly one hash is pinned: the MD5 only where no SHA-256 is published.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    md5: str | None = Field(None, pattern="^[0-9a-f]{32}$")
    bytes: int | None = None
    urls: tuple[str, ...]

    @model_validator(mode="after")
    def _has_one_hash(self) -> "RegistryFile":
        if (self.sha256 is None) == (self.md5 is None):
            raise ValueError("a file has either sha256 or md5")
        return self

    @property
    def algorithm(self) -> Literal["sha256", "md5"]:
        """Which of the two hashes is pinned."""
        return "sha256" if self.sha256 else "md5"

    @property
    def digest(self) -> str:
        """The pinned hash in hexadecimal."""
        return self.sha256 or self.md5 or ""


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
