"""Reading Labeled Faces in the Wild."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from lfw_archives import ARCHIVE, SIDE, path_of, photos_of
from PIL import Image
from scene_archives import Files, as_folder, as_tar, photo, photo_of_mode
from support import error_of

from triptych.config.personalization import FacesParameters
from triptych.data.faces import Faces, pixel_hash
from triptych.data.fetch import fetch, verified
from triptych.data.lfw import divide, read
from triptych.data.steps import lfw
from triptych.data.trees import Tree
from triptych.errors import UserError

COUNTS = {"Ada_L": 4, "Ben": 2, "Cai": 3, "Dan": 5, "Eva": 3, "Ada": 3}
# Side of the central square that is kept, of 25 pixels.
CROP = 17


@pytest.fixture
def files() -> Files:
    return photos_of(COUNTS)


def _tree(folder: Path, files: Files) -> Tree:
    return Tree(as_tar(folder / ARCHIVE, files))


def _pixels(encoded: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(encoded)))


def test_persons_with_enough_photos_are_divided_and_no_other(tmp_path: Path, files: Files) -> None:
    tree = _tree(tmp_path, files)

    for seed in range(5):
        sets = divide(tree, photos=3, train=3, test=2, seed=seed)
        assert [len(sets["train"]), len(sets["test"])] == [3, 2]
        assert {*sets["train"], *sets["test"]} == {"Ada", "Ada_L", "Cai", "Dan", "Eva"}
        assert all(names == sorted(names) for names in sets.values())


def test_the_choice_depends_on_the_seed_alone(tmp_path: Path, files: Files) -> None:
    tree = _tree(tmp_path, files)
    folder = Tree(as_folder(tmp_path / "unpacked", dict(reversed(files.items()))))

    choices = [divide(tree, photos=3, train=2, test=2, seed=seed) for seed in range(10)]

    assert choices == [divide(folder, photos=3, train=2, test=2, seed=seed) for seed in range(10)]
    assert len({str(choice) for choice in choices}) > 5


def test_too_few_persons_are_refused_with_both_numbers(tmp_path: Path, files: Files) -> None:
    error = error_of(lambda: divide(_tree(tmp_path, files), photos=4, train=2, test=1, seed=1))

    assert error.expected == "3 persons with at least 4 photos"
    assert error.found.startswith("2 persons")
    assert error.where == str(tmp_path / ARCHIVE)


def test_the_first_photos_of_a_person_come_in_order(tmp_path: Path, files: Files) -> None:
    photos = list(read(_tree(tmp_path, files), ["Dan", "Ada"], most=4, crop=SIDE, side=SIDE))

    names = [f"Dan/Dan_000{number}" for number in (1, 2, 3, 4)]
    names += [f"Ada/Ada_000{number}" for number in (1, 2, 3)]
    assert [found.name for found in photos] == names
    assert [found.person for found in photos] == ["Dan"] * 4 + ["Ada"] * 3
    for found in photos:
        original = files[f"lfw-deepfunneled/{found.name}.jpg"]
        assert np.array_equal(_pixels(found.image), _pixels(original))
        assert found.description == ""


def test_the_middle_of_a_photo_is_kept_pixel_for_pixel(tmp_path: Path, files: Files) -> None:
    (found, *_) = read(_tree(tmp_path, files), ["Cai"], most=1, crop=CROP, side=CROP)

    assert Image.open(io.BytesIO(found.image)).format == "PNG"
    original = _pixels(files[path_of("Cai", 1)])
    assert np.array_equal(_pixels(found.image), original[4:21, 4:21])


def test_the_middle_is_scaled_with_lanczos(tmp_path: Path, files: Files) -> None:
    (found, *_) = read(_tree(tmp_path, files), ["Cai"], most=1, crop=CROP, side=16)

    middle = Image.fromarray(_pixels(files[path_of("Cai", 1)])[4:21, 4:21])
    expected = np.asarray(middle.resize((16, 16), Image.Resampling.LANCZOS))
    assert np.array_equal(_pixels(found.image), expected)


@pytest.mark.parametrize(
    ("content", "expected", "found"),
    [
        (photo_of_mode("CMYK", "JPEG"), "RGB or gray", "mode CMYK"),
        (photo(SIDE, SIDE, encoding="JPEG")[:-40], "a complete image", "bytes"),
        (b"<html>", "a complete image", "6 bytes: cannot identify image file"),
        (photo(SIDE, CROP - 1, encoding="JPEG"), "at least 17x17", "16x25"),
    ],
    ids=["inks", "cut", "no image", "too small"],
)
def test_a_photo_that_cannot_be_used_is_refused_with_its_place(
    tmp_path: Path, files: Files, content: bytes, expected: str, found: str
) -> None:
    files[path_of("Eva", 2)] = content

    error = error_of(
        lambda: list(read(_tree(tmp_path, files), ["Eva"], most=3, crop=CROP, side=CROP))
    )

    assert expected in error.expected
    assert found in error.found
    # No address of an object: it differs from run to run.
    assert " at 0x" not in error.found
    assert error.where == f"{tmp_path / ARCHIVE}: {path_of('Eva', 2)}"


PARAMETERS = FacesParameters(
    dataset="lfw",
    train_persons=3,
    test_persons=2,
    photos=3,
    most_photos=4,
    crop=CROP,
    side=16,
)


def _prepare(register: Callable[..., Path], files: Files) -> dict[str, Path]:
    manifest = register("lfw", as_tar(Path(ARCHIVE), files))
    paths = {split: Path(f"{split}.st") for split in ("train", "test")}
    lfw(manifest=manifest, **paths, faces=PARAMETERS, seed=3)
    return paths


@pytest.mark.usefixtures("own_folder")
def test_the_step_prepares_two_sets_of_different_persons(
    register: Callable[..., Path], files: Files
) -> None:
    paths = _prepare(register, files)

    train, test = (Faces(path).by_person() for path in paths.values())
    assert (len(train), len(test)) == (3, 2)
    counts = {person: len(places) for person, places in (train | test).items()}
    assert counts == {"Ada": 3, "Ada_L": 4, "Cai": 3, "Dan": 4, "Eva": 3}
    for path in paths.values():
        faces = Faces(path)
        assert faces.dataset == "lfw"
        assert faces.images().shape[1:] == (16, 16, 3)
        assert set(faces.descriptions) == {""}


def test_a_photo_under_two_names_is_refused_and_nothing_is_published(
    own_folder: Path, register: Callable[..., Path], files: Files
) -> None:
    sets = divide(
        Tree(as_folder(own_folder / "unpacked", files)), photos=3, train=3, test=2, seed=3
    )
    ours, theirs = sets["train"][-1], sets["test"][0]
    files[path_of(theirs, 2)] = files[path_of(ours, 3)]

    error = error_of(_prepare, register, files)

    assert error.where == f"{ours}/{ours}_0003 and {theirs}/{theirs}_0002"
    assert not list(own_folder.glob("*.st"))


@pytest.mark.mirror
def test_the_real_photos_are_as_many_as_they_should_be_and_none_is_there_twice(
    mirror: Path, tmp_path: Path
) -> None:
    fetch("lfw", tmp_path, mirror)
    tree = Tree(*verified("lfw", tmp_path).values())
    sets = divide(tree, photos=10, train=105, test=53, seed=1)
    with pytest.raises(UserError, match="158 persons"):
        divide(tree, photos=10, train=106, test=53, seed=1)

    persons = sets["train"] + sets["test"]
    photos = read(tree, persons[:1], most=2, crop=160, side=64)
    assert [_pixels(found.image).shape for found in photos] == [(64, 64, 3)] * 2
    # Photos whose very middles differ are different photos.
    middles = [_pixels(found.image) for found in read(tree, persons, most=20, crop=16, side=16)]
    assert (len(set(persons)), len(middles)) == (158, 2541)
    assert len({pixel_hash(middle) for middle in middles}) == 2541
