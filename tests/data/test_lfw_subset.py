"""Making the archive that the registry names from the public one."""

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from lfw_archives import ARCHIVE, SIDE, path_of, photos_of
from scene_archives import Files, as_tar, as_zip, photo
from support import error_of

from triptych.data.fetch import fetch
from triptych.data.registry import entry
from triptych.data.steps import lfw_subset
from triptych.data.trees import Tree
from triptych.errors import UserError
from triptych.storage.files import sha256


def _public_archive(path: Path, files: Files) -> Path:
    """The public archive, in which there may be other files, too."""
    packed = as_zip if path.suffix == ".zip" else as_tar
    return packed(path, {**files, "lfw-deepfunneled/Ben/Ben_0001.txt": b"Who is Ben?"})


WHOLE = {"Zoe": 22, "Ada": 9, "Ben": 10}


@pytest.fixture
def pinned(own_folder: Path, register: Callable[..., Path]) -> bytes:
    """The subset of a small public archive, which the registry pins."""
    files = photos_of(WHOLE)
    names = [path_of("Ben", number) for number in range(1, 11)]
    names += [path_of("Zoe", number) for number in range(1, 21)]
    expected = as_tar(own_folder / ARCHIVE, {name: files[name] for name in names})
    register("lfw", expected, **entry("lfw").variants)
    content = expected.read_bytes()
    expected.unlink()
    return content


def _as_published(files: Files) -> Files:
    return files


def _with_dots(files: Files) -> Files:
    return {f"./{path}": content for path, content in files.items()}


def _packed_on_a_mac(files: Files) -> Files:
    forks = {path.replace("/Zoe_", "/._Zoe_"): b"a resource fork" for path in files}
    return {**forks, "__MACOSX/lfw-deepfunneled/Ben/Ben_0001.jpg": b"another", **files}


def _in_a_folder(files: Files) -> Files:
    return {f"lfw-deepfunneled/{path}": content for path, content in files.items()}


@pytest.mark.parametrize("name", ["lfw-deepfunneled.tgz", "lfw-dataset.zip"])
@pytest.mark.parametrize("packed", [_as_published, _with_dots, _packed_on_a_mac, _in_a_folder])
def test_the_subset_is_made_of_the_public_archive(
    tmp_path: Path, pinned: bytes, name: str, packed: Callable[[Files], Files]
) -> None:
    whole = _public_archive(tmp_path / name, packed(photos_of(WHOLE)))

    lfw_subset(whole=whole, subset=tmp_path / "made.tar")

    assert (tmp_path / "made.tar").read_bytes() == pinned


def _refused_subset(folder: Path, whole: Path) -> UserError:
    """The error; nothing was made."""
    error = error_of(lfw_subset, whole=whole, subset=folder / "made.tar")
    assert error.where.startswith(str(whole))
    assert not (folder / "made.tar").exists()
    return error


def _archive_of(folder: str) -> Files:
    photos = photos_of(WHOLE).items()
    return {path.replace("lfw-deepfunneled", folder): content for path, content in photos}


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (_archive_of("lfw_funneled"), "the funneled photos (lfw-funneled.tgz)"),
        (_archive_of("lfw"), "the original photos (lfw.tgz)"),
        (_archive_of("lfw2"), "LFW-a"),
        (_archive_of("deepfunneled"), "other photos"),
        ({}, "an archive without files"),
        (b"", "an empty file"),
        (b"\n<!DOCTYPE html><html>", "a web page"),
    ],
    ids=["funneled", "original", "commercially aligned", "other", "no files", "empty", "page"],
)
@pytest.mark.usefixtures("pinned")
def test_another_archive_is_refused_with_what_it_is(
    tmp_path: Path, content: Files | bytes, cause: str
) -> None:
    whole = tmp_path / "lfw-deepfunneled.tgz"
    if isinstance(content, bytes):
        whole.write_bytes(content)
        assert _refused_subset(tmp_path, whole).found.startswith(cause)
    else:
        error = _refused_subset(tmp_path, as_tar(whole, content))
        assert error.found.startswith(f"0 photos; most likely {cause}")
        # How to get the entry.
        assert error.remedy == "Ask the author."


