"""Reading VOC 2012 with SBD."""

from collections.abc import Callable
from dataclasses import dataclass, field
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

from triptych.data.scenes import Scene, Scenes
from triptych.data.steps import voc
from triptych.data.trees import Tree
from triptych.data.voc import OFFICIAL_COUNTS, check_counts, read_sbd, scenes, split_names

VOC, SBD = "VOCdevkit/VOC2012", "benchmark_RELEASE/dataset"
LISTS, MASKS = f"{VOC}/ImageSets/Segmentation", f"{VOC}/SegmentationClass"
OWN, AUGMENTED = mask_of(0, 15, 20, 255), mask_of(0, 3)


def _voc_files() -> Files:
    """Images a to e; VOC trains on a and b and validates on c."""
    return {
        f"{LISTS}/train.txt": b"b\na\n",
        f"{LISTS}/val.txt": b"c\n",
        **{f"{VOC}/JPEGImages/{n}.jpg": photo(encoding="JPEG", seed=ord(n)) for n in "abcde"},
        **{f"{MASKS}/{name}.png": palette_png(OWN) for name in "abc"},
    }


def _sbd_files() -> Files:
    """SBD labels b to e, VOC's validation image c among its training images."""
    return {
        **{f"{SBD}/cls/{name}.mat": sbd_mat(AUGMENTED) for name in "bcde"},
        f"{SBD}/img/b.jpg": b"not read",
        f"{SBD}/inst/b.mat": b"not read",
        f"{SBD}/train.txt": b"e\nc\n",
        f"{SBD}/val.txt": b"b\nd\n",
    }


@dataclass
class Sets:
    """The two archives as they are published, and the files to put in them."""

    folder: Path
    voc: Files = field(default_factory=_voc_files)
    sbd: Files = field(default_factory=_sbd_files)

    def write(self) -> tuple[Path, Path]:
        return (
            as_tar(self.folder / "VOC.tar", self.voc),
            as_tar(self.folder / "benchmark.tgz", self.sbd),
        )

    def scenes(self, split: str = "train") -> list[Scene]:
        voc_archive, sbd_archive = self.write()
        tree, sbd = Tree(voc_archive), read_sbd(sbd_archive)
        return list(scenes(tree, sbd, split_names(tree, sbd)[split]))


@pytest.fixture
def sets(own_folder: Path) -> Sets:
    return Sets(own_folder)


def test_training_images_are_those_of_both_sets_without_vocs_validation_images(sets: Sets) -> None:
    train, val = sets.scenes("train"), sets.scenes("val")

    assert [scene.name for scene in train] == ["a", "b", "d", "e"]
    assert [scene.name for scene in val] == ["c"]
    for scene in train + val:
        assert scene.image == sets.voc[f"{VOC}/JPEGImages/{scene.name}.jpg"]


def test_vocs_own_mask_is_preferred(sets: Sets) -> None:
    masks = {scene.name: scene.mask for scene in sets.scenes()}

    for name, expected in {"a": OWN, "b": OWN, "d": AUGMENTED, "e": AUGMENTED}.items():
        assert np.array_equal(masks[name], expected)
        assert masks[name].dtype == np.uint8


def test_what_macos_adds_to_sbd_is_left_out_and_paths_may_begin_with_a_dot(sets: Sets) -> None:
    expected = read_sbd(sets.write()[1])
    sets.sbd = {f"./{path}": content for path, content in sets.sbd.items()}
    sets.sbd[f"./{SBD}/cls/._b.mat"] = b"a resource fork"

    assert read_sbd(sets.write()[1]) == expected


def test_an_unpacked_voc_is_read_as_well(sets: Sets) -> None:
    tree = Tree(as_folder(sets.folder / "unpacked", sets.voc))
    sbd = read_sbd(sets.write()[1])

    (scene,) = scenes(tree, sbd, split_names(tree, sbd)["val"])

    assert np.array_equal(scene.mask, OWN)


def other_layout() -> bytes:
    path = Path("other.mat")
    savemat(path, {"GTinst": {"Segmentation": AUGMENTED}})
    return path.read_bytes()


