"""Reading VOC 2012 with SBD."""

from collections.abc import Callable
from pathlib import Path

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
    requantized,
    sbd_mat,
)
from scipy.io import savemat
from support import error_of

from triptych.data.fetch import fetch
from triptych.data.scenes import Scene, Scenes
from triptych.data.steps import voc
from triptych.data.trees import Tree
from triptych.data.voc import OFFICIAL_COUNTS, check_counts, read_sbd, scenes, split_names

VOC, SBD = "VOCdevkit/VOC2012", "benchmark_RELEASE/dataset"
LISTS = f"{VOC}/ImageSets/Segmentation"
OWN, AUGMENTED = mask_of(0, 15, 20, 255), mask_of(0, 3)


@pytest.fixture
def voc_files() -> Files:
    """Images a to e; VOC trains on a and b and validates on c."""
    return {
        f"{LISTS}/train.txt": b"b\na\n",
        f"{LISTS}/val.txt": b"c\n",
        **{f"{VOC}/JPEGImages/{n}.jpg": photo(encoding="JPEG", seed=ord(n)) for n in "abcde"},
        **{f"{VOC}/SegmentationClass/{name}.png": palette_png(OWN) for name in "abc"},
    }


@pytest.fixture
def sbd_files() -> Files:
    """SBD labels b to e, VOC's validation image c among its training images."""
    return {
        **{f"{SBD}/cls/{name}.mat": sbd_mat(AUGMENTED) for name in "bcde"},
        f"{SBD}/img/b.jpg": b"not read",
        f"{SBD}/inst/b.mat": b"not read",
        f"{SBD}/train.txt": b"e\nc\n",
        f"{SBD}/val.txt": b"b\nd\n",
    }


def read(folder: Path, voc_files: Files, sbd_files: Files, split: str = "train") -> list[Scene]:
    """All scenes of a split, out of archives as they are published."""
    tree = Tree(as_tar(folder / "VOC.tar", voc_files))
    sbd = read_sbd(as_tar(folder / "benchmark.tgz", sbd_files))
    return list(scenes(tree, sbd, split_names(tree, sbd)[split]))


def test_training_images_are_those_of_both_sets_without_vocs_validation_images(
    tmp_path: Path, voc_files: Files, sbd_files: Files
) -> None:
    train = read(tmp_path, voc_files, sbd_files, "train")
    val = read(tmp_path, voc_files, sbd_files, "val")

    assert [scene.name for scene in train] == ["a", "b", "d", "e"]
    assert [scene.name for scene in val] == ["c"]
    for scene in train + val:
        assert scene.image == voc_files[f"{VOC}/JPEGImages/{scene.name}.jpg"]


def test_vocs_own_mask_is_preferred(tmp_path: Path, voc_files: Files, sbd_files: Files) -> None:
    masks = {scene.name: scene.mask for scene in read(tmp_path, voc_files, sbd_files)}

    for name, expected in {"a": OWN, "b": OWN, "d": AUGMENTED, "e": AUGMENTED}.items():
        assert np.array_equal(masks[name], expected)
        assert masks[name].dtype == np.uint8


@pytest.mark.parametrize(
    ("mask", "expected", "found"),
    [
        (palette_png(OWN, person=(128, 0, 0)), "id 15 is (192, 128, 128)", "(128, 0, 0)"),
        (requantized(palette_png(OWN)), "the data set's palette", "("),
        (gray_png(OWN), "PNG mask with a palette", "PNG of mode L with 8 bits"),
        (photo(), "PNG mask with a palette", "PNG of mode RGB with 8 bits"),
    ],
    ids=["another color", "another order", "gray", "colors"],
)
def test_a_mask_of_voc_that_was_converted_is_refused(
    tmp_path: Path, voc_files: Files, sbd_files: Files, mask: bytes, expected: str, found: str
) -> None:
    voc_files[f"{VOC}/SegmentationClass/b.png"] = mask

    error = error_of(read, tmp_path, voc_files, sbd_files)

    assert expected in error.expected
    assert found in error.found
    assert error.where.endswith("SegmentationClass/b.png")


def test_what_macos_adds_to_sbd_is_left_out_and_paths_may_begin_with_a_dot(
    tmp_path: Path, sbd_files: Files
) -> None:
    files = {f"./{path}": content for path, content in sbd_files.items()}
    files[f"./{SBD}/cls/._b.mat"] = b"a resource fork"

    sbd = read_sbd(as_tar(tmp_path / "benchmark.tgz", files))

    assert sbd == read_sbd(as_tar(tmp_path / "benchmark.tgz", sbd_files))


def test_an_unpacked_voc_is_read_as_well(
    tmp_path: Path, voc_files: Files, sbd_files: Files
) -> None:
    tree = Tree(as_folder(tmp_path / "unpacked", voc_files))
    sbd = read_sbd(as_tar(tmp_path / "benchmark.tgz", sbd_files))

    (scene,) = scenes(tree, sbd, split_names(tree, sbd)["val"])

    assert np.array_equal(scene.mask, OWN)


@pytest.mark.parametrize("suffix", ["JPEGImages/b.jpg", "SegmentationClass/b.png"])
def test_a_missing_file_of_voc_is_refused(
    tmp_path: Path, voc_files: Files, sbd_files: Files, suffix: str
) -> None:
    # SBD has a mask of b too: it does not stand in for VOC's own.
    del voc_files[f"{VOC}/{suffix}"]

    error = error_of(read, tmp_path, voc_files, sbd_files)

    assert error.expected == f"the file {VOC}/{suffix}"
    assert error.where == str(tmp_path / "VOC.tar")


