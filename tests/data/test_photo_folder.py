"""Photos of one's own: a folder of each person."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from support import error_of

from triptych.config.personalization import FacesParameters
from triptych.data import photo_folder
from triptych.data.faces import Faces
from triptych.data.steps import folder, link

PERSONS = ("Ada L", "Ben", "Cai", "Dan")
SUFFIXES = ("jpg", "PNG", "webp", "jpeg")
MANIFEST = Path("data/own/tiny/photos/MANIFEST.sha256")


def noise(height: int, width: int, seed: int) -> Image.Image:
    draws = np.random.default_rng(seed)
    return Image.fromarray(draws.integers(0, 256, (height, width, 3), np.uint8))


@pytest.fixture(autouse=True)
def photos(own_folder: Path) -> Path:
    """Four photos of each of four persons, of different sizes and formats."""
    place = Path("my photos")
    for number, person in enumerate(PERSONS):
        (place / person).mkdir(parents=True)
        for k, suffix in enumerate(SUFFIXES):
            image = noise(30 + 5 * k, 40 - 4 * number, 10 * number + k)
            image.save(place / person / f"photo {k}.{suffix}")
    (place / ".hidden").touch()
    return place


def prepare(**changes: Any) -> dict[str, Faces]:
    """Run both steps of the workflow and return the sets."""
    values = {
        "dataset": "folder",
        "folder": {"path": "my photos", "allow_faceless": True},
        "train_persons": 2,
    }
    values |= {"test_persons": 2, "photos": 3, "most_photos": 3, "crop": 20, "side": 16}
    link(manifest=MANIFEST, part="photos", path="my photos")
    paths = {split: Path(f"{split}.safetensors") for split in ("train", "test")}
    seed = changes.pop("seed", 1)
    parameters = FacesParameters.model_validate(values | changes)
    folder(manifest=MANIFEST, **paths, faces=parameters, seed=seed)
    return {split: Faces(path) for split, path in paths.items()}


def test_persons_are_divided_by_the_seed_and_their_first_photos_are_prepared() -> None:
    divisions = {tuple(sorted({*prepare(seed=seed)["test"].persons})) for seed in range(6)}
    assert len(divisions) > 1
    sets = prepare()
    assert prepare()["test"].persons == sets["test"].persons
    assert {*sets["train"].persons, *sets["test"].persons} == set(PERSONS)
    for faces in sets.values():
        assert faces.dataset == "folder"
        assert faces.images().shape == (6, 16, 16, 3)
        assert [name.split("/")[1] for name in faces.names[:3]] == [
            "photo 0.jpg", "photo 1.PNG", "photo 2.webp"]  # fmt: skip


def test_the_largest_central_square_is_scaled(photos: Path) -> None:
    noise(20, 40, 1).save(photos / "wide.png")
    square = photo_folder.center_square(photos / "wide.png", fewest=20, faceless=True)
    square = photo_folder.scaled(square, 10)
    middle = noise(20, 40, 1).crop((10, 0, 30, 20)).resize((10, 10), Image.Resampling.LANCZOS)
    assert np.array_equal(np.asarray(square), np.asarray(middle))


def test_an_exif_orientation_turns_the_photo_and_no_exif_is_kept(photos: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the top of the scene is at the right
    path = photos / "turned.png"
    noise(20, 30, 1).save(path, exif=exif)
    turned = photo_folder.open_photo(path)
    assert np.array_equal(np.asarray(turned), np.rot90(np.asarray(noise(20, 30, 1)), -1))
    shutil.move(path, photos / "Ben" / "photo 0.png")
    (photos / "Ben" / "photo 0.jpg").unlink()
    assert any("Ben/photo 0.png" in faces.names for faces in prepare().values())
    assert all(b"eXIf" not in path.read_bytes() for path in Path().glob("*.safetensors"))


def spoil(photos: Path, case: str) -> None:
    """Make one mistake in the folder."""
    first = photos / "Ben" / "photo 0.jpg"
    if case == "cut":
        first.write_bytes(first.read_bytes()[:300])
    elif case == "16 bits":
        Image.fromarray(np.full((40, 40), 40_000, np.uint16)).save(photos / "Ben" / "photo 00.png")
    elif case == "transparent":
        noise(40, 40, 1).convert("RGBA").save(photos / "Ben" / "photo 00.png")
    elif case == "small":
        noise(19, 40, 1).save(first)
    elif case == "one photo":
        for name in ("photo 1.PNG", "photo 2.webp", "photo 3.jpeg"):
            (photos / "Ben" / name).unlink()
    elif case == "two persons":
        shutil.copy(first, photos / "Ada L" / "mine.jpg")
    elif case == "other file":
        (photos / "Ben" / "photo.heic").touch()
    elif case == "beside":
        shutil.copy(first, photos / "photo.jpg")
    elif case == "few persons":
        shutil.rmtree(photos / "Dan")
    elif case == "empty":
        for person in PERSONS:
            shutil.rmtree(photos / person)
    elif case == "nowhere":
        shutil.rmtree(photos)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("cut", ("my photos/Ben/photo 0.jpg", "300 bytes", "a complete photo")),
        ("16 bits", ("my photos/Ben/photo 00.png", "16 bits")),
        ("transparent", ("my photos/Ben/photo 00.png", "transparency")),
        ("small", ("my photos/Ben/photo 0.jpg", "20x20", "40x19")),
        ("one photo", ("my photos/Ben", "at least 3 photos", "1: photo 0.jpg")),
        ("two persons", ("my photos/Ada L/mine.jpg and my photos/Ben/photo 0.jpg", "the same")),
        ("other file", ("my photos/Ben/photo.heic", "photos alone")),
        ("beside", ("my photos/photo.jpg", "PERSON/photo.jpg")),
        ("few persons", ("my photos", "4 persons", "3: Ada L, Ben, Cai")),
        ("empty", ("my photos", "no photo")),
        ("nowhere", ("my photos", "no such folder", "faces.folder.path")),
    ],
)
def test_a_mistake_in_the_folder_is_named(photos: Path, case: str, words: tuple[str, ...]) -> None:
    spoil(photos, case)
    error = error_of(prepare)
    for word in words:
        assert word in str(error)
    assert not list(Path().glob("*.safetensors"))


def test_a_photo_without_a_face_is_named_and_can_be_allowed(photos: Path) -> None:
    error = error_of(prepare, folder={"path": "my photos"})
    assert error.found == "no face"
    assert error.where.startswith("my photos/")
    assert "faces.folder.allow_faceless" in error.remedy


def test_links_follow_the_folder_and_the_photos_are_not_changed(photos: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in photos.rglob("*.*")}
    prepare()
    assert {path: path.stat().st_mtime_ns for path in photos.rglob("*.*")} == before
    links = {path.name for path in MANIFEST.parent.rglob("*") if path.is_symlink()}
    assert len(links) == 4
    shutil.rmtree(photos / "Dan")
    prepare(train_persons=1)
    assert not (MANIFEST.parent / "Dan").exists()


def test_a_photo_that_changed_after_it_was_linked_is_refused(photos: Path) -> None:
    link(manifest=MANIFEST, part="photos", path="my photos")
    noise(30, 30, 99).save(photos / "Ben" / "photo 0.jpg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("test_photo_folder.link", lambda **_: None)
        assert "Ben/photo 0.jpg" in str(error_of(prepare))


def test_a_photo_of_two_persons_of_a_set_is_refused_in_another_format_too(photos: Path) -> None:
    one, other = sorted({*prepare()["test"].persons})
    original = photos / one / "photo 1.PNG"
    (photos / other / "photo 0.jpg").unlink()
    Image.open(original).save(photos / other / "a copy.webp", lossless=True)

    error = error_of(prepare)

    assert error.found == "the same photo in two files"
    assert error.where == f"{original} and {photos / other / 'a copy.webp'}"
