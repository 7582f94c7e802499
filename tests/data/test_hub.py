"""Fetching from the Hugging Face Hub, from a server of this machine that speaks like it."""

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from huggingface_hub import constants

from triptych.data.fetch import fetch, fetch_all, verified
from triptych.data.registry import Entry, HubRepository, PinnedFile, RegistryFile
from triptych.errors import UserError

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


def point_to(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the library take an address for that of the hub."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setattr(constants, "ENDPOINT", endpoint)
    template = endpoint + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without network: the discard port answers nobody."""
    point_to("http://127.0.0.1:9", monkeypatch)


def describe(**given: object) -> Entry:
    return Entry.model_validate(
        {"title": "Model", "kind": "weights", "licence": "MIT", "citation": "Nobody 2020",
         "access": "Ask the author."} | given
    )  # fmt: skip


def of_hub(*files: PinnedFile, repository: str = REPOSITORY, revision: str = REVISION) -> Entry:
    return describe(hub=HubRepository(repository=repository, revision=revision, files=files))


def plain(name: str, *urls: str) -> Entry:
    return describe(files=(RegistryFile(name=name, sha256=digest(b"1"), urls=urls),))


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Entry]:
    """The registry: one model, its weights pinned by hash and its configuration by revision."""
    weights = PinnedFile(name=WEIGHTS, sha256=digest(CONTENT[WEIGHTS]))
    entries = {"model": of_hub(weights, PinnedFile(name=CONFIG))}
    monkeypatch.setattr("triptych.data.fetch.entry", entries.__getitem__)
    return entries


@pytest.fixture(autouse=True)
def _registered(known: dict[str, Entry]) -> None:
    """Every test has the small registry."""


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Where the model's files belong; not made yet."""
    return tmp_path / "raw" / "model"


def tree(folder: Path) -> dict[str, bytes]:
    """The files of a folder, without what the library keeps hidden for itself."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".cache" not in path.parts
    }


MANIFEST = "".join(f"{digest(CONTENT[name])}  {name}\n" for name in (WEIGHTS, CONFIG)).encode()
COMPLETE = {WEIGHTS: CONTENT[WEIGHTS], CONFIG: CONTENT[CONFIG], "MANIFEST.sha256": MANIFEST}


def test_the_wanted_files_are_downloaded_with_a_manifest_and_nothing_else(
    hub: Hub, raw: Path
) -> None:
    manifest = fetch("model", raw, None)

    assert manifest == raw / "MANIFEST.sha256"
    assert tree(raw) == COMPLETE
    assert hub.downloaded == [WEIGHTS, CONFIG]


def test_what_is_there_is_not_asked_for_again(hub: Hub, raw: Path) -> None:
    fetch("model", raw, None)
    hub.asked.clear()

    fetch("model", raw, None)

    assert hub.asked == []


def test_the_mirror_comes_before_the_hub(hub: Hub, raw: Path, tmp_path: Path) -> None:
    for name in (WEIGHTS, CONFIG):
        path = tmp_path / "mirror/model" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT[name])

    fetch("model", raw, tmp_path / "mirror")

    assert tree(raw) == COMPLETE
    assert hub.asked == []


def test_what_a_mirror_lacks_comes_from_the_hub(hub: Hub, raw: Path, tmp_path: Path) -> None:
    path = tmp_path / "mirror/model" / WEIGHTS
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT[WEIGHTS])

    fetch("model", raw, tmp_path / "mirror")

    assert tree(raw) == COMPLETE
    assert hub.downloaded == [CONFIG]


def test_a_download_that_was_cut_off_is_carried_on(hub: Hub, raw: Path) -> None:
    hub.cut_after = 3000

    fetch("model", raw, None)

    assert tree(raw) == COMPLETE
    assert hub.downloaded == [WEIGHTS, WEIGHTS, CONFIG]


def test_a_download_that_fails_leaves_no_manifest(
    hub: Hub, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("it went\nwrong")

    monkeypatch.setattr("huggingface_hub.file_download.http_get", fail)

    with pytest.raises(UserError) as caught:
        fetch("model", raw, None)

    assert caught.value.found == "it went wrong"
    assert caught.value.expected == f"{WEIGHTS} of {REPOSITORY} at revision {REVISION}"
    assert not (raw / "MANIFEST.sha256").exists()


def test_other_bytes_than_the_pinned_ones_are_refused(hub: Hub, raw: Path) -> None:
    hub.content[WEIGHTS] = b"other weights"

    with pytest.raises(UserError) as caught:
        fetch("model", raw, None)

    assert digest(CONTENT[WEIGHTS]) in caught.value.expected
    assert digest(b"other weights") in caught.value.found
    assert not (raw / "MANIFEST.sha256").exists()


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG])
def test_an_altered_file_is_refused_by_the_next_fetch_and_before_use(
    hub: Hub, raw: Path, name: str
) -> None:
    fetch("model", raw, None)
    (raw / name).write_bytes(b"altered")

    for use in (lambda: fetch("model", raw, None), lambda: verified("model", raw)):
        with pytest.raises(UserError) as caught:
            use()
        assert caught.value.where == str(raw / name)
        assert digest(b"altered") in caught.value.found


def test_files_are_verified_and_named_before_use(hub: Hub, raw: Path) -> None:
    fetch("model", raw, None)

    assert verified("model", raw) == {WEIGHTS: raw / WEIGHTS, CONFIG: raw / CONFIG}


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (lambda raw: (raw / CONFIG).unlink(), CONFIG),
        (lambda raw: (raw / "MANIFEST.sha256").write_bytes(MANIFEST.splitlines(True)[0]), CONFIG),
    ],
    ids=["gone", "not in the manifest"],
)
def test_a_file_that_is_gone_or_not_listed_is_refused_before_use(
    hub: Hub, raw: Path, spoil: Callable[[Path], object], where: str
) -> None:
    fetch("model", raw, None)
    spoil(raw)

    with pytest.raises(UserError) as caught:
        verified("model", raw)

    assert where in caught.value.expected
    assert caught.value.remedy == "run: triptych fetch model"


# What cannot be had


def refused(known: dict[str, Entry], tmp_path: Path) -> UserError:
    """The error of fetching everything that is registered; nothing may have been made."""
    folders = {name: tmp_path / "raw" / name for name in known}
    with pytest.raises(UserError) as caught:
        fetch_all(folders, None)
    assert not (tmp_path / "raw").exists()
    return caught.value


@pytest.mark.usefixtures("unreachable")
def test_without_network_one_error_names_every_repository_and_file(
    known: dict[str, Entry], tmp_path: Path
) -> None:
    known["second"] = of_hub(PinnedFile(name="a"), repository="h94/other", revision="2" * 40)
    known["third"] = plain("inception.pt", "http://127.0.0.1:9/inception.pt")
    known["fourth"] = plain("photos.tar")

    error = refused(known, tmp_path)

    assert f"{REPOSITORY} at revision {REVISION} (2 files of model)" in error.found
    assert f"h94/other at revision {'2' * 40} (1 files of second)" in error.found
    assert "inception.pt of third: http://127.0.0.1:9/inception.pt: Conn" in error.found
    assert "photos.tar of fourth: it has no public address" in error.found
    # What has no address comes with instructions.
    assert error.remedy.endswith("triptych fetch model second third fourth. Ask the author.")
    assert error.where.count(str(tmp_path)) == 4


@pytest.mark.usefixtures("unreachable")
def test_a_single_repository_that_cannot_be_reached_is_refused_at_once(
    known: dict[str, Entry], tmp_path: Path
) -> None:
    error = refused(known, tmp_path)

    assert REPOSITORY in error.found
    assert error.remedy.endswith("triptych fetch model")


def test_the_librarys_offline_switch_is_named(
    hub: Hub, known: dict[str, Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)

    error = refused(known, tmp_path)

    assert "offline mode is enabled" in error.found
    assert "HF_HUB_OFFLINE" in error.remedy
    assert hub.asked == []


def test_nothing_is_downloaded_when_one_of_several_cannot_be_had(
    hub: Hub, known: dict[str, Entry], tmp_path: Path
) -> None:
    known["second"] = plain("photos.tar")

    known["third"] = plain("gone.pt", f"{constants.ENDPOINT}/gone.pt")

    error = refused(known, tmp_path)

    assert REPOSITORY not in error.found
    assert f"gone.pt of third: {constants.ENDPOINT}/gone.pt: 404 Not Found" in error.found
    assert error.where == f"{tmp_path}/raw/second, {tmp_path}/raw/third"
    assert hub.downloaded == []


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (of_hub(PinnedFile(name=CONFIG), PinnedFile(name="vae/config.json")),
         "it has no vae/config.json"),
        (of_hub(PinnedFile(name=CONFIG), revision="3" * 40), "3" * 40),
        (of_hub(PinnedFile(name=CONFIG), repository="someone/else"), "someone/else"),
    ],
    ids=["file", "revision", "repository"],
)  # fmt: skip
def test_what_the_hub_does_not_have_is_named_before_anything_is_downloaded(
    hub: Hub, known: dict[str, Entry], tmp_path: Path, entry: Entry, said: str
) -> None:
    known["model"] = entry

    assert said in refused(known, tmp_path).found
    assert hub.downloaded == []


def test_what_is_there_or_in_the_mirror_needs_no_network(
    known: dict[str, Entry], tmp_path: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    known["second"] = plain("photos.tar")
    raw, photos = tmp_path / "raw", tmp_path / "mirror/second/photos.tar"
    fetch("model", raw / "model", None)
    photos.parent.mkdir(parents=True)
    photos.write_bytes(b"1")
    point_to("http://127.0.0.1:9", monkeypatch)

    manifests = fetch_all({name: raw / name for name in known}, tmp_path / "mirror")

    assert manifests == [raw / "model/MANIFEST.sha256", raw / "second/MANIFEST.sha256"]


def test_a_full_disk_is_not_taken_for_a_broken_network(
    hub: Hub, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("huggingface_hub.file_download.http_get", full)

    with pytest.raises(OSError, match="No space left on device"):
        fetch("model", raw, None)
