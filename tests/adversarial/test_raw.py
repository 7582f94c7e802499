"""Raw results survive their files, and chunks are joined in ascending order of epsilon."""

import itertools
from dataclasses import fields

import numpy as np
import pytest

from triptych.adversarial import raw
from triptych.adversarial.raw import Attacks, Scores


def _attacks(epsilons: list[float]) -> Attacks:
    """Attacks whose images and predictions identify the epsilon."""
    marks = (np.asarray(epsilons) * 100).round().astype(np.int64)
    images = np.broadcast_to(marks[:, None, None, None], (len(marks), 3, 28, 28))
    return Attacks(
        np.asarray(epsilons), images.astype(np.uint8), np.repeat(marks[:, None], 3, axis=1)
    )


def _assert_equal(one, other):
    for field in fields(one):
        left, right = (getattr(value, field.name) for value in (one, other))
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)


def test_scores_survive_their_file(make_scores, tmp_path):
    scores = make_scores(1, [0, 0.1, 0.5])
    raw.write(scores, tmp_path / "scores.safetensors")
    found = raw.read_scores(tmp_path / "scores.safetensors")
    assert isinstance(found, Scores)
    _assert_equal(found, scores)


def test_arrays_that_are_not_contiguous_are_written_as_they_look(tmp_path):
    attacks = _attacks([0.1, 0.2])
    turned = Attacks(attacks.epsilons[::-1], attacks.images[::-1], attacks.predictions[::-1])
    raw.write(turned, tmp_path / "attacks.safetensors")
    _assert_equal(raw.read_attacks([tmp_path / "attacks.safetensors"]), attacks)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (2, 1, 0)])
def test_chunks_are_joined_in_ascending_order_of_epsilon(tmp_path, order):
    # Each job gets every n-th epsilon.
    chunks = [[0.01, 0.04, 0.5], [0.02, 0.05], [0.03, 0.1]]
    for number, chunk in enumerate(chunks):
        raw.write(_attacks(chunk), tmp_path / f"{number}.safetensors")
    found = raw.read_attacks([tmp_path / f"{number}.safetensors" for number in order])
    _assert_equal(found, _attacks(sorted(itertools.chain(*chunks))))
