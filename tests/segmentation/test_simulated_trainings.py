"""How often a comparison errs, and how often it sees an effect: trainings drawn by a known law."""

import numpy as np
import pandas as pd
import pytest
from evaluations import resampled
from threadpoolctl import threadpool_limits

from triptych.segmentation.artifacts.scores import comparisons_table
from triptych.segmentation.raw import Evaluation

# CamVid's test set: two clips.
_NAMES = tuple(
    f"{clip}_{frame:05d}" for clip, frames in (("0001TP", 62), ("Seq05VD", 171))
    for frame in range(frames)
)  # fmt: skip
_CLIP = np.repeat([0, 1], [62, 171])
_PLAN = pd.DataFrame(
    [("secondary", "danet", "same_layer", "single")],
    columns=["kind", "network", "larger", "smaller"],
)
_CLASSES, _PIXELS = 11, 4000
# Shares of right pixels: the spread over trainings, and over images for a method.
_LUCK, _TASTE = 0.01, 0.03
# Of neighboring frames: as in CamVid, blocks of 30 frames triple the width of an interval.
_CORRELATION = 0.85


def _field(generator):
    """A value a frame, of variance 1 and correlated within each clip."""
    fresh = generator.normal(size=len(_NAMES))
    values = fresh.copy()
    for frame in range(1, len(fresh)):
        if _CLIP[frame] == _CLIP[frame - 1]:
            values[frame] = _CORRELATION * values[frame - 1] + fresh[frame] * np.sqrt(
                1 - _CORRELATION**2
            )
    return values


def _training(dataset, method, seed, right):
    """An evaluation in which each image has a share of right pixels; the rest is a neighbor."""
    hits = np.round(_PIXELS * np.clip(right, 0, 1)).astype(np.int64)
    confusion = np.zeros((len(_NAMES), _CLASSES, _CLASSES), np.int64)
    diagonal = np.arange(_CLASSES)
    confusion[:, diagonal, diagonal] = hits[:, None]
    confusion[:, diagonal, (diagonal + 1) % _CLASSES] = (_PIXELS - hits)[:, None]
    return Evaluation(dataset, "danet", method, seed, _NAMES, confusion, {}, ())


def compare(generator, seeds, effect=0.0, luck=_LUCK, taste=_TASTE, dataset="camvid"):
    """One simulated comparison of two methods; returns its row.

    Both meet the same hard images. Each has a taste for images of its own, and each training
    its luck.
    """
    hard = 0.7 + 0.1 * _field(generator)
    trainings = []
    for method, gain in (("single", 0.0), ("same_layer", effect)):
        own = hard + gain + taste * _field(generator)
        lucks = luck * generator.normal(size=seeds)
        trainings += [_training(dataset, method, seed, own + lucks[seed]) for seed in range(seeds)]
    sampled = resampled(trainings, 300, 30, int(generator.integers(2**31)))
    (row,) = comparisons_table(sampled, _PLAN).to_dict("records")
    return row


@pytest.mark.long
@pytest.mark.parametrize("seeds", [3, 5])
@pytest.mark.parametrize("noise", [{}, {"taste": 0.0}], ids=["both", "trainings alone"])
def test_equal_methods_are_called_different_in_one_of_twenty_runs(seeds, noise):
    share = _decided(seeds, **noise)
    print(f"{seeds} seeds, {noise or 'all noise'}: {share:.1%} of equal methods called different")
    assert 0.03 < share < 0.075


@pytest.mark.long
@pytest.mark.parametrize(("seeds", "least"), [(3, 0.7), (5, 0.85)])
def test_an_effect_of_five_points_is_seen_in_most_runs(seeds, least):
    share = _decided(seeds, effect=0.04)
    print(f"{seeds} seeds: an effect of 4.8 points is seen in {share:.1%} of runs")
    assert share > least


@pytest.mark.long
def test_images_drawn_alone_err_far_more_often_in_videos():
    share = _decided(5, dataset="voc", luck=0.001)
    print(f"5 seeds, images drawn alone: {share:.1%} of equal methods called different")
    assert share > 0.3


def test_two_seeds_decide_nothing_and_the_reason_says_so():
    row = compare(np.random.default_rng(1), 2, effect=0.2)
    assert row["low"] > 0
    assert (row["verdict"], row["reason"]) == ("undecided", "two seeds")
    assert np.isnan(row["p"])


def test_noise_of_trainings_alone_decides_as_a_t_test_does():
    generator = np.random.default_rng(4)
    gaps = [compare(generator, 3, taste=0.0) for _ in range(60)]
    assert np.mean([row["verdict"] != "undecided" for row in gaps]) < 0.2
    # Images alone would decide nearly all of them.
    images = [compare(generator, 1, taste=0.0) for _ in range(20)]
    assert np.mean([row["low"] > 0 or row["high"] < 0 for row in images]) > 0.8
    assert {row["reason"] for row in images} == {"one seed"}


def _decided(seeds, draws=2000, **noise):
    generator = np.random.default_rng(seeds)
    # The matrices are small: several threads take many times as long as a single one.
    with threadpool_limits(1):
        rows = [compare(generator, seeds, **noise) for _ in range(draws)]
    return np.mean([row["verdict"] != "undecided" for row in rows])
