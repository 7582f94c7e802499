"""A server of this machine that speaks like the Hugging Face Hub, and what is registered of it."""

import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from huggingface_hub import constants

from triptych.data.registry import Entry, HubRepository, PinnedFile, RegistryFile

REPOSITORY, REVISION = "someone/model", "1" * 40
WEIGHTS, CONFIG = "unet/weights.safetensors", "unet/config.json"
CONTENT = {WEIGHTS: b"weights" * 1000, CONFIG: b'{"width": 4}', "weights.bin": b"not wanted"}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Hub(ThreadingHTTPServer):
    """A hub with one repository.

    Attributes
    ----------
    content
        The repository's files by path.
    asked
        Method and path of each request.
    cut_after
        Bytes after which the next file is cut off.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = dict(CONTENT)
        self.asked: list[str] = []
        self.cut_after: int | None = None

    @property
    def downloaded(self) -> list[str]:
        """The files whose content was asked for."""
        start = f"GET /{REPOSITORY}/resolve/{REVISION}/"
        return [asked.removeprefix(start) for asked in self.asked if asked.startswith(start)]


class _Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        path = self.path.partition("?")[0]
        if path == f"/api/models/{REPOSITORY}/revision/{REVISION}":
            files = [{"rfilename": name} for name in self.server.content]
            self._send(json.dumps({"id": REPOSITORY, "siblings": files}).encode(), "0", body)
            return
        name = path.removeprefix(f"/{REPOSITORY}/resolve/{REVISION}/")
        if name in self.server.content:
            content = self.server.content[name]
            self._send(content, digest(content), body)
            return
        self.send_response(404)
        wrong_revision = path.startswith(f"/api/models/{REPOSITORY}/")
        self.send_header("X-Error-Code", "RevisionNotFound" if wrong_revision else "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, content: bytes, etag: str, body: bool) -> None:
        start = 0
        if wanted := self.headers.get("Range"):
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
        self.send_response(206 if start else 200)
        if start:
            end = len(content)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{end}")
        self.send_header("Content-Length", str(len(content) - start))
        self.send_header("ETag", f'"{etag}"')
        self.send_header("X-Repo-Commit", REVISION)
        self.end_headers()
        if body:
            self.wfile.write(content[start : self.server.cut_after])
            if etag != "0":
                self.server.cut_after = None

    def log_message(self, *_: object) -> None:
        """Stay silent."""


def point_to(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the library take an address for that of the hub."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    template = endpoint + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


def describe(**given: object) -> Entry:
    return Entry.model_validate(
        {"title": "Model", "kind": "weights", "license": "MIT", "citation": "Nobody 2020",
         "access": "Ask the author."} | given
    )  # fmt: skip


def of_hub(*files: PinnedFile, repository: str = REPOSITORY, revision: str = REVISION) -> Entry:
    return describe(hub=HubRepository(repository=repository, revision=revision, files=files))


def plain(name: str, *urls: str) -> Entry:
    return describe(files=(RegistryFile(name=name, sha256=digest(b"1"), urls=urls),))


def hub_model() -> Entry:
    """The hub's model, its weights pinned by hash and its configuration by revision."""
    weights = PinnedFile(name=WEIGHTS, sha256=digest(CONTENT[WEIGHTS]))
    return of_hub(weights, PinnedFile(name=CONFIG))