@pytest.mark.parametrize("path", ["train.txt", "val.txt", "cls/d.mat"])
def test_a_missing_file_of_sbd_is_refused(
    tmp_path: Path, voc_files: Files, sbd_files: Files, path: str
) -> None:
    del sbd_files[f"{SBD}/{path}"]

    error = error_of(read, tmp_path, voc_files, sbd_files)

    assert error.expected == f"the file {SBD}/{path}"
    assert error.where == str(tmp_path / "benchmark.tgz")


def other_layout(_: bytes) -> bytes:
    path = Path("other.mat")
    savemat(path, {"GTinst": {"Segmentation": AUGMENTED}})
    return path.read_bytes()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: c[:-1], lambda c: c[:200], lambda c: c[:20], lambda c: b"", other_layout,
        lambda _: sbd_mat(AUGMENTED.astype(np.float64)), lambda _: sbd_mat(AUGMENTED[None]),
    ],
    ids=["last byte", "half", "head", "empty", "other layout", "floats", "three dimensions"],
)  # fmt: skip
def test_a_mask_of_sbd_that_is_damaged_or_of_another_form_is_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    voc_files: Files,
    sbd_files: Files,
    spoil: Callable[[bytes], bytes],
) -> None:
    monkeypatch.chdir(tmp_path)
    path = f"{SBD}/cls/d.mat"
    sbd_files[path] = spoil(sbd_files[path])

    error = error_of(read, tmp_path, voc_files, sbd_files)

    assert error.where == f"{tmp_path / 'benchmark.tgz'}: {path}"
    assert "GTcls.Segmentation" in error.expected


def test_ids_that_are_no_class_are_refused_in_both_kinds_of_masks(
    tmp_path: Path, voc_files: Files, sbd_files: Files
) -> None:
    paths = {"voc": f"{VOC}/SegmentationClass/a.png", "sbd": f"{SBD}/cls/d.mat"}
    spoilt = {
        "voc": (voc_files | {paths["voc"]: palette_png(mask_of(0, 38, 147))}, sbd_files, "38, 147"),
        "sbd": (voc_files, sbd_files | {paths["sbd"]: sbd_mat(mask_of(0, 21))}, "21"),
    }
    for kind, (with_voc, with_sbd, found) in spoilt.items():
        error = error_of(read, tmp_path, with_voc, with_sbd)

        assert error.found == found
        assert error.where.endswith(f": {paths[kind]}")


def test_a_mask_of_another_size_is_refused(
    tmp_path: Path, voc_files: Files, sbd_files: Files
) -> None:
    path = f"{SBD}/cls/d.mat"
    sbd_files[path] = sbd_mat(mask_of(0, height=8, width=6))

    error = error_of(read, tmp_path, voc_files, sbd_files)

    assert (error.expected[-3:], error.found) == ("8x6", "6x8")
    assert error.where.endswith(path)


def test_an_image_that_is_cut_short_is_refused(
    tmp_path: Path, voc_files: Files, sbd_files: Files
) -> None:
    path = f"{VOC}/JPEGImages/d.jpg"
    voc_files[path] = voc_files[path][:-40]

    assert error_of(read, tmp_path, voc_files, sbd_files).where == f"{tmp_path / 'VOC.tar'}: {path}"


@pytest.mark.parametrize("split", ["train", "val"])
def test_an_empty_list_is_refused(
    tmp_path: Path, voc_files: Files, sbd_files: Files, split: str
) -> None:
    voc_files[f"{LISTS}/{split}.txt"] = b"\n"

    error = error_of(read, tmp_path, voc_files, sbd_files)

    assert error.where == f"{tmp_path / 'VOC.tar'}: {LISTS}/{split}.txt"


@pytest.mark.parametrize("spoil", [lambda c: c[: len(c) // 2], lambda c: b"x" * 100])
def test_a_damaged_sbd_is_refused(
    tmp_path: Path, sbd_files: Files, spoil: Callable[[bytes], bytes]
) -> None:
    archive = as_tar(tmp_path / "benchmark.tgz", sbd_files)
    archive.write_bytes(spoil(archive.read_bytes()))

    assert error_of(read_sbd, archive).where == str(archive)


def test_the_official_counts_are_demanded() -> None:
    names = {"train": ["x"] * 10_582, "val": ["x"] * 1_449}
    check_counts(names, "the archives")

    for split in names:
        error = error_of(check_counts, {**names, split: names[split][1:]}, "the archives")
        assert error.expected == f"{len(names[split])} images in {split}"
        assert error.found == str(len(names[split]) - 1)
        assert error.where == "the archives"


def test_the_step_prepares_both_splits_and_demands_the_official_counts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    register: Callable[..., None],
    voc_files: Files,
    sbd_files: Files,
) -> None:
    monkeypatch.chdir(tmp_path)
    manifests = {}
    for name, file, files in (("voc2012", "VOC.tar", voc_files), ("sbd", "b.tgz", sbd_files)):
        Path(name).mkdir()
        register(name, as_tar(Path(name) / file, files))
        manifests[name] = fetch(name, Path(name), None)
    paths = {
        "voc_manifest": manifests["voc2012"],
        "sbd_manifest": manifests["sbd"],
        "train": Path("train.st"),
        "val": Path("val.st"),
    }

    error = error_of(voc, **paths)
    assert (error.expected, error.found) == ("10582 images in train", "4")
    assert not Path("train.st").exists()

    for split, count in (("train", 4), ("val", 1)):
        monkeypatch.setitem(OFFICIAL_COUNTS, split, count)
    voc(**paths)
    assert Scenes(Path("train.st")).names == ("a", "b", "d", "e")
    assert Scenes(Path("val.st")).names == ("c",)
    assert Scenes(Path("val.st")).dataset == "voc"