@pytest.mark.parametrize("name", ["/etc/Ben_0001.jpg", "lfw-deepfunneled/../../Ben_0001.jpg"])
@pytest.mark.usefixtures("pinned")
def test_a_path_that_leads_out_of_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    whole = as_tar(tmp_path / "lfw-deepfunneled.tgz", {**photos_of(WHOLE), name: b"evil"})

    assert name in _refused_subset(tmp_path, whole).found


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
@pytest.mark.usefixtures("pinned")
def test_a_link_in_place_of_a_photo_is_refused(tmp_path: Path, kind: bytes) -> None:
    files = photos_of(WHOLE)
    del files[path_of("Ben", 10)]
    whole = as_tar(tmp_path / "lfw-deepfunneled.tar", files)
    link = tarfile.TarInfo(path_of("Ben", 10))
    link.type, link.linkname = kind, path_of("Ben", 9)
    with tarfile.open(whole, "a") as archive:
        archive.addfile(link)

    error = _refused_subset(tmp_path, whole)

    assert error.where == f"{whole}: {path_of('Ben', 10)}"
    with pytest.raises(UserError, match="a link or a device"):
        Tree(whole).file(path_of("Ben", 10)).read()


@pytest.mark.parametrize("fault", ["photos are missing", "re-encoded"])
@pytest.mark.usefixtures("pinned")
def test_a_subset_with_another_hash_is_refused_at_once(tmp_path: Path, fault: str) -> None:
    files = photos_of(WHOLE)
    if fault == "photos are missing":
        del files[path_of("Zoe", 3)], files[path_of("Zoe", 4)], files[path_of("Zoe", 5)]
    else:
        files[path_of("Ben", 1)] = photo(SIDE, SIDE, encoding="JPEG", seed=99)

    error = _refused_subset(tmp_path, as_tar(tmp_path / "lfw-deepfunneled.tgz", files))

    missing = fault == "photos are missing"
    assert f"{29 if missing else 30} photos of 2 persons" in error.found
    assert ARCHIVE in error.expected
    assert fault in error.remedy


@pytest.mark.parametrize(
    ("folder", "cause"),
    [("lfw_funneled", "the funneled photos"), ("lfw-deepfunneled", "other photos")],
)
@pytest.mark.usefixtures("pinned")
def test_fetch_names_the_likely_cause_of_another_hash(
    tmp_path: Path, folder: str, cause: str
) -> None:
    files = {f"{folder}/Ben/Ben_{n:04d}.jpg": photo(seed=n) for n in range(1, 200)}
    as_tar(tmp_path / ARCHIVE, files)

    assert f"most likely {cause}" in error_of(fetch, "lfw", tmp_path, None).found


def test_a_public_archive_that_is_cut_short_is_refused(own_folder: Path) -> None:
    whole = _public_archive(own_folder / "lfw-deepfunneled.tgz", photos_of({"Zoe": 12}))
    whole.write_bytes(whole.read_bytes()[:-500])

    assert _refused_subset(own_folder, whole).where == str(whole)


@pytest.mark.mirror
def test_the_subset_has_the_bytes_that_the_registry_pins(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tree = Tree(mirror / "lfw" / ARCHIVE)
    found = tree.find("lfw-deepfunneled", ".jpg")
    files = {f"lfw-deepfunneled/{name}.jpg": file.read() for name, file in found.items()}
    further = {**photos_of({"Aaron_Nobody": 9}), path_of("Zoran_Djindjic", 21): b"One too many."}
    whole = _public_archive(tmp_path / "lfw-deepfunneled.tar", {**further, **files})

    lfw_subset(whole=whole, subset=tmp_path / ARCHIVE)

    (pinned,) = entry("lfw").files
    assert sha256(tmp_path / ARCHIVE) == pinned.sha256