B, D = f"{MASKS}/b.png", f"{SBD}/cls/d.mat"
LAYOUT, PALETTE = "a MATLAB file with GTcls.Segmentation", "a PNG mask with a palette"
Content = Callable[[bytes], bytes]
# The file, its content in place of the right one, the expected and the found.
WRONG: dict[str, tuple[str, Content, str, str]] = {
    "another color": (B, lambda _: palette_png(OWN, person=(128, 0, 0)),
                      "the data set's palette: id 15 is (192, 128, 128)", "(128, 0, 0)"),
    "another order": (B, requantized, "the data set's palette", "("),
    "gray": (B, lambda _: gray_png(OWN), PALETTE, "PNG of mode L with 8 bits"),
    "colors": (B, lambda _: photo(), PALETTE, "PNG of mode RGB with 8 bits"),
    "ids of VOC": (B, lambda _: palette_png(mask_of(0, 38, 147)), "ids of the data", "38, 147"),
    "ids of SBD": (D, lambda _: sbd_mat(mask_of(0, 21)), "ids of the data set's table", "21"),
    "last byte": (D, lambda c: c[:-1], LAYOUT, ""),
    "half": (D, lambda c: c[:200], LAYOUT, ""),
    "head": (D, lambda c: c[:20], LAYOUT, ""),
    "empty": (D, lambda _: b"", LAYOUT, ""),
    "other layout": (D, lambda _: other_layout(), LAYOUT, "KeyError"),
    "floats": (D, lambda _: sbd_mat(AUGMENTED.astype(np.float64)), LAYOUT, "float64"),
    "three dimensions": (D, lambda _: sbd_mat(AUGMENTED[None]), LAYOUT, "uint8 of shape"),
    "size": (D, lambda _: sbd_mat(mask_of(0, height=8, width=6)),
             "a mask of the image's size, 8x6", "6x8"),
    "cut image": (f"{VOC}/JPEGImages/d.jpg", lambda c: c[:-40], "a complete image", ""),
    "no train": (f"{LISTS}/train.txt", lambda _: b"\n", "a list of images", "an empty file"),
    "no val": (f"{LISTS}/val.txt", lambda _: b"\n", "a list of images", "an empty file"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "wrong", "expected", "found"), WRONG.values(), ids=WRONG)
def test_a_file_with_wrong_content_is_refused_with_its_place(
    sets: Sets, path: str, wrong: Content, expected: str, found: str
) -> None:
    files = sets.voc if path in sets.voc else sets.sbd
    files[path] = wrong(files[path])

    error = error_of(sets.scenes)

    assert error.expected.startswith(expected)
    assert error.found.startswith(found) or (path == D and found in error.found)
    archive = "VOC.tar" if files is sets.voc else "benchmark.tgz"
    assert error.where == f"{sets.folder / archive}: {path}"


@pytest.mark.parametrize(
    "path",
    # SBD has a mask of b too: it does not replace VOC's own.
    [f"{VOC}/JPEGImages/b.jpg", B, f"{SBD}/train.txt", f"{SBD}/val.txt", D],
)
def test_a_missing_file_is_refused(sets: Sets, path: str) -> None:
    files, archive = (sets.voc, "VOC.tar") if path in sets.voc else (sets.sbd, "benchmark.tgz")
    del files[path]

    error = error_of(sets.scenes)

    assert error.expected == f"the file {path}"
    assert error.where == str(sets.folder / archive)


@pytest.mark.parametrize("spoil", [lambda c: c[: len(c) // 2], lambda c: b"x" * 100])
def test_a_damaged_sbd_is_refused(sets: Sets, spoil: Content) -> None:
    archive = sets.write()[1]
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
    sets: Sets, monkeypatch: pytest.MonkeyPatch, register: Callable[..., Path]
) -> None:
    voc_archive, sbd_archive = sets.write()
    paths = {
        "voc_manifest": register("voc2012", voc_archive),
        "sbd_manifest": register("sbd", sbd_archive),
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
