"""The precision and the memory of sampling."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from tiny_base import SIDE, fresh, sampling

from triptych.personalization import generate
from triptych.personalization.generate import sample

PROMPTS = ["a person, smiling", "a sks person", "bright"]


def test_lower_precision_changes_an_image_by_less_than_a_level_in_255(pipeline):
    steps = sampling(steps=20)
    exact = sample(pipeline, PROMPTS, [1, 2, 3], steps, SIDE)

    # The CPU's autocast lowers the same layers as a GPU's.
    with torch.autocast("cpu", dtype=torch.bfloat16):
        lowered = sample(pipeline, PROMPTS, [1, 2, 3], steps, SIDE)

    others = sample(pipeline, PROMPTS, [4, 5, 6], steps, SIDE)
    differences = [np.abs(exact.astype(int) - images).mean() for images in (lowered, others)]
    assert 0 < differences[0] < 1
    # Other noise changes it far more.
    assert differences[1] > 20


@pytest.mark.parametrize(
    ("device", "precision", "lowered"),
    [("cuda", "bfloat16", True), ("cuda", "float32", False), ("cpu", "bfloat16", False)],
)
def test_only_a_gpu_computes_in_lower_precision(monkeypatch, device, precision, lowered):
    chosen = []
    monkeypatch.setattr(torch, "autocast", lambda *given, **more: chosen.append(given) or Nothing())

    def draw(prompts, **_):
        return SimpleNamespace(images=np.zeros((len(prompts), 8, 8, 3)))

    draw.device, draw.vae = torch.device(device), SimpleNamespace()

    sample(draw, PROMPTS, [1, 2, 3], sampling(precision_cuda=precision), 8)

    assert chosen == [("cuda",)] * lowered


class Nothing:
    """A context that changes nothing."""

    def __enter__(self):
        pass

    def __exit__(self, *_):
        pass


@pytest.mark.parametrize(("pixels", "sizes"), [(3 * SIDE**2 - 1, [1, 1, 1]), (4 * SIDE**2, [3])])
def test_large_batches_are_decoded_one_by_one(pipeline, monkeypatch, pixels, sizes):
    reference = sample(pipeline, PROMPTS, [1, 2, 3], sampling(), SIDE)
    monkeypatch.setattr(generate, "_PIXELS_AT_ONCE", pixels)
    watched, decoded = fresh(pipeline), []
    watched.vae.decoder.register_forward_pre_hook(lambda _, given: decoded.append(len(given[0])))

    images = sample(watched, PROMPTS, [1, 2, 3], sampling(batch_size=3), SIDE)

    assert decoded == sizes
    assert np.abs(images.astype(int) - reference).max() <= 1
