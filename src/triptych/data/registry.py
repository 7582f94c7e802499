"""The list of data sets and weights, each file with its pinned hash."""

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from ruamel.yaml import YAML

from triptych.config.section import Section
from triptych.errors import UserError
from triptych.layout import RAW
from triptych.storage.folders import MANIFEST


class PinnedFile(Section):
    """A file with its expected hash and size."""

    name: str
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    md5: str | None = Field(None, pattern="^[0-9a-f]{32}$")
    bytes: int | None = None
    # For plans alone, where the exact size is not published.
    approximate_bytes: int | None = None

    @property
    def algorithm(self) -> Literal["sha256", "md5"]:
        """The algorithm of the pinned hash."""
        return "md5" if self.md5 else "sha256"

    @property
    def digest(self) -> str | None:
        """The pinned hash in hexadecimal; None if it is unknown."""
        return self.sha256 or self.md5


class PublicArchive(PinnedFile):
    """A public archive from which a step of ``triptych data`` makes a file of the registry.

    A hash is optional, because the made file has one.
    """

    step: Literal["camvid_archive", "lfw_subset"]
    urls: tuple[str, ...] = ()


class RegistryFile(PinnedFile):
    """One file with its addresses, or with the public archive from which it is made.

    Exactly one hash is pinned: MD5 only if no SHA-256 is published.
    """

    urls: tuple[str, ...] = ()
    made_from: PublicArchive | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where the network has the file, or the archive from which it is made."""
        return self.urls or (self.made_from.urls if self.made_from else ())

    @model_validator(mode="after")
    def _has_one_hash(self) -> "RegistryFile":
        if (self.sha256 is None) == (self.md5 is None):
            raise ValueError("a file has either sha256 or md5")
        return self


class HubRepository(Section):
    """Files of a repository of the Hugging Face Hub.

    The revision is a commit, so it pins every file; a SHA-256 is added if it is known.
    """

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    revision: str = Field(pattern="^[0-9a-f]{40}$")
    files: tuple[PinnedFile, ...] = Field(min_length=1)


class Distribution(Section):
    """Files of an installed Python package, which is never imported.

    ``folder`` is their folder below ``site-packages``. ``needs`` has the modules that use the
    files, each with the package that installs it.
    """

    name: str
    version: str
    folder: str
    files: tuple[PinnedFile, ...] = Field(min_length=1)
    needs: dict[str, str] = Field(default_factory=dict)


class Entry(Section):
    """A data set or a set of weights: files with addresses, of the hub or of a Python package.

    If ``redistributable`` is false, the terms forbid publishing the images.
    """

    title: str
    kind: Literal["data", "weights"]
    license: str
    citation: str
    access: str = "Free download; no account needed."
    redistributable: bool = True
    files: tuple[RegistryFile, ...] = ()
    hub: HubRepository | None = None
    distribution: Distribution | None = None
    # The folder of a mirror, if it has another name than the entry.
    mirror_folder: str | None = None
    # Descriptions of other archives of the same name, by the prefix of the paths in them;
    # "" stands for any other.
    variants: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _comes_from_one_place(self) -> "Entry":
        if sum(map(bool, (self.files, self.hub, self.distribution))) != 1:
            raise ValueError("an entry has one of files, hub and distribution")
        return self

    @property
    def all_files(self) -> tuple[PinnedFile, ...]:
        """Every file, from addresses, from the hub or from a package."""
        elsewhere = self.hub or self.distribution
        return elsewhere.files if elsewhere else self.files

    @property
    def source(self) -> str:
        """Where the files come from, in words."""
        if self.hub:
            return "Hugging Face Hub"
        if self.distribution:
            return "Python package"
        if any(file.made_from for file in self.files):
            return "made from a public archive"
        return "network" if any(file.urls for file in self.files) else "mirror or own folder"

    def in_mirror(self, mirror: Path, name: str, file: PinnedFile) -> Path:
        """Return the path of a file in a mirror, whether or not it exists; ``name``: the entry's.

        The path is ``MIRROR/ENTRY/FILE``.
        """
        return mirror / (self.mirror_folder or name) / file.name


_MANIFEST = re.compile(rf"{RAW.as_posix()}/([^/]+)/{re.escape(MANIFEST)}")
# Photos of the user's own: they stay on the machine.
_PRIVATE = ("folder",)
# The entries of a prepared data set, if their names differ from its own.
_SOURCES = {"voc": ("voc2012", "sbd")}


@cache
def entries() -> dict[str, Entry]:
    """Return all entries of ``registry.yaml`` by name."""
    text = files("triptych.data").joinpath("registry.yaml").read_text(encoding="utf-8")
    return {
        name: Entry.model_validate(value) for name, value in YAML(typ="safe").load(text).items()
    }


def redistributable(dataset: str) -> bool:
    """Return whether the images of a prepared data set may be published; drawn ones may."""
    if private(dataset):
        return False
    names = _SOURCES.get(dataset, (dataset,))
    return all(entries()[name].redistributable for name in names if name in entries())


def private(dataset: str) -> bool:
    """Return whether a prepared data set shows the user's own persons.

    Neither their photos nor anything made from these may leave the machine.
    """
    return dataset in _PRIVATE


def entry(name: str) -> Entry:
    """Return one entry.

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
            remedy="use one of these entries",
        )
    return known[name]


def fetched(paths: Iterable[str]) -> set[str]:
    """Return the entries whose manifests in ``data/raw`` are among these paths."""
    return {match[1] for path in paths if (match := _MANIFEST.fullmatch(path))}


def figure_forms(*datasets: str) -> tuple[str, ...]:
    """Return the folders of a figure of photos of these data sets.

    The figure is complete, and without photos if some must not be passed on. Generated images of
    the user's own persons must not be, either.
    """
    whole = any(map(private, datasets)) or all(map(redistributable, datasets))
    return ("",) if whole else ("", "shareable/")
