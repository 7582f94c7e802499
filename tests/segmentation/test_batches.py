"""Training batches: every scene in turn, cropped alike in image and mask, interrupted or not."""

import numpy as np
import pytest
import torch
from support import error_of
from tiny_models import CPU, STREETS, augmentation, numbered, saved, streets
from torchvision.transforms import v2 as transforms

from triptych.data import scenes
from triptych.errors import UserError
from triptych.segmentation.batches import (
    Draw,
    TrainingCrops,
    as_tensor,
    augment,
    training_batches,
)
from triptych.segmentation.normalization import normalize

COLORS = torch.tensor(STREETS.colors, dtype=torch.uint8)
MEAN_COLOR = [124, 116, 104]


def _generator(seed=0):
    return torch.Generator().manual_seed(seed)


def _encoded(height=40, width=56, block=8):
    """An image whose color is that of its mask's class, in blocks."""
    rng = np.random.default_rng(1)
    ids = rng.integers(0, len(STREETS), (-(-height // block), -(-width // block)))
    mask = torch.tensor(ids.repeat(block, 0).repeat(block, 1)[:height, :width].astype(np.uint8))
    return COLORS[mask.long()].permute(2, 0, 1), mask


def _plain(**changes):
    """No scaling, no mirroring, no recoloring."""
    plain = {"smallest_scale": 1.0, "largest_scale": 1.0, "flip": False, "color_jitter": 0}
    return augmentation(**{**plain, **changes})


def _crops(found, parameters=None, seed=5, held=None):
    return TrainingCrops(found, parameters or augmentation(), seed, held)


def _batches(crops, steps=range(3), share=slice(0, None, 1), **changes):
    options = {"batch_size": 4, "workers": 0, "pinned": False, **changes}
    return list(training_batches(crops, accumulate=1, steps=steps, share=share, **options))


def _assert_equal(one, other):
    assert len(one) == len(other)
    for mine, theirs in zip(one, other, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))


# The order of the scenes


def test_every_epoch_shows_each_scene_once_and_leaves_the_ragged_end_out(tmp_path):
    found = numbered(tmp_path / "scenes", [(32, 48)] * 11)
    batches = _batches(_crops(found, _plain()), range(6))
    shown = [masks[:, 0, 0].tolist() for _, masks in batches]
    epochs = [tuple(shown[start] + shown[start + 1]) for start in (0, 2, 4)]
    assert all(len(set(epoch)) == 8 for epoch in epochs)
    assert len(set(epochs)) == 3
    # The same three are not left out forever.
    assert len({frozenset(epoch) for epoch in epochs}) > 1


def test_a_scene_has_its_own_mask(tmp_path):
    found = numbered(tmp_path / "scenes", [(60, 90)] * 12)
    for images, masks in _batches(_crops(found, augmentation(color_jitter=0))):
        for image, mask in zip(images, masks, strict=True):
            number = image.reshape(3, -1).median(dim=1).values
            assert mask[mask != 255].unique().tolist() == number.unique().tolist()


@pytest.mark.parametrize("held", [None, CPU], ids=["decoded each", "held"])
def test_batches_do_not_depend_on_where_a_training_was_interrupted(tmp_path, held):
    crops = _crops(streets(tmp_path), held=held)
    whole = _batches(crops, range(5))
    _assert_equal(whole[3:], _batches(crops, range(3, 5)))
    assert not torch.equal(whole[0][0], whole[1][0])


def test_other_seeds_give_other_batches(tmp_path):
    found = streets(tmp_path)
    one, other = (_batches(_crops(found, seed=seed), range(1))[0] for seed in (5, 6))
    assert not torch.equal(one[0], other[0])


def test_the_shares_of_two_processes_are_the_batch_of_one(tmp_path):
    crops = _crops(streets(tmp_path))
    whole = _batches(crops)
    first, second = (_batches(crops, share=slice(rank, None, 2)) for rank in (0, 1))
    for batch, one, other in zip(whole, first, second, strict=True):
        for part in (0, 1):
            assert torch.equal(batch[part][0::2], one[part])
            assert torch.equal(batch[part][1::2], other[part])


def test_loading_in_two_processes_gives_the_same_batches(tmp_path):
    crops = _crops(streets(tmp_path))
    _assert_equal(_batches(crops), _batches(crops, workers=2))


def test_a_set_held_on_the_device_gives_the_same_batches(tmp_path):
    found = streets(tmp_path)
    held = _crops(found, held=CPU)
    _assert_equal(_batches(_crops(found)), _batches(held))
    # Held means that the file is not read again.
    held.scenes = None
    assert held[Draw(0, 0)][0].shape == (3, 32, 48)


def test_fewer_scenes_than_a_batch_are_a_users_mistake(tmp_path):
    found = streets(tmp_path, 3)
    error = error_of(lambda: _batches(_crops(found)))
    assert error.where == str(found.path)
    assert error.expected == "at least 4 training scenes, one batch"
    assert error.found == "3"


@pytest.mark.parametrize(("batch_size", "processes"), [(1, 1), (3, 2), (4, 4)])
def test_a_process_with_one_image_is_a_users_mistake(tmp_path, batch_size, processes):
    """Batch normalization after ASPP's pooling needs two values."""
    share = slice(processes - 1, None, processes)
    with pytest.raises(UserError, match="at least 2 images"):
        _batches(_crops(streets(tmp_path)), share=share, batch_size=batch_size)


# What a scene goes through


@pytest.mark.parametrize("size", [(40, 56), (16, 20), (20, 80), (200, 30)])
@pytest.mark.parametrize("scales", [(1.0, 1.0), (0.25, 0.3), (3.0, 4.0), (0.5, 2.0)])
def test_crops_have_their_size_whatever_the_images(size, scales):
    parameters = augmentation(smallest_scale=scales[0], largest_scale=scales[1])
    image, mask = augment(*_encoded(*size), parameters, _generator())
    assert (image.shape, image.dtype) == ((3, 32, 48), torch.uint8)
    assert (mask.shape, mask.dtype) == ((32, 48), torch.uint8)


@pytest.mark.parametrize("seed", range(6))
def test_image_and_mask_stay_aligned(seed):
    """The image's color is its class: the centers of blocks must agree after every change."""
    parameters = augmentation(smallest_scale=2.0, largest_scale=4.0, color_jitter=0)
    image, mask = augment(*_encoded(), parameters, _generator(seed))
    expected = COLORS[mask.long()].permute(2, 0, 1).int()
    off = (image.int() - expected).abs().amax(0) > 8
    # Blocks of 8 pixels are 16 to 32 wide now; colors mix along their edges alone.
    ids = mask[None, None].float()
    low, high = (torch.nn.functional.max_pool2d(s * ids, 9, 1, 4)[0, 0] for s in (-1, 1))
    inner = -low == high
    assert inner.float().mean() > 0.2
    assert not off[inner].any()


@pytest.mark.parametrize("seed", range(4))
def test_resizing_makes_no_new_ids(seed):
    image, mask = _encoded(block=3)
    mask[mask > 9] = 255
    mask[mask < 255] *= 2
    _, found = augment(image, mask, augmentation(), _generator(seed))
    assert set(found.unique().tolist()) <= set(mask.unique().tolist()) | {255}


@pytest.mark.parametrize("seed", range(4))
def test_crops_are_resized_as_torchvision_resizes_them(seed, monkeypatch):
    """It is not imported where nothing is recolored: the import takes seconds."""
    image, mask = _encoded(90, 120)
    image = torch.randint_like(image, 256)
    found, ids = augment(image, mask, augmentation(color_jitter=0), _generator(seed))

    def resize(values, size, mode, **_):
        interpolation = transforms.InterpolationMode(mode)
        return transforms.functional.resize(values, size, interpolation, antialias=True)

    monkeypatch.setattr("triptych.segmentation.batches.interpolate", resize)
    theirs, their_ids = augment(image, mask, augmentation(color_jitter=0), _generator(seed))
    # Where a processor has no AVX2, torchvision rounds once more.
    assert (found.int() - theirs.int()).abs().max() <= 1
    assert torch.equal(ids, their_ids)


def test_what_lies_outside_is_ignored_and_of_the_mean_color():
    image, mask = _encoded(16, 20)
    found, ids = augment(image, mask, _plain(), _generator())
    # In the middle of the crop of 32 by 48.
    assert torch.equal(ids[8:24, 14:34], mask)
    assert torch.equal(found[:, 8:24, 14:34], image)
    border = torch.ones(32, 48, dtype=torch.bool)
    border[8:24, 14:34] = False
    assert (ids[border] == 255).all()
    assert found[:, border].unique(dim=1).T.tolist() == [MEAN_COLOR]


def test_mirrored_images_have_mirrored_masks():
    image, mask = _encoded(32, 48)
    mirrored = 0
    for seed in range(40):
        found, ids = augment(image, mask, _plain(flip=True), _generator(seed))
        turned = torch.equal(ids, mask.flip(1))
        assert turned or torch.equal(ids, mask)
        assert torch.equal(found, image.flip(2) if turned else image)
        mirrored += turned
    assert 10 < mirrored < 30


def test_crops_come_from_everywhere_in_the_image():
    rows, columns = torch.meshgrid(torch.arange(40), torch.arange(56), indexing="ij")
    image = torch.stack([rows, columns, rows]).to(torch.uint8)
    corners = set()
    for seed in range(300):
        found, _ = augment(image, rows.to(torch.uint8), _plain(), _generator(seed))
        corners.add((found[0, 0, 0].item(), found[1, 0, 0].item()))
    assert {top for top, _ in corners} == set(range(9))
    assert {left for _, left in corners} == set(range(9))


@pytest.mark.parametrize(("smallest", "largest"), [(0.5, 0.5), (2.0, 2.0), (0.5, 2.0)])
def test_things_are_scaled_within_the_range(smallest, largest):
    """A ramp of one gray value a pixel is steeper in a smaller image."""
    image = torch.arange(200).expand(3, 100, 200).to(torch.uint8)
    mask = torch.zeros(100, 200, dtype=torch.uint8)
    parameters = _plain(smallest_scale=smallest, largest_scale=largest)
    slopes = []
    for seed in range(20):
        found, _ = augment(image, mask, parameters, _generator(seed))
        slopes.append((int(found[0, 16, 40]) - int(found[0, 16, 8])) / 32)
    assert min(slopes) >= 1 / largest - 0.1
    assert max(slopes) <= 1 / smallest + 0.1
    if smallest < largest:
        assert max(slopes) - min(slopes) > 0.7


def test_recoloring_changes_the_image_within_its_strength_and_never_the_mask():
    image, mask = _encoded(32, 48)
    plain, ids = augment(image, mask, _plain(), _generator(3))
    weak, strong = (
        augment(image, mask, _plain(color_jitter=s), _generator(3)) for s in (0.05, 0.9)
    )
    assert torch.equal(weak[1], ids)
    assert torch.equal(strong[1], ids)
    changes = [(found[0].int() - plain.int()).abs().float().mean() for found in (weak, strong)]
    assert 0 < changes[0] < 20 < changes[1]


def test_images_reach_a_network_in_imagenets_units():
    gray = torch.full((1, 3, 2, 2), 255, dtype=torch.uint8)
    found = normalize(torch.cat([gray, torch.zeros_like(gray)]))
    assert found[0, :, 0, 0].tolist() == pytest.approx([2.2489, 2.4286, 2.6400], abs=1e-4)
    assert found[1, :, 0, 0].tolist() == pytest.approx([-2.1179, -2.0357, -1.8044], abs=1e-4)
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_tensors_of_images_have_the_channels_first():
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert torch.equal(as_tensor(image)[1], torch.from_numpy(image[..., 1]))


def test_gray_images_are_read_as_colors(tmp_path):
    mask = np.zeros((32, 48), np.uint8)
    gray = scenes.Scene("gray", scenes.as_png(np.full((32, 48), 7, np.uint8)), mask)
    image, _ = _crops(saved([gray], tmp_path / "gray"), _plain())[Draw(0, 0)]
    assert image.unique().tolist() == [7]
