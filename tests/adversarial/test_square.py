"""The attack without gradients: it finds what can be found, and stays in its ball."""

import numpy as np
import pytest
import torch

from triptych.adversarial import square

_IMAGES = torch.from_numpy(np.random.default_rng(1).integers(0, 256, (6, 28, 28), dtype=np.uint8))


def _contrast(images, indices):
    """Below 0 where one region is much brighter, and the rest of the image darker, than before."""
    change = images.float() - _IMAGES[indices].float()
    region = change[:, 5:15, 8:18].mean((1, 2))
    return 25 - (region - change.mean((1, 2)))


def _search(score, images=_IMAGES, epsilon=0.2, queries=3000, seed=4):
    return square.search(score, images, epsilon, queries=queries, seed=seed)


def test_a_planted_example_is_found():
    everything = torch.arange(6)
    assert (_contrast(_IMAGES, everything) > 0).all()
    assert (_contrast(_search(_contrast), everything) < 0).all()


@pytest.mark.parametrize("epsilon", [0.01, 0.1, 0.3, 0.5, 1.0])
def test_no_pixel_moves_farther_than_epsilon(epsilon):
    brightest = _search(lambda images, _: -images.float().mean((1, 2)) + 256, epsilon=epsilon)
    change = (brightest.double() / 255 - _IMAGES.double() / 255).abs()
    assert change.max() <= epsilon
    # All pixels reach the end of the ball, or white.
    assert change.max() > epsilon - 1 / 255
    assert brightest.dtype == torch.uint8


def test_what_never_helps_changes_nothing():
    assert torch.equal(_search(lambda images, _: torch.ones(len(images))), _IMAGES)


def test_an_image_that_evades_is_left_alone_and_not_asked_for_again():
    asked = []

    def score(images, indices):
        asked.append(indices.tolist())
        return torch.where(indices < 4, -1.0, 1.0)

    _search(score, queries=5)
    assert asked == [[0, 1, 2, 3, 4, 5], *[[4, 5]] * 5]
    asked.clear()
    _search(lambda images, indices: asked.append(1) or -torch.ones(len(images)))
    assert len(asked) == 1


def test_equal_seeds_give_equal_images_whatever_the_others_score():
    whole = _search(_contrast, queries=20)
    assert torch.equal(whole, _search(_contrast, queries=20))
    assert not torch.equal(whole, _search(_contrast, queries=20, seed=5))

    def without_first(images, indices):
        return torch.where(indices == 0, -1.0, _contrast(images, indices))

    rest = _search(without_first, queries=20)
    assert torch.equal(rest[1:], whole[1:])
    assert torch.equal(rest[0], _IMAGES[0])
