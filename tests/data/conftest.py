"""A small entry of the registry, a web server that can be cut off, and a hub of models."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants
from servers import (
    CONTENT,
    NOWHERE,
    FileServer,
    Hub,
    describe,
    digest,
    hub_model,
    point_to,
    running,
    without_proxy,
)

from triptych.data.fetch import fetch
from triptych.data.registry import Entry, RegistryFile
from triptych.storage.files import sha256


@pytest.fixture
def entry_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make ``small`` the only entry of the registry, at the given addresses.

    Its file is pinned by SHA-256, or by the given hash instead.
    """
    without_proxy(monkeypatch)

    def register(*urls: str, **pinned: str) -> None:
        pinned = pinned or {"sha256": digest(CONTENT)}
        file = RegistryFile(name="file.bin", bytes=len(CONTENT), urls=urls, **pinned)
        small = describe("A small file", file)
        monkeypatch.setattr("triptych.data.fetch.entry", {"small": small}.__getitem__)

    return register


@pytest.fixture
def server(entry_at: Callable[..., None]) -> Iterator[FileServer]:
    """A running server, the address of the small entry."""
    with running(FileServer()) as server:
        entry_at(server.url)
        yield server


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Make existing files of one folder an entry, and return its manifest."""
    known: dict[str, Entry] = {}
    for module in ("fetch", "lfw"):
        monkeypatch.setattr(f"triptych.data.{module}.entry", known.__getitem__)

    def registered(name: str, *paths: Path, **variants: str) -> Path:
        files = [RegistryFile(name=path.name, sha256=sha256(path), urls=()) for path in paths]
        known[name] = describe(name, *files, variants=variants)
        return fetch(name, paths[0].parent, None)

    return registered


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The folder of the entry's files, which does not exist yet."""
    return tmp_path / "raw" / "small"


@pytest.fixture
def mirror_folder(tmp_path: Path) -> Path:
    """A mirror with the entry's file."""
    file = tmp_path / "mirror" / "small" / "file.bin"
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    return tmp_path / "mirror"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A running hub on this machine, in place of the real one."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with running(Hub()) as server:
        point_to(server.address, monkeypatch)
        yield server


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without network."""
    point_to(NOWHERE, monkeypatch)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Entry]:
    """The registry with the model of the hub alone; a test may add entries."""
    entries = {"model": hub_model()}
    monkeypatch.setattr("triptych.data.fetch.entry", entries.__getitem__)
    return entries
