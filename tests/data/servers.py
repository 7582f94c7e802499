"""Servers of this machine that can be cut off: of one file, and of the Hugging Face Hub."""

import hashlib
import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TypeVar

import pytest
from huggingface_hub import constants

from triptych.data.registry import Entry, HubRepository, PinnedFile, RegistryFile

# Several chunks of the downloader, without a repetition.
CONTENT = random.Random(1).randbytes(300_000)
REPOSITORY, REVISION = "someone/model", "1" * 40
WEIGHTS, CONFIG = "unet/weights.safetensors", "unet/config.json"
MODEL = {WEIGHTS: b"weights" * 1000, CONFIG: b'{"width": 4}', "weights.bin": b"not wanted"}
# The discard port: a connection fails at once.
NOWHERE = "http://127.0.0.1:9"


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    """Sends content from the start of the requested range."""

    server: "_Server"

    def send(self, content: bytes, headers: dict[str, str], *, body: bool = True) -> None:
        start, end = 0, len(content)
        if (wanted := self.headers.get("Range")) and self.server.understands_ranges:
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            if start >= end:
                self.send_error(416)
                return
        self.send_response(206 if start else 200)
        if start:
            headers = {**headers, "Content-Range": f"bytes {start}-{end - 1}/{end}"}
        for name, value in {**headers, "Content-Length": str(end - start)}.items():
            self.send_header(name, value)
        self.end_headers()
        if body:
            cut = self.server.cut_after
            if cut is not None and cut < end - start:
                end, self.server.cut_after = start + cut, None
            self.wfile.write(content[start:end])

    def log_message(self, *_: object) -> None:
        """Stay silent."""


class _Server(ThreadingHTTPServer):
    """A server.

    Attributes
    ----------
    understands_ranges
        Whether the server obeys or ignores a Range header.
    cut_after
        Bytes after which the connection breaks, once, in an answer that is longer.
    """

    daemon_threads = True
    handler: type[_Handler]

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), self.handler)
        self.understands_ranges = True
        self.cut_after: int | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


ServerType = TypeVar("ServerType", bound=_Server)


@contextmanager
def running(server: ServerType) -> Iterator[ServerType]:
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _FileHandler(_Handler):
    server: "FileServer"

    def do_GET(self) -> None:
        self.server.ranges.append(self.headers.get("Range"))
        self.send(self.server.content, {"Content-Type": self.server.content_type})


class FileServer(_Server):
    """Serves one content at every path.

    Attributes
    ----------
    ranges
        The Range header of each request, None without one.
    """

    handler = _FileHandler

    def __init__(self) -> None:
        super().__init__()
        self.content = CONTENT
        self.content_type = "application/octet-stream"
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"{self.address}/file.bin"


class _HubHandler(_Handler):
    server: "Hub"

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        path = self.path.partition("?")[0]
        name = path.removeprefix(f"/{REPOSITORY}/resolve/{REVISION}/")
        if path == f"/api/models/{REPOSITORY}/revision/{REVISION}":
            files = [{"rfilename": name} for name in self.server.content]
            self.send(json.dumps({"id": REPOSITORY, "siblings": files}).encode(), {}, body=body)
        elif name in self.server.content:
            content = self.server.content[name]
            headers = {"ETag": f'"{digest(content)}"', "X-Repo-Commit": REVISION}
            self.send(content, headers, body=body)
        else:
            wrong_revision = path.startswith(f"/api/models/{REPOSITORY}/")
            self.send_response(404)
            code = "RevisionNotFound" if wrong_revision else "RepoNotFound"
            self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()


class Hub(_Server):
    """A hub with one repository.

    Attributes
    ----------
    content
        The repository's files by path.
    requests
        Method and path of each request.
    """

    handler = _HubHandler

    def __init__(self) -> None:
        super().__init__()
        self.content = dict(MODEL)
        self.requests: list[str] = []

    @property
    def downloaded(self) -> list[str]:
        """The files that were requested."""
        start = f"GET /{REPOSITORY}/resolve/{REVISION}/"
        return [line.removeprefix(start) for line in self.requests if line.startswith(start)]


def without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")


def point_to(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make an address the library's address of the hub."""
    without_proxy(monkeypatch)
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    template = endpoint + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


def describe(title: str, *files: RegistryFile, **given: object) -> Entry:
    """An entry of the registry with files that have addresses, or with ``hub``."""
    texts = {"license": "MIT", "citation": "Nobody 2020", "access": "Ask the author."}
    kind = "weights" if "hub" in given else "data"
    return Entry.model_validate({"title": title, "kind": kind, **texts, "files": files, **given})


def of_hub(*files: PinnedFile, repository: str = REPOSITORY, revision: str = REVISION) -> Entry:
    hub = HubRepository(repository=repository, revision=revision, files=files)
    return describe("Model", hub=hub)


def plain(name: str, *urls: str) -> Entry:
    return describe("Model", RegistryFile(name=name, sha256=digest(b"1"), urls=urls))


def hub_model() -> Entry:
    """The hub's model, its weights pinned by hash and its configuration by revision."""
    weights = PinnedFile(name=WEIGHTS, sha256=digest(MODEL[WEIGHTS]))
    return of_hub(weights, PinnedFile(name=CONFIG))
