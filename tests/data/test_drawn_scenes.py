"""Drawn streets and objects."""

import io
import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from triptych.config.segmentation import SceneDataset
from triptych.data.classes import IGNORE, class_table
from triptych.data.drawn.scenes import draw
from triptych.data.scenes import Scene, Scenes, save

HEIGHT, WIDTH = 64, 128
DATASETS: tuple[SceneDataset, ...] = ("drawn_streets", "drawn_objects")
each_dataset = pytest.mark.parametrize("dataset", DATASETS)


def _scenes(dataset: SceneDataset, count: int, seed: int = 7) -> list[Scene]:
    return list(draw(dataset, count, height=HEIGHT, width=WIDTH, seed=seed))


def _bytes(scenes: list[Scene]) -> list[tuple[str, bytes, bytes]]:
    return [(scene.name, scene.image, scene.mask.tobytes()) for scene in scenes]


def _image(scene: Scene) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(scene.image)))


@each_dataset
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(dataset: SceneDataset) -> None:
    first, again, other = (_bytes(_scenes(dataset, 3, seed)) for seed in (7, 7, 8))

    assert first == again
    for ours, theirs in zip(first, other, strict=True):
        assert ours[1:] != theirs[1:]


@each_dataset
def test_a_longer_set_begins_with_a_shorter_one_and_repeats_no_scene(dataset: SceneDataset) -> None:
    short, long = _bytes(_scenes(dataset, 2)), _bytes(_scenes(dataset, 6))

    assert long[:2] == short
    for parts in zip(*long, strict=True):
        assert len(set(parts)) == 6


@each_dataset
@pytest.mark.parametrize("size", [(64, 128), (96, 96), (50, 131)])
def test_image_and_mask_have_the_size_asked_for(
    dataset: SceneDataset, size: tuple[int, int]
) -> None:
    (scene,) = draw(dataset, 1, height=size[0], width=size[1], seed=1)

    assert (scene.mask.shape, scene.mask.dtype) == (size, np.uint8)
    assert (_image(scene).shape, _image(scene).dtype) == ((*size, 3), np.uint8)


@each_dataset
def test_every_class_occurs_in_forty_scenes_and_no_other_id(dataset: SceneDataset) -> None:
    found = set(np.unique([scene.mask for scene in _scenes(dataset, 40)]).tolist())

    assert found == {*range(len(class_table(dataset))), IGNORE}


def test_a_street_shows_most_of_its_classes_and_an_object_scene_few() -> None:
    bounds = {"drawn_streets": (11, 17), "drawn_objects": (5, 8)}

    for dataset, (fewest, most) in bounds.items():
        for scene in _scenes(dataset, 40):
            assert fewest <= len(set(np.unique(scene.mask)) - {IGNORE}) <= most, scene.name


def test_the_bonnet_is_all_that_a_street_ignores() -> None:
    for scene in _scenes("drawn_streets", 10):
        ignored = scene.mask == IGNORE
        assert ignored[-1].all()
        assert not ignored[: HEIGHT * 9 // 10].any()


def test_an_ignored_outline_parts_objects_from_each_other_and_from_the_background() -> None:
    for scene in _scenes("drawn_objects", 20):
        for first, second in (
            (scene.mask[1:], scene.mask[:-1]),
            (scene.mask[:, 1:], scene.mask[:, :-1]),
        ):
            touching = (first != second) & (first != IGNORE) & (second != IGNORE)
            assert not touching.any()


def test_the_outline_of_objects_is_thin_at_every_size() -> None:
    for height in (64, 192):
        (scene,) = draw("drawn_objects", 1, height=height, width=2 * height, seed=3)
        share = (scene.mask == IGNORE).mean()
        assert 0.01 < share < 0.2


def test_ids_are_those_of_the_class_table() -> None:
    ids = {name: kind for kind, name in enumerate(class_table("drawn_streets").names)}
    for scene in _scenes("drawn_streets", 10):
        sky, building, road = (
            np.nonzero(scene.mask == ids[name])[0].mean() for name in ("sky", "building", "road")
        )
        assert sky < building < road
    for scene in _scenes("drawn_objects", 10):
        assert (scene.mask == 0).sum() == np.bincount(scene.mask.ravel())[:IGNORE].max()


def test_color_light_and_noise_vary() -> None:
    sky = class_table("drawn_streets").names.index("sky")
    hues, bonnets, noises = [], [], []
    for scene in _scenes("drawn_streets", 20):
        image = _image(scene).astype(np.float64)
        red, _, blue = image[scene.mask == sky].mean(axis=0)
        # The bonnet, at the bottom, is drawn in one color: its brightness is the scene's light.
        bonnet = image[-1].mean(axis=1)
        hues.append(red / blue)
        bonnets.append(bonnet.mean())
        noises.append(bonnet.std())

    assert np.std(hues) > 0.02
    assert np.std(bonnets) > 2
    assert min(noises) > 4


def test_different_classes_differ_in_color() -> None:
    scenes = _scenes("drawn_streets", 40)
    pixels = np.concatenate([_image(scene).reshape(-1, 3) for scene in scenes])
    truth = np.concatenate([scene.mask.ravel() for scene in scenes])
    means = [pixels[truth == kind].mean(axis=0) for kind in range(19)]

    for first, second in itertools.combinations(means, 2):
        assert np.abs(first - second).max() > 8


@each_dataset
def test_drawn_scenes_pass_the_checks_of_a_file(dataset: SceneDataset, tmp_path: Path) -> None:
    drawn = _scenes(dataset, 3)
    save(dataset, drawn, tmp_path / "scenes.safetensors")

    scenes = Scenes(tmp_path / "scenes.safetensors")

    assert scenes.names == tuple(scene.name for scene in drawn)
    for index, scene in enumerate(drawn):
        assert np.array_equal(scenes.mask(index), scene.mask)
        assert np.array_equal(scenes.image(index), _image(scene))
