"""Reading Labeled Faces in the Wild."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scene_archives import Files, as_folder, as_tar, photo, photo_of_mode

from triptych.config.personalization import FacesParameters
from triptych.data.faces import Faces, pixel_hash
from triptych.data.fetch import fetch, verified
from triptych.data.lfw import divide, read
from triptych.data.registry import entry
from triptych.data.steps import lfw, lfw_subset
from triptych.data.trees import Tree
from triptych.errors import UserError
from triptych.storage.files import sha256

ARCHIVE = "lfw-deepfunneled-min10.tar"
COUNTS = {"Ada_L": 4, "Ben": 2, "Cai": 3, "Dan": 5, "Eva": 3, "Ada": 3}
# What is cut out of the middle of 25 pixels.
SIDE, CROP = 25, 17


def _path(person: str, number: int) -> str:
    return f"lfw-deepfunneled/{person}/{person}_{number:04d}.jpg"


def _photos(counts: dict[str, int]) -> Files:
    """Photos of noise, the last first."""
    names = [_path(person, 1 + number) for person, n in counts.items() for number in range(n)]
    return {
        name: photo(SIDE, SIDE, encoding="JPEG", seed=seed)
        for seed, name in reversed(list(enumerate(names)))
    }


@pytest.fixture
def files() -> Files:
    return _photos(COUNTS)


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
    with pytest.raises(UserError) as caught:
        divide(_tree(tmp_path, files), photos=4, train=2, test=1, seed=1)

    assert caught.value.expected == "3 persons with at least 4 photos"
    assert caught.value.found.startswith("2 persons")
    assert caught.value.where == str(tmp_path / ARCHIVE)


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
    original = _pixels(files[_path("Cai", 1)])
    assert np.array_equal(_pixels(found.image), original[4:21, 4:21])


def test_the_middle_is_scaled_with_lanczos(tmp_path: Path, files: Files) -> None:
    (found, *_) = read(_tree(tmp_path, files), ["Cai"], most=1, crop=CROP, side=16)

    middle = Image.fromarray(_pixels(files[_path("Cai", 1)])[4:21, 4:21])
    expected = np.asarray(middle.resize((16, 16), Image.Resampling.LANCZOS))
    assert np.array_equal(_pixels(found.image), expected)


@pytest.mark.parametrize(
    ("content", "expected", "found"),
    [
        (photo_of_mode("CMYK", "JPEG"), "RGB or gray", "mode CMYK"),
        (photo(SIDE, SIDE, encoding="JPEG")[:-40], "a complete image", "bytes"),
        (b"<html>", "a complete image", "6 bytes"),
        (photo(SIDE, CROP - 1, encoding="JPEG"), "at least 17x17", "16x25"),
    ],
    ids=["inks", "cut", "no image", "too small"],
)
def test_a_photo_that_cannot_be_used_is_refused_with_its_place(
    tmp_path: Path, files: Files, content: bytes, expected: str, found: str
) -> None:
    files[_path("Eva", 2)] = content

    with pytest.raises(UserError) as caught:
        list(read(_tree(tmp_path, files), ["Eva"], most=3, crop=CROP, side=CROP))

    assert expected in caught.value.expected
    assert found in caught.value.found
    assert caught.value.where == f"{tmp_path / ARCHIVE}: {_path('Eva', 2)}"


PARAMETERS = FacesParameters(
    dataset="lfw",
    train_persons=3,
    test_persons=2,
    photos=3,
    most_photos=4,
    crop=CROP,
    side=16,
)


def _prepare(register: Callable[..., None], files: Files, seed: int = 3) -> dict[str, Path]:
    Path("raw").mkdir()
    register("lfw", as_tar(Path("raw") / ARCHIVE, files))
    paths = {split: Path(f"{split}.st") for split in ("train", "test")}
    lfw(manifest=fetch("lfw", Path("raw"), None), **paths, faces=PARAMETERS, seed=seed)
    return paths


def test_the_step_prepares_two_sets_of_different_persons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, register: Callable[..., None], files: Files
) -> None:
    monkeypatch.chdir(tmp_path)

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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, register: Callable[..., None], files: Files
) -> None:
    monkeypatch.chdir(tmp_path)
    sets = divide(Tree(as_folder(tmp_path / "unpacked", files)), photos=3, train=3, test=2, seed=3)
    ours, theirs = sets["train"][-1], sets["test"][0]
    files[_path(theirs, 2)] = files[_path(ours, 3)]

    with pytest.raises(UserError) as caught:
        _prepare(register, files)

    assert caught.value.where == f"{ours}/{ours}_0003 and {theirs}/{theirs}_0002"
    assert not list(tmp_path.glob("*.st"))


def _public_archive(path: Path, files: Files) -> Path:
    """The public archive, in which there may be other files, too."""
    return as_tar(path, {**files, "lfw-deepfunneled/Ben/Ben_0001.txt": b"Who is Ben?"})


WHOLE = {"Zoe": 22, "Ada": 9, "Ben": 10}


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, register: Callable[..., None]) -> bytes:
    """The subset of a small public archive, which the registry pins."""
    monkeypatch.chdir(tmp_path)
    files = _photos(WHOLE)
    names = [_path("Ben", number) for number in range(1, 11)]
    names += [_path("Zoe", number) for number in range(1, 21)]
    expected = as_tar(tmp_path / ARCHIVE, {name: files[name] for name in names})
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


@pytest.mark.parametrize("packed", [_as_published, _with_dots, _packed_on_a_mac])
def test_the_subset_is_made_of_the_public_archive(
    tmp_path: Path, pinned: bytes, packed: Callable[[Files], Files]
) -> None:
    whole = _public_archive(tmp_path / "lfw-deepfunneled.tgz", packed(_photos(WHOLE)))

    lfw_subset(whole=whole, subset=tmp_path / "made.tar")

    assert (tmp_path / "made.tar").read_bytes() == pinned


def _refused_subset(folder: Path, whole: Path) -> UserError:
    """The error; nothing was made."""
    with pytest.raises(UserError) as caught:
        lfw_subset(whole=whole, subset=folder / "made.tar")
    assert caught.value.where.startswith(str(whole))
    assert not (folder / "made.tar").exists()
    return caught.value


@pytest.mark.parametrize(
    ("folder", "cause"),
    [
        ("lfw_funneled", "the funneled photos (lfw-funneled.tgz)"),
        ("lfw", "the original photos (lfw.tgz)"),
        ("lfw2", "LFW-a"),
        ("archive/lfw-deepfunneled", "other photos"),
    ],
)
@pytest.mark.usefixtures("pinned")
def test_another_variant_of_the_archive_is_refused_by_its_name(
    tmp_path: Path, folder: str, cause: str
) -> None:
    files = {
        path.replace("lfw-deepfunneled", folder): content
        for path, content in _photos(WHOLE).items()
    }

    error = _refused_subset(tmp_path, as_tar(tmp_path / "lfw-deepfunneled.tgz", files))

    assert f"0 photos; most likely {cause}" in error.found
    assert "lfw-deepfunneled.tgz" in error.remedy


@pytest.mark.usefixtures("pinned")
def test_an_archive_without_files_is_refused(tmp_path: Path) -> None:
    error = _refused_subset(tmp_path, as_tar(tmp_path / "lfw-deepfunneled.tgz", {}))

    assert error.found == "0 photos; most likely an archive without files"


@pytest.mark.parametrize(
    ("content", "cause"),
    [(b"", "an empty file"), (b"\n<!DOCTYPE html><html>", "a web page")],
    ids=["empty", "a web page"],
)
def test_a_file_that_is_no_archive_is_refused_with_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, cause: str
) -> None:
    monkeypatch.chdir(tmp_path)
    whole = tmp_path / "lfw-deepfunneled.tgz"
    whole.write_bytes(content)

    assert cause in _refused_subset(tmp_path, whole).found


@pytest.mark.parametrize("name", ["/etc/Ben_0001.jpg", "lfw-deepfunneled/../../Ben_0001.jpg"])
@pytest.mark.usefixtures("pinned")
def test_a_path_that_leads_out_of_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    whole = as_tar(tmp_path / "lfw-deepfunneled.tgz", {**_photos(WHOLE), name: b"evil"})

    assert name in _refused_subset(tmp_path, whole).found


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
@pytest.mark.usefixtures("pinned")
def test_a_link_in_place_of_a_photo_is_refused(tmp_path: Path, kind: bytes) -> None:
    files = _photos(WHOLE)
    del files[_path("Ben", 10)]
    whole = as_tar(tmp_path / "lfw-deepfunneled.tar", files)
    link = tarfile.TarInfo(_path("Ben", 10))
    link.type, link.linkname = kind, _path("Ben", 9)
    with tarfile.open(whole, "a") as archive:
        archive.addfile(link)

    error = _refused_subset(tmp_path, whole)

    assert error.where == f"{whole}: {_path('Ben', 10)}"
    with pytest.raises(UserError, match="a link or a device"):
        Tree(whole).file(_path("Ben", 10)).read()


@pytest.mark.parametrize("fault", ["photos are missing", "re-encoded"])
@pytest.mark.usefixtures("pinned")
def test_a_subset_with_another_hash_is_refused_at_once(tmp_path: Path, fault: str) -> None:
    files = _photos(WHOLE)
    if fault == "photos are missing":
        del files[_path("Zoe", 3)], files[_path("Zoe", 4)], files[_path("Zoe", 5)]
    else:
        files[_path("Ben", 1)] = photo(SIDE, SIDE, encoding="JPEG", seed=99)

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

    with pytest.raises(UserError) as caught:
        fetch("lfw", tmp_path, None)

    assert f"most likely {cause}" in caught.value.found


def test_a_public_archive_that_is_cut_short_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    whole = _public_archive(tmp_path / "lfw-deepfunneled.tgz", _photos({"Zoe": 12}))
    whole.write_bytes(whole.read_bytes()[:-500])

    with pytest.raises(UserError) as caught:
        lfw_subset(whole=whole, subset=tmp_path / "made.tar")

    assert caught.value.where == str(whole)
    assert not (tmp_path / "made.tar").exists()


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


@pytest.mark.mirror
def test_the_subset_has_the_bytes_that_the_registry_pins(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tree = Tree(mirror / "lfw" / ARCHIVE)
    found = tree.find("lfw-deepfunneled", ".jpg")
    files = {f"lfw-deepfunneled/{name}.jpg": file.read() for name, file in found.items()}
    further = {**_photos({"Aaron_Nobody": 9}), _path("Zoran_Djindjic", 21): b"One too many."}
    whole = _public_archive(tmp_path / "lfw-deepfunneled.tar", {**further, **files})

    lfw_subset(whole=whole, subset=tmp_path / ARCHIVE)

    (pinned,) = entry("lfw").files
    assert sha256(tmp_path / ARCHIVE) == pinned.sha256
