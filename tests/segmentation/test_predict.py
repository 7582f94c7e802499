"""From an image to a class for every pixel: whole, in windows, and the center."""

import numpy as np
import pytest
import torch
from tiny_models import STREETS, noise, numbered, protocol, saved, stirred, tiny
from torch.nn.functional import pad

from triptych.data import scenes
from triptych.segmentation.networks import Model
from triptych.segmentation.normalization import normalize
from triptych.segmentation.predict import examples, predict


class _Stub(Model):
    """A model of two classes; counts the images that it sees."""

    def __init__(self, logits):
        super().__init__()
        self.logits, self.seen = logits, []

    def outputs(self, images):
        return [[self.logits(images)]]

    def results(self, images):
        self.seen += [tuple(image.shape[-2:]) for image in images]
        return {"result": self.logits(images)}


def _sure(images):
    """Class 1 everywhere; where nothing is added up, class 0 would win."""
    ones = torch.ones(len(images), 1, *images.shape[-2:])
    return torch.cat([-20 * ones, 20 * ones], dim=1)


def _varied(images):
    """Five classes that change from pixel to pixel, and with what lies about them."""
    kernel = torch.randn(5, 3, 9, 9, generator=torch.Generator().manual_seed(2))
    return torch.conv2d(images, kernel, padding=4)


def _bytes(count=2, height=40, width=70):
    return ((noise(count, height, width) * 60 + 120).clamp(0, 255)).to(torch.uint8)


def test_a_whole_image_is_given_the_class_of_the_largest_logit():
    model, images = stirred(tiny("danet", "same_layer")).eval(), _bytes()
    found = predict(model, images, protocol(), 5)
    expected = model.results(normalize(images))
    assert list(found) == ["result", "top", "mean_of_both"]
    for name, classes in found.items():
        assert (classes.shape, classes.dtype) == ((2, 40, 70), torch.int64)
        assert torch.equal(classes, expected[name].argmax(1))
    assert not torch.equal(found["result"], found["top"])


@pytest.mark.parametrize("kind", ["whole", "sliding"])
def test_a_prediction_keeps_nothing_for_gradients(kind):
    kept = []
    model = _Stub(lambda images: kept.append(torch.is_grad_enabled()) or _sure(images))
    predict(model, _bytes(), protocol(kind, window=32, stride=20), 2)
    assert set(kept) == {False}


