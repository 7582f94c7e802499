"""Softmaxes averaged over scales, mirror images and windows."""

import pytest
import torch
from support import error_of
from tiny_models import protocol, stirred, tiny
from torch import nn

from triptych.segmentation.averaging import mean_shares
from triptych.segmentation.networks import Model
from triptych.segmentation.predict import predict

CLASSES = 5
SLIDING = {"window": 32, "stride": 16}


def photos(count=2, height=40, width=56, seed=4):
    """Photos of noise in blocks, which survives a change of size."""
    generator = torch.Generator().manual_seed(seed)
    blocks = torch.randint(0, 256, (count, 3, height // 8, width // 8), generator=generator)
    return blocks.repeat_interleave(8, 2).repeat_interleave(8, 3).to(torch.uint8)


def model(method="single") -> Model:
    """A tiny model that is sure of its classes."""
    return stirred(tiny("deeplabv3plus", method)).eval()


class Leaning(Model):
    """A model that sees the left half of its images only."""

    networks = nn.ModuleList()

    def outputs(self, images):
        logits = torch.zeros(len(images), CLASSES, *images.shape[-2:])
        logits[:, 1, :, : images.shape[-1] // 2] = 9.0
        return [[logits]]

    def results(self, images):
        return {"result": self.outputs(images)[0][0]}


@pytest.mark.parametrize("kind", ["whole", "sliding"])
@pytest.mark.parametrize("method", ["single", "ensemble", "multiple_layer"])
def test_one_scale_gives_the_classes_of_the_evaluation(kind, method):
    shown, network, images = protocol(kind, **SLIDING), model(method), photos()
    shares = mean_shares(network, images, shown, CLASSES)
    assert shares.shape == (2, CLASSES, 40, 56)
    assert torch.allclose(shares.sum(dim=1), torch.ones(2, 40, 56))
    expected = predict(network, images, shown, CLASSES)["result"]
    assert len(expected.unique()) > 1
    assert (shares.argmax(dim=1) == expected).float().mean() > 0.999


@pytest.mark.parametrize("kind", ["whole", "sliding"])
def test_several_scales_are_the_mean_of_each(kind):
    shown, network, images = protocol(kind, **SLIDING), model(), photos()
    each = [
        mean_shares(network, images, shown, CLASSES, scales=[scale]) for scale in (0.6, 1.0, 1.7)
    ]
    together = mean_shares(network, images, shown, CLASSES, scales=[0.6, 1.0, 1.7])
    assert torch.allclose(together, sum(each) / 3, atol=1e-6)
    assert not torch.allclose(each[0], each[1], atol=1e-3)
    assert torch.allclose(together.sum(dim=1), torch.ones(2, 40, 56))


def test_a_scaled_image_is_seen_by_the_network_in_that_size():
    seen = []

    class Watching(Leaning):
        def outputs(self, images):
            seen.append(tuple(images.shape[-2:]))
            return super().outputs(images)

    mean_shares(Watching(), photos(1), protocol(), CLASSES, scales=[0.5, 2.0], flip=True)
    assert seen == [(20, 28)] * 2 + [(80, 112)] * 2


def test_a_window_has_one_size_at_every_scale():
    seen = set()

    class Watching(Leaning):
        def outputs(self, images):
            seen.add(tuple(images.shape[-2:]))
            return super().outputs(images)

    shown = protocol("sliding", **SLIDING)
    mean_shares(Watching(), photos(1), shown, CLASSES, scales=[0.5, 2.0])
    assert seen == {(32, 32)}


def test_mirror_images_are_mirrored_back():
    shares = mean_shares(Leaning(), photos(1), protocol(), CLASSES, flip=True)
    # Without the mirror image the right half has no class 1.
    assert torch.allclose(shares, shares.flip(-1))
    plain = mean_shares(Leaning(), photos(1), protocol(), CLASSES)
    assert plain[0, 1, 0, 0] > 0.99
    assert plain[0, 1, 0, -1] < 0.3
    network, images = model(), photos()
    averaged = mean_shares(network, images, protocol(), CLASSES, flip=True)
    other = mean_shares(network, images.flip(-1), protocol(), CLASSES, flip=True)
    assert torch.allclose(averaged, other.flip(-1), atol=1e-5)
    assert torch.allclose(averaged.sum(dim=1), torch.ones(2, 40, 56))


def test_a_network_that_answers_nan_is_refused():
    class Broken(Leaning):
        def results(self, images):
            return {"result": super().results(images)["result"] / 0 * 0}

    error = error_of(mean_shares, Broken(), photos(), protocol(), CLASSES)
    assert error.found == "NaN"
