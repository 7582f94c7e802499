"""Fetching from the Hugging Face Hub, from a server of this machine that speaks like it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from servers import CONFIG, MODEL, REPOSITORY, REVISION, WEIGHTS, Hub, digest
from support import error_of

from triptych.data.fetch import fetch, verified

pytestmark = pytest.mark.usefixtures("known")


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


MANIFEST = "".join(f"{digest(MODEL[name])}  {name}\n" for name in (WEIGHTS, CONFIG)).encode()
COMPLETE = {WEIGHTS: MODEL[WEIGHTS], CONFIG: MODEL[CONFIG], "MANIFEST.sha256": MANIFEST}


def test_the_wanted_files_are_downloaded_with_a_manifest_and_nothing_else(
    hub: Hub, raw: Path
) -> None:
    manifest = fetch("model", raw, None)

    assert manifest == raw / "MANIFEST.sha256"
    assert tree(raw) == COMPLETE
    assert hub.downloaded == [WEIGHTS, CONFIG]


def test_what_is_there_is_not_asked_for_again(hub: Hub, raw: Path) -> None:
    fetch("model", raw, None)
    hub.requests.clear()

    fetch("model", raw, None)

    assert hub.requests == []


@pytest.mark.parametrize("lacking", [[], [CONFIG]], ids=["complete", "incomplete"])
def test_the_mirror_comes_before_the_hub_except_for_files_that_it_lacks(
    hub: Hub, raw: Path, tmp_path: Path, lacking: list[str]
) -> None:
    for name in {WEIGHTS, CONFIG} - {*lacking}:
        path = tmp_path / "mirror/model" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(MODEL[name])

    fetch("model", raw, tmp_path / "mirror")

    assert tree(raw) == COMPLETE
    assert hub.downloaded == lacking
    assert bool(hub.requests) == bool(lacking)


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

    error = error_of(fetch, "model", raw, None)

    assert error.found == "it went wrong"
    assert error.expected == f"{WEIGHTS} of {REPOSITORY} at revision {REVISION}"
    assert not (raw / "MANIFEST.sha256").exists()


def test_other_bytes_than_the_pinned_ones_are_refused(hub: Hub, raw: Path) -> None:
    hub.content[WEIGHTS] = b"other weights"

    error = error_of(fetch, "model", raw, None)

    assert digest(MODEL[WEIGHTS]) in error.expected
    assert digest(b"other weights") in error.found
    assert not (raw / "MANIFEST.sha256").exists()


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG])
def test_an_altered_file_is_refused_by_the_next_fetch_and_before_use(
    hub: Hub, raw: Path, name: str
) -> None:
    fetch("model", raw, None)
    (raw / name).write_bytes(b"altered")

    for use in (lambda: fetch("model", raw, None), lambda: verified("model", raw)):
        error = error_of(use)
        assert error.where == str(raw / name)
        assert digest(b"altered") in error.found


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

    error = error_of(verified, "model", raw)

    assert where in error.expected
    assert error.remedy == "run: triptych fetch model"


def test_a_full_disk_is_not_taken_for_a_broken_network(
    hub: Hub, raw: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("huggingface_hub.file_download.http_get", full)

    with pytest.raises(OSError, match="No space left on device"):
        fetch("model", raw, None)