@pytest.mark.parametrize("size", [(32, 32), (33, 70), (16, 20), (64, 31), (96, 40)])
@pytest.mark.parametrize(("stride", "batch_size"), [(32, 1), (20, 3), (1, 64)])
def test_windows_cover_every_pixel_and_no_more(size, stride, batch_size):
    model = _Stub(_sure)
    way = protocol("sliding", window=32, stride=stride, batch_size=batch_size)
    found = predict(model, _bytes(1, *size), way, 2)["result"]
    assert found.shape == (1, *size)
    assert (found == 1).all()
    assert set(model.seen) == {(32, 32)}
    rows, columns = (-(-max(0, side - 32) // stride) + 1 for side in size)
    assert len(model.seen) == rows * columns


@pytest.mark.parametrize(
    ("network", "method"), [("danet", "same_layer"), ("deeplabv3plus", "single")]
)
def test_a_window_that_covers_the_image_is_the_whole_image(network, method):
    model, images = stirred(tiny(network, method)).eval(), _bytes(2, 48, 48)
    whole = predict(model, images, protocol(), 5)
    window = predict(model, images, protocol("sliding", window=48, stride=48), 5)
    assert whole.keys() == window.keys()
    assert all(torch.equal(whole[name], window[name]) for name in whole)


def test_softmaxes_of_overlapping_windows_are_added():
    model, images = _Stub(_varied), _bytes(2, 40, 70)
    inputs, total = normalize(images), torch.zeros(2, 5, 40, 70)
    # Every 20 pixels, and once flush with the end.
    for top in (0, 8):
        for left in (0, 20, 38):
            window = (..., slice(top, top + 32), slice(left, left + 32))
            total[window] += _varied(inputs[window]).softmax(1)
    for batch_size in (1, 4):
        way = protocol("sliding", window=32, stride=20, batch_size=batch_size)
        found = predict(model, images, way, 5)["result"]
        assert (found == total.argmax(1)).float().mean() > 0.999
    assert not torch.equal(found, predict(model, images, protocol(), 5)["result"])


def test_an_image_smaller_than_the_window_has_a_border_of_the_mean_color():
    images = _bytes(1, 20, 24)
    found = predict(_Stub(_varied), images, protocol("sliding", window=32, stride=32), 5)["result"]
    padded = _varied(pad(normalize(images), (0, 8, 0, 12)))
    assert torch.equal(found, padded[..., :20, :24].argmax(1))


# What a protocol shows


@pytest.mark.parametrize("kind", ["whole", "sliding"])
def test_images_of_one_size_come_together_in_their_order(tmp_path, kind):
    sizes = [(20, 30)] * 5 + [(30, 20)] * 2 + [(20, 30)]
    way = protocol(kind, window=16, stride=16)
    shown = list(examples(numbered(tmp_path / "mixed", sizes), way))
    assert [masks[:, 0, 0].tolist() for _, masks in shown] == [[0, 1], [2, 3], [4], [5, 6], [7]]
    for images, masks in shown:
        assert images.shape == (len(masks), 3, *masks.shape[1:])
        assert sorted(masks.shape[1:]) == [20, 30]
        assert torch.equal(images[:, 0], masks)
        assert images.dtype == masks.dtype == torch.uint8


@pytest.mark.parametrize("kind", ["whole", "center_crop"])
def test_examples_begin_at_the_asked_scene(tmp_path, kind):
    found = numbered(tmp_path / "scenes", [(20, 30)] * 5)
    shown = list(examples(found, protocol(kind, window=16), start=3))
    assert [masks[:, 0, 0].tolist() for _, masks in shown] == [[3, 4]]
    assert list(examples(found, protocol(kind, window=16), start=5)) == []


@pytest.mark.parametrize("size", [(40, 60), (60, 40), (12, 90), (32, 32)])
def test_the_center_crop_is_the_middle_of_the_resized_image(tmp_path, size):
    """A ramp along the long side: its middle must be in the middle of the crop."""
    ramp = np.linspace(0, 18, max(size)).round().astype(np.uint8)
    mask = np.ascontiguousarray(
        np.broadcast_to(ramp if size[1] >= size[0] else ramp[:, None], size)
    )
    colors = np.array(STREETS.colors, np.uint8)[mask]
    found = saved([scenes.Scene("ramp", scenes.as_png(colors), mask)], tmp_path / "ramp")
    ((images, masks),) = examples(found, protocol("center_crop", window=32))
    assert images.shape == (1, 3, 32, 32)
    assert masks.shape == (1, 32, 32)
    assert set(masks.unique().tolist()) <= set(np.unique(mask).tolist())
    line = masks[0, 16] if size[1] >= size[0] else masks[0, :, 16]
    shown = 19 * min(size) / max(size)
    assert line[0] + line[31] == pytest.approx(18, abs=1)
    assert line[31] - line[0] == pytest.approx(shown, abs=2)
    # Image and mask agree, except where colors mix between two classes.
    expected = torch.tensor(STREETS.colors)[masks[0].long()].permute(2, 0, 1)
    off = (images[0].int() - expected).abs().amax(0) > 40
    assert off.float().mean() < 0.5
    assert (off.all(0) | off.all(1)).sum() < 20


def test_the_center_crop_keeps_ignored_pixels(tmp_path):
    mask = np.full((48, 64), 3, np.uint8)
    mask[16:32, 24:40] = 255
    found = saved([scenes.Scene("hole", scenes.as_png(np.zeros((48, 64, 3), np.uint8)), mask)],
                  tmp_path / "hole")  # fmt: skip
    ((_, masks),) = examples(found, protocol("center_crop", window=24))
    assert masks.unique().tolist() == [3, 255]
    assert (masks[0, 8:16, 8:16] == 255).all()
    assert (masks == 255).sum() == 64
