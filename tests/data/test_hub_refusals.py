"""What the Hugging Face Hub cannot give is named before anything is downloaded."""

from pathlib import Path

import pytest
from huggingface_hub import constants
from servers import CONFIG, NOWHERE, REPOSITORY, REVISION, Hub, of_hub, plain, point_to

from triptych.data.fetch import fetch, fetch_all
from triptych.data.registry import Entry, PinnedFile
from triptych.errors import UserError


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
    assert hub.requests == []


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
    point_to(NOWHERE, monkeypatch)

    manifests = fetch_all({name: raw / name for name in known}, tmp_path / "mirror")

    assert manifests == [raw / "model/MANIFEST.sha256", raw / "second/MANIFEST.sha256"]
