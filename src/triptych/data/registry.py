"""The list of data sets and weights, each file with its pinned hash."""

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ruamel.yaml import YAML

from triptych.errors import UserError


class PinnedFile(BaseModel):
    """A file and what it must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    bytes: int | None = None

    @property
    def algorithm(self) -> Literal["sha256", "md5"]:
        """Which hash is pinned."""
        return "sha256"

    @property
    def digest(self) -> str | None:
        """The pinned hash in hexadecimal; None where none is known."""
        return self.sha256


class RegistryFile(PinnedFile):
    """One file with its addresses.

    Exactly one hash is pinned: the MD5 only where no SHA-256 is published.
    """

    md5: str | None = Field(None, pattern="^[0-9a-f]{32}$")
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


class HubRepository(BaseModel):
    """Files of a repository of the Hugging Face Hub.

    The revision is a commit and so pins every file; SHA-256 is given beside it where known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    revision: str = Field(pattern="^[0-9a-f]{40}$")
    files: tuple[PinnedFile, ...] = Field(min_length=1)


class Entry(BaseModel):
    """A data set or a set of weights: files with addresses, or files of the hub.

    Where ``redistributable`` is false, the terms forbid passing the images on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    kind: Literal["data", "weights"]
    license: str
    citation: str
    access: str
    redistributable: bool = True
    files: tuple[RegistryFile, ...] = ()
    hub: HubRepository | None = None
    # What other archives of the same name are, by how the paths in them begin; "": any other.
    variants: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> "Entry":
        if bool(self.files) == (self.hub is not None):
            raise ValueError("an entry has either files or hub")
        return self

    @property
    def all_files(self) -> tuple[PinnedFile, ...]:
        """Every file, wherever it comes from."""
        return self.files or (self.hub.files if self.hub else ())


# Where a prepared data set has another name than what it was prepared from.
_SOURCES = {"voc": ("voc2012", "sbd")}


@cache
def entries() -> dict[str, Entry]:
    """All entries of ``registry.yaml`` by name."""
    text = files("triptych.data").joinpath("registry.yaml").read_text(encoding="utf-8")
    return {
        name: Entry.model_validate(value) for name, value in YAML(typ="safe").load(text).items()
    }


def redistributable(dataset: str) -> bool:
    """Whether the images of a prepared data set may be passed on; those that are drawn may.

    Parameters
    ----------
    dataset
        As in ``data/prepared/SCALE/DATASET``.
    """
    names = _SOURCES.get(dataset, (dataset,))
    return all(entries()[name].redistributable for name in names if name in entries())


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


def figure_forms(*datasets: str) -> tuple[str, ...]:
    """Return the folders of a figure: whole, and without photos that must not be passed on.

    Parameters
    ----------
    datasets
        The data sets whose photos the figure shows.
    """
    return ("",) if all(map(redistributable, datasets)) else ("", "shareable/")
