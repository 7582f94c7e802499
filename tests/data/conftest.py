"""A small entry of the registry, a web server that can be cut off, and a hub of models."""

import hashlib
import random
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hub_server import Hub, hub_model, point_to
from huggingface_hub import constants

from triptych.data.registry import Entry, RegistryFile
from triptych.storage.files import sha256

# Several chunks of the downloader, of content that no offset repeats.
CONTENT = random.Random(1).randbytes(300_000)


class Server(ThreadingHTTPServer):
    """Serves one content; remembers the Range header of each request.

    Attributes
    ----------
    content
        What is served.
    understands_ranges
        Whether a Range header is obeyed or ignored.
    cut_after
        Bytes after which the next answer is cut off, as by a broken connection.
    content_type
        What the answer says that it is.
    ranges
        The Range headers that were seen; None where a request had none.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = CONTENT
        self.understands_ranges = True
        self.cut_after: int | None = None
        self.content_type = "application/octet-stream"
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/file.bin"


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        server, wanted = self.server, self.headers.get("Range")
        server.ranges.append(wanted)
        start = 0
        if wanted and server.understands_ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(server.content):
                self.send_error(416)
                return
        body = server.content[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", server.content_type)
        if start:
            end = len(server.content)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{end}")
        self.end_headers()
        self.wfile.write(body[: server.cut_after])
        server.cut_after = None

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A running server on this machine, reached without a proxy."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def content() -> bytes:
    """The right content of the entry's file."""
    return CONTENT


@pytest.fixture
def digest() -> str:
    """The SHA-256 of the right content."""
    return hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def entry_at(monkeypatch: pytest.MonkeyPatch, digest: str) -> Callable[..., None]:
    """Make ``small`` the only entry of the registry, to be had from the given addresses.

    Its file is pinned by SHA-256, or by what is given instead.
    """
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")

    def describe(*urls: str, **pinned: str) -> None:
        pinned = pinned or {"sha256": digest}
        file = RegistryFile(name="file.bin", bytes=len(CONTENT), urls=urls, **pinned)
        small = _entry("A small file", file)
        monkeypatch.setattr("triptych.data.fetch.entry", {"small": small}.__getitem__)

    return describe


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make files that are there the files of an entry, beside those registered before."""
    known: dict[str, Entry] = {}
    for module in ("fetch", "lfw"):
        monkeypatch.setattr(f"triptych.data.{module}.entry", known.__getitem__)

    def describe(name: str, *paths: Path, **variants: str) -> None:
        files = [RegistryFile(name=path.name, sha256=sha256(path), urls=()) for path in paths]
        known[name] = _entry(name, *files, **variants)

    return describe


def _entry(title: str, *files: RegistryFile, **variants: str) -> Entry:
    return Entry(
        title=title,
        kind="data",
        license="MIT",
        citation="Nobody 2020",
        access="Ask the author.",
        files=files,
        variants=variants,
    )


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Where the entry's files belong; not made yet."""
    return tmp_path / "raw" / "small"


@pytest.fixture
def mirror_folder(tmp_path: Path, content: bytes) -> Path:
    """A mirror that holds the entry's file."""
    file = tmp_path / "mirror" / "small" / "file.bin"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    return tmp_path / "mirror"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    """A running hub on this machine, which the library takes for the real one."""
    with Hub() as running:
        endpoint = f"http://127.0.0.1:{running.server_address[1]}"
        point_to(endpoint, monkeypatch)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without network: the discard port answers nobody."""
    point_to("http://127.0.0.1:9", monkeypatch)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Entry]:
    """The registry: the model of the hub alone; a test may add to it."""
    entries = {"model": hub_model()}
    monkeypatch.setattr("triptych.data.fetch.entry", entries.__getitem__)
    return entries
