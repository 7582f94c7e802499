"""Reading CamVid: the PNG images, and the variant that is re-encoded as JPEG."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from scene_archives import (
    Files,
    as_folder,
    as_tar,
    gray_png,
    mask_of,
    palette_png,
    photo,
    photo_of_mode,
    png_of_bits,
)
from support import error_of

from triptych.data.camvid import scenes
from triptych.data.fetch import fetch, verified
from triptych.data.scenes import Scenes
from triptych.data.steps import camvid
from triptych.data.trees import Tree

COUNTS = {"train": 367, "val": 101, "test": 233}
ARCHIVE = "camvid-480x360.tar"
IMAGE, MASK = "camvid/test/b.png", "camvid/testannot/b.png"
ENDINGS = {"camvid": "png", "camvid_jpeg": "jpg"}
Dataset = Literal["camvid", "camvid_jpeg"]


def pairs_of(dataset: Dataset) -> Files:
    """Two scenes of each split, not in order."""
    pairs: Files = {}
    encoding = "PNG" if dataset == "camvid" else "JPEG"
    for split in COUNTS:
        for seed, name in enumerate(("b", "a")):
            image = photo(encoding=encoding, seed=seed)
            pairs[f"camvid/{split}/{name}.{ENDINGS[dataset]}"] = image
            pairs[f"camvid/{split}annot/{name}.png"] = gray_png(mask_of(*range(12)))
    return pairs


@pytest.fixture
def files() -> Files:
    """Two scenes of each split of the PNG images."""
    return pairs_of("camvid")


@pytest.mark.parametrize("dataset", ENDINGS)
@pytest.mark.parametrize("split", COUNTS)
def test_scenes_come_sorted_with_their_bytes_untouched_and_void_ignored(
    tmp_path: Path, dataset: Dataset, split: str
) -> None:
    files = pairs_of(dataset)
    read = list(scenes(Tree(as_tar(tmp_path / ARCHIVE, files)), split, dataset))

    assert [scene.name for scene in read] == ["a", "b"]
    for scene in read:
        assert scene.image == files[f"camvid/{split}/{scene.name}.{ENDINGS[dataset]}"]
        assert np.array_equal(scene.mask, mask_of(*range(11), 255))


@pytest.mark.parametrize(
    ("path", "content", "found"),
    [
        pytest.param(MASK, None, "1 without a counterpart; the first is this image", id="no mask"),
        pytest.param(IMAGE, None, "1 without a counterpart; the first is this mask", id="no image"),
        pytest.param(MASK, gray_png(mask_of(0, 12, 255)), "12, 255", id="id"),
        pytest.param(MASK, gray_png(mask_of(0, width=7)), "7x6", id="size"),
        pytest.param(MASK, gray_png(mask_of(0))[:44], "44 bytes", id="mask cut"),
        pytest.param(IMAGE, photo()[:-30], "truncated", id="image cut"),
        pytest.param(MASK, palette_png(mask_of(0)), "PNG of mode P with 8 bits", id="palette"),
        pytest.param(MASK, photo(), "PNG of mode RGB with 8 bits", id="color mask"),
        pytest.param(MASK, png_of_bits(4, 0), "PNG of mode L with 4 bits", id="4-bit mask"),
        pytest.param(MASK, png_of_bits(16, 0), "PNG of mode I;16 with 16 bits", id="16-bit mask"),
        pytest.param(
            MASK, photo_of_mode("L", "JPEG"), "JPEG of mode L with 8 bits", id="lossy mask"
        ),
        pytest.param(IMAGE, png_of_bits(16, 0), "PNG of mode I;16 with 16 bits", id="16-bit image"),
    ],
)
def test_what_is_wrong_in_the_archive_is_refused_with_its_place(
    tmp_path: Path, files: Files, path: str, content: bytes | None, found: str
) -> None:
    counterpart = MASK if path == IMAGE else IMAGE
    if content is None:
        del files[path]
    else:
        files[path] = content

    error = error_of(
        lambda: list(scenes(Tree(as_tar(tmp_path / ARCHIVE, files)), "test", "camvid"))
    )

    assert found in error.found
    named = path if content is not None else counterpart
    assert error.where == f"{tmp_path / ARCHIVE}: {named}"


def test_what_macos_adds_is_left_out_and_paths_may_begin_with_a_dot(
    tmp_path: Path, files: Files
) -> None:
    expected = list(scenes(Tree(as_tar(tmp_path / "plain.tar", files)), "val", "camvid"))
    dotted = {f"./{path}": content for path, content in files.items()}
    for path in ("camvid/val/._a.png", "__MACOSX/camvid/val/a.png", "camvid/valannot/._a.png"):
        dotted[f"./{path}"] = b"a resource fork"

    read = list(scenes(Tree(as_tar(tmp_path / ARCHIVE, dotted)), "val", "camvid"))

    assert [(scene.name, scene.image) for scene in read] == [
        (scene.name, scene.image) for scene in expected
    ]


def test_another_variant_of_the_archive_is_refused_with_what_it_holds(
    tmp_path: Path, files: Files
) -> None:
    original = {path.replace("camvid", "CamVid", 1): content for path, content in files.items()}

    error = error_of(
        lambda: list(scenes(Tree(as_tar(tmp_path / ARCHIVE, original)), "val", "camvid"))
    )

    assert error.found == "none; the top level holds: CamVid"


def test_an_empty_split_is_refused(tmp_path: Path, files: Files) -> None:
    only_train = {path: content for path, content in files.items() if "/train" in path}

    error = error_of(
        lambda: list(scenes(Tree(as_folder(tmp_path / "unpacked", only_train)), "val", "camvid"))
    )

    assert "camvid/val/" in error.expected


@pytest.mark.parametrize("dataset", ENDINGS)
@pytest.mark.usefixtures("own_folder")
def test_the_step_prepares_the_three_splits(
    register: Callable[..., Path], dataset: Dataset
) -> None:
    paths = {split: Path(f"{split}.st") for split in COUNTS}
    manifest = register(dataset, as_tar(Path(ARCHIVE), pairs_of(dataset)))

    camvid(manifest=manifest, **paths, dataset=dataset)

    for path in paths.values():
        read = Scenes(path)
        assert (read.dataset, read.names) == (dataset, ("a", "b"))
        assert np.array_equal(read.mask(0), mask_of(*range(11), 255))


@pytest.mark.mirror
def test_the_real_jpeg_variant_has_its_three_splits(mirror: Path, tmp_path: Path) -> None:
    fetch("camvid_jpeg", tmp_path, mirror)
    tree = Tree(*verified("camvid_jpeg", tmp_path).values())

    for split, count in COUNTS.items():
        assert len(tree.find(f"camvid/{split}", ".jpg")) == count
        assert len(tree.find(f"camvid/{split}annot", ".png")) == count
        sample = list(islice(scenes(tree, split, "camvid_jpeg"), 5))
        assert {scene.mask.shape for scene in sample} == {(360, 480)}
        ids = set(np.unique([scene.mask for scene in sample]).tolist())
        assert {0, 3, 255} < ids <= {*range(11), 255}
