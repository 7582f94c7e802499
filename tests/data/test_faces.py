"""The form in which panel 3 keeps its data."""

import io
import itertools
import pickle
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scene_archives import gray_png, mask_of, photo
from support import error_of

from triptych.data.encoded import decode
from triptych.data.faces import Faces, Photo, refuse_shared_photos, save
from triptych.storage.tensors import write_tensors


def taken(person: str, number: int, *, side: int = 8, encoding: str = "PNG") -> Photo:
    """A photo of noise that no other has."""
    name = f"{person}/{person}_{number:04d}"
    image = photo(side, side, encoding=encoding, seed=zlib.crc32(name.encode()))
    return Photo(person, name, image, f"{person}, the photo {number}")


def saved(path: Path, *photos: Photo) -> Faces:
    save("lfw", photos, path)
    return Faces(path)


def test_photos_of_any_encoding_come_back_as_they_were(tmp_path: Path) -> None:
    photos = [taken("ada", 1), taken("ada", 2, encoding="JPEG"), taken("ben", 1)]

    faces = saved(tmp_path / "set.st", *photos)

    assert (faces.dataset, len(faces)) == ("lfw", 3)
    assert faces.names == ("ada/ada_0001", "ada/ada_0002", "ben/ben_0001")
    assert faces.persons == ("ada", "ada", "ben")
    assert faces.descriptions == ("ada, the photo 1", "ada, the photo 2", "ben, the photo 1")
    images = faces.images()
    assert (images.shape, images.dtype) == ((3, 8, 8, 3), np.uint8)
    for index, given in enumerate(photos):
        assert np.array_equal(images[index], np.asarray(decode(given.image, "")))
        assert np.array_equal(faces.image(index), images[index])


def test_persons_come_in_order_and_so_do_their_photos(tmp_path: Path) -> None:
    faces = saved(tmp_path / "set.st", taken("ben", 2), taken("ada", 1), taken("ben", 1))

    assert list(faces.by_person().items()) == [("ada", [1]), ("ben", [2, 0])]


def test_a_process_that_loads_photos_gets_the_set_by_its_path(tmp_path: Path) -> None:
    faces = saved(tmp_path / "set.st", taken("ada", 1))

    assert np.array_equal(pickle.loads(pickle.dumps(faces)).images(), faces.images())


@pytest.mark.parametrize(
    ("image", "expected", "found"),
    [
        pytest.param(photo(8, 8)[:60], "a complete image", "60 bytes", id="cut"),
        pytest.param(b"A photo of Ada.", "a complete image", "15 bytes", id="no image"),
        pytest.param(photo(8, 9), "a square RGB image of 8x8", "RGB of 9x8", id="not square"),
        pytest.param(photo(9, 9), "a square RGB image of 8x8", "RGB of 9x9", id="other size"),
        pytest.param(gray_png(mask_of(0, 9, height=8)), "RGB", "L of 8x8", id="gray"),
    ],
)
def test_a_photo_that_is_none_is_refused_by_name(
    tmp_path: Path, image: bytes, expected: str, found: str
) -> None:
    wrong = Photo("ben", "ben/ben_0001", image)

    error = error_of(lambda: save("lfw", [taken("ada", 1), wrong], tmp_path / "set.st"))

    assert error.where == "ben/ben_0001"
    assert expected in error.expected
    assert found in error.found
    assert not (tmp_path / "set.st").exists()


def test_the_first_photo_must_be_square_as_well(tmp_path: Path) -> None:
    first = Photo("ada", "ada/ada_0001", photo(6, 8))

    assert "square" in error_of(save, "lfw", [first], tmp_path / "set.st").expected


def test_a_name_may_occur_once_only(tmp_path: Path) -> None:
    photos = [taken("ada", 1), taken("ben", 1), taken("ada", 1)]

    error = error_of(save, "lfw", photos, tmp_path / "set.st")

    assert (error.where, error.found[0]) == ("ada/ada_0001", "2")


def test_a_person_with_fewer_photos_than_asked_for_is_refused(tmp_path: Path) -> None:
    photos = [taken("ada", 1), taken("ada", 2), taken("ben", 1), taken("ben", 2), taken("cai", 1)]
    save("lfw", photos[:4], tmp_path / "enough.st", fewest=2)

    error = error_of(save, "lfw", photos, tmp_path / "set.st", fewest=2)

    assert (error.where, error.found) == ("cai", "1")
    assert "at least 2" in error.expected
    assert not (tmp_path / "set.st").exists()


def test_a_set_without_photos_is_refused(tmp_path: Path) -> None:
    error = error_of(save, "lfw", [], tmp_path / "set.st")

    assert (error.where, error.found) == ("set.st", "none")


@pytest.mark.parametrize("kind", ["no faces", "no safetensors", "an unknown data set"])
def test_a_file_of_another_format_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "set.st"
    if kind == "no safetensors":
        path.write_bytes(b"x" * 100)
    else:
        about = '{"dataset": "agedb", "names": [], "persons": [], "descriptions": []}'
        metadata = {"faces": about} if kind == "an unknown data set" else {"scenes": "{}"}
        arrays = {"images": np.zeros(3, np.uint8), "images_ends": np.array([3])}
        write_tensors(path, arrays, metadata)

    error = error_of(Faces, path)

    assert error.where == str(path)
    assert "faces" in error.expected


SPLITS = ("corpus", "train", "test")


def _three_sets(folder: Path, **planted: Photo) -> dict[str, Faces]:
    """Three sets of two persons each; a planted photo goes to the end of its set."""
    sets = {}
    for split in SPLITS:
        photos = [taken(f"{split}_{number}", 1) for number in (1, 2)]
        photos += [planted[split]] if split in planted else []
        sets[split] = saved(folder / f"{split}.st", *photos)
    return sets


def test_sets_that_share_nothing_pass(tmp_path: Path) -> None:
    refuse_shared_photos(_three_sets(tmp_path))


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(SPLITS, 2)))
def test_a_photo_in_two_sets_is_refused_under_whatever_name_and_encoding(
    tmp_path: Path, one: str, other: str
) -> None:
    original = taken(f"{one}_2", 1)
    pixels = Image.open(io.BytesIO(original.image))
    again = io.BytesIO()
    pixels.save(again, format="PNG", compress_level=0)
    assert again.getvalue() != original.image
    copy = Photo("zoe", "zoe/zoe_0001", again.getvalue())

    error = error_of(lambda: refuse_shared_photos(_three_sets(tmp_path, **{other: copy})))

    for word in (original.name, copy.name):
        assert word in error.where
    for split in (one, other):
        assert split in error.found
    assert "no photo" in error.expected


def test_a_person_in_two_sets_is_refused_though_the_photos_differ(tmp_path: Path) -> None:
    another = taken("corpus_2", 7)

    error = error_of(lambda: refuse_shared_photos(_three_sets(tmp_path, test=another)))

    assert error.where == "corpus_2/corpus_2_0001 and corpus_2/corpus_2_0007"
    assert "no person" in error.expected
