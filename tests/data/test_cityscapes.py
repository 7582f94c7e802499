"""Reading Cityscapes, unpacked or zipped."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scene_archives import Files, as_folder, as_zip, gray_png, mask_of, photo
from support import error_of

from triptych.data.cityscapes import scenes
from triptych.data.classes import class_table
from triptych.data.scenes import Scenes
from triptych.data.steps import cityscapes
from triptych.data.trees import Tree

# The ids of the 19 classes in the official files, in the order of their training ids.
EVALUATED = [7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33]
ROAD = 7
IMAGES, MASKS = "leftImg8bit_trainvaltest.zip", "gtFine_trainvaltest.zip"


def image_path(name: str) -> str:
    return f"leftImg8bit/val/{name.split('_')[0]}/{name}_leftImg8bit.png"


def mask_path(name: str) -> str:
    return f"gtFine/val/{name.split('_')[0]}/{name}_gtFine_labelIds.png"


def pair(name: str, *ids: int, seed: int = 0) -> Files:
    return {image_path(name): photo(seed=seed), mask_path(name): gray_png(mask_of(*ids))}


@pytest.fixture
def files() -> Files:
    """Two cities, not in order, with the other files that the archives hold."""
    rest = {
        "README": b"text",
        "gtFine/val/ulm/ulm_000001_000019_gtFine_color.png": b"not read",
        "gtFine/val/ulm/ulm_000001_000019_gtFine_instanceIds.png": b"not read",
        "leftImg8bit/test/bonn/bonn_000000_000019_leftImg8bit.png": b"not read",
    }
    first, second = "ulm_000001_000019", "aachen_000002_000019"
    return {**pair(first, ROAD, seed=1), **pair(second, *EVALUATED, seed=2), **rest}


def zipped(folder: Path, files: Files) -> Tree:
    """The official archives: images in one, masks in the other."""
    halves: dict[str, Files] = {"leftImg8bit": {}, "gtFine": {}, "README": {}}
    for path, content in files.items():
        halves[path.split("/")[0]][path] = content
    folder.mkdir(exist_ok=True)
    return Tree(
        as_zip(folder / IMAGES, halves["leftImg8bit"] | halves["README"]),
        as_zip(folder / MASKS, halves["gtFine"] | halves["README"]),
    )


def unpacked(folder: Path, files: Files) -> Tree:
    return Tree(as_folder(folder / "tree", files))


Build = Callable[[Path, Files], Tree]
BUILDS = pytest.mark.parametrize("build", [zipped, unpacked])


@BUILDS
def test_scenes_come_sorted_by_name_with_their_bytes_untouched(
    tmp_path: Path, files: Files, build: Build
) -> None:
    read = list(scenes(build(tmp_path, files), "val"))

    assert [scene.name for scene in read] == ["aachen_000002_000019", "ulm_000001_000019"]
    for scene in read:
        assert scene.image == files[image_path(scene.name)]
        assert (scene.mask.dtype, scene.mask.shape) == (np.uint8, (6, 8))
    assert np.array_equal(read[0].mask, mask_of(*range(19)))
    assert np.array_equal(read[1].mask, mask_of(0))


def test_every_official_id_gets_its_training_id(tmp_path: Path) -> None:
    # 255 is how an unsigned byte holds the license plate's -1.
    ids = np.array([[*range(34), 255]], np.uint8)
    name = "a_000000_000000"
    files = {image_path(name): photo(1, 35), mask_path(name): gray_png(ids)}

    (scene,) = scenes(unpacked(tmp_path, files), "val")

    expected = [EVALUATED.index(i) if i in EVALUATED else 255 for i in range(34)]
    assert scene.mask.tolist() == [[*expected, 255]]
    assert len(EVALUATED) == len(class_table("cityscapes"))


@pytest.mark.parametrize("unknown", [34, 128, 254])
@BUILDS
def test_an_id_that_the_table_lacks_is_refused(tmp_path: Path, build: Build, unknown: int) -> None:
    files = pair("ulm_1", ROAD, unknown)

    error = error_of(lambda: list(scenes(build(tmp_path, files), "val")))

    assert error.found == str(unknown)
    where = f"{tmp_path / MASKS}: " if build is zipped else f"{tmp_path}/tree/"
    assert error.where == where + mask_path("ulm_1")
    assert "33, 255" in error.expected
    assert "original" in error.remedy


@BUILDS
def test_an_empty_split_is_refused(tmp_path: Path, files: Files, build: Build) -> None:
    error = error_of(lambda: list(scenes(build(tmp_path, files), "train")))

    assert "leftImg8bit/train" in error.expected
    assert str(tmp_path) in error.where


@pytest.mark.parametrize("kind", ["missing", "no archive", "a damaged archive"])
def test_a_root_that_cannot_be_read_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ("notes.txt" if kind == "no archive" else IMAGES)
    if kind != "missing":
        path.write_bytes(b"x" * 1000)

    assert error_of(Tree, path).where == str(path)


def test_bytes_altered_inside_an_archive_are_noticed(tmp_path: Path, files: Files) -> None:
    tree = zipped(tmp_path, files)
    damaged = tmp_path / IMAGES
    content = files[image_path("ulm_000001_000019")]
    damaged.write_bytes(damaged.read_bytes().replace(content, content[:-1] + b"x"))

    error = error_of(lambda: list(scenes(tree, "val")))

    assert error.where.endswith(image_path("ulm_000001_000019"))
    assert "complete archive" in error.expected


@pytest.mark.usefixtures("own_folder")
def test_the_step_prepares_both_splits(register: Callable[..., Path], files: Files) -> None:
    train = {path.replace("/val/", "/train/"): content for path, content in files.items()}
    zipped(Path("raw"), {**files, **train})
    manifest = register("cityscapes", Path("raw") / IMAGES, Path("raw") / MASKS)

    cityscapes(manifest=manifest, train=Path("train.st"), val=Path("val.st"))

    for path in (Path("train.st"), Path("val.st")):
        read = Scenes(path)
        assert (read.dataset, len(read)) == ("cityscapes", 2)
        assert np.array_equal(read.mask(1), mask_of(0))
