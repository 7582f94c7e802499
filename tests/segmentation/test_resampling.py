"""The bootstrap: its value is the direct one, its pairing narrows, it survives odd input."""

from dataclasses import replace

import numpy as np
import pytest
from evaluations import evaluation, evaluations, written
from support import error_of

from triptych.errors import UserError
from triptych.segmentation.artifacts.evaluations import read_split
from triptych.segmentation.artifacts.resampling import Sampled, resample

_SINGLE, _SAME = ("danet", "single"), ("danet", "same_layer")


def _resample(split, resamples=400, seed=5):
    return resample(split, resamples, seed)


def _direct(one):
    """mIoU and IoU of the whole split in percent, pixel by pixel as the definition has it."""
    total = one.confusion.sum(axis=0)
    shares = [
        total[c, c] / (total[c].sum() + total[:, c].sum() - total[c, c]) for c in range(len(total))
    ]
    return 100 * np.array([np.mean(shares), *shares])


def test_the_value_is_that_of_the_images_as_they_are():
    sampled = _resample(evaluations(["danet"]))
    for one in evaluations(["danet"]):
        found = sampled[one.network, one.method]
        values = [found.estimate(column).value for column in range(12)]
        assert values == pytest.approx(_direct(one), abs=1e-12)
        assert found.images == 30


def test_the_value_is_the_mean_over_seeds_and_the_spread_their_deviation():
    split = evaluations(["danet"], ["single"], seeds=(0, 1, 2))
    found = _resample(split)[_SINGLE]
    direct = np.array([_direct(one) for one in split])
    assert found.estimate(0).value == pytest.approx(direct[:, 0].mean())
    assert found.spread(0) == pytest.approx(direct[:, 0].std(ddof=1))
    assert found.estimate(3).value == pytest.approx(direct[:, 3].mean())


def test_one_seed_has_no_spread():
    assert np.isnan(_resample([evaluation()])[_SINGLE].spread(0))


def test_the_interval_is_as_wide_as_images_differ():
    (one,) = _resample([evaluation()]).values()
    estimate = one.estimate(0)
    assert estimate.low < estimate.value < estimate.high
    # A fourfold split of the same images has half the standard error.
    wide = evaluation()
    names = tuple(f"{name}_{copy}" for copy in range(4) for name in wide.names)
    large = replace(wide, names=names, confusion=np.tile(wide.confusion, (4, 1, 1)))
    (four,) = _resample([large]).values()
    ratio = (four.estimate(0).high - four.estimate(0).low) / (estimate.high - estimate.low)
    assert ratio == pytest.approx(0.5, abs=0.1)


def test_the_interval_covers_as_a_resampling_by_hand_does():
    one = evaluation()
    generator = np.random.default_rng(11)
    by_hand = []
    for _ in range(400):
        chosen = generator.integers(0, 30, 30)
        by_hand.append(_direct(replace(one, confusion=one.confusion[chosen]))[0])
    estimate = _resample([one])[_SINGLE].estimate(0)
    low, high = np.percentile(by_hand, [2.5, 97.5])
    assert estimate.low == pytest.approx(low, abs=0.5)
    assert estimate.high == pytest.approx(high, abs=0.5)


def test_a_paired_interval_is_narrower_than_the_ends_of_two_intervals():
    sampled = _resample(evaluations(["danet"]))
    paired = sampled[_SAME].above(sampled[_SINGLE])
    same, single = sampled[_SAME].estimate(0), sampled[_SINGLE].estimate(0)
    assert paired.value == same.value - single.value
    assert paired.low < paired.value < paired.high
    unpaired = (same.high - single.low) - (same.low - single.high)
    assert paired.high - paired.low < unpaired / 3


def test_a_model_does_not_differ_from_its_own_copy():
    one = evaluation(seed=0)
    twin = replace(one, method="ensemble")
    sampled = _resample([one, twin])
    gap = sampled["danet", "ensemble"].above(sampled[_SINGLE])
    assert (gap.low, gap.value, gap.high) == (0, 0, 0)


def test_seeds_are_resampled_too():
    alike = [replace(evaluation(), seed=seed) for seed in range(3)]
    unlike = evaluations(["danet"], ["single"], seeds=(-8, 1, 10))

    def width(split):
        estimate = _resample(split)[_SINGLE].estimate(0)
        return estimate.high - estimate.low

    assert width(unlike) > 1.5 * width(alike)


def test_models_with_equal_seeds_have_the_same_ones_drawn():
    """The luck of a seed, which both methods share, cancels in their difference."""
    sampled = _resample(evaluations(["danet"], ["single", "same_layer"], seeds=(-8, 1, 10)))
    gap = sampled[_SAME].above(sampled[_SINGLE])
    alone = sampled[_SAME].estimate(0)
    assert gap.high - gap.low < (alone.high - alone.low) / 3


def test_a_class_that_occurs_nowhere_has_no_number_and_leaves_the_mean_alone():
    one = evaluation()
    one.confusion[:, 10, :] = 0
    one.confusion[:, :, 10] = 0
    found = _resample([one])[_SINGLE]
    assert np.isnan(found.estimate(11).value)
    assert np.isnan(found.estimate(11).high)
    assert found.estimate(0).value == pytest.approx(
        np.mean([found.estimate(column).value for column in range(1, 11)])
    )


def test_a_class_in_a_single_image_has_the_interval_of_the_draws_that_hold_it():
    one = evaluation()
    one.confusion[:, 4, :] = 0
    one.confusion[:, :, 4] = 0
    one.confusion[0, 4, 4:6] = 60, 40
    estimate = _resample([one])[_SINGLE].estimate(5)
    assert (estimate.low, estimate.value, estimate.high) == pytest.approx((60, 60, 60))


def test_draws_without_a_number_are_left_out_and_the_value_is_never_left_outside():
    def estimate(*draws):
        return Sampled(1, np.array([[50.0]]), np.array([draws]).T).estimate(0)

    assert estimate(40, np.nan, 60).low == pytest.approx(40.5)
    assert estimate(40, 41).high == 50
    assert estimate(60, 61).low == 50
    assert (estimate(np.nan).low, estimate(np.nan).high) == (50, 50)


@pytest.mark.parametrize("seeds", [1, 3, 7])
def test_the_interval_holds_the_value_whatever_is_rounded(seeds):
    alike = [replace(evaluation(images=1), seed=seed) for seed in range(seeds)]
    found = _resample(alike)[_SINGLE]
    for column in range(12):
        estimate = found.estimate(column)
        assert estimate.low == pytest.approx(estimate.high, nan_ok=True)
        assert np.isnan(estimate.value) or estimate.low <= estimate.value <= estimate.high


def test_equal_seeds_draw_equally_in_blocks_of_any_number():
    split = evaluations(["danet"], ["single"])
    long, again, other = (
        _resample(split, resamples, seed)[_SINGLE].draws
        for resamples, seed in ((1100, 5), (1100, 5), (1100, 6))
    )
    assert long.shape == (1100, 12)
    assert np.array_equal(long, again)
    assert not np.array_equal(long, other)
    # The second block has draws of its own.
    assert not np.isin(long[1000:, 0], long[:1000, 0]).all()


def test_a_split_is_read_in_the_papers_order(tmp_path):
    paths = written(evaluations(seeds=(0, 1)), tmp_path)
    split = read_split(paths[::-1])
    assert [(one.network, one.method, one.seed) for one in split] == [
        (network, method, seed)
        for network in ("danet", "deeplabv3plus")
        for method in ("single", "ensemble", "same_layer", "multiple_layer")
        for seed in (0, 1)
    ]


_OTHER = evaluation(method="ensemble")


@pytest.mark.parametrize(
    ("other", "found"),
    [
        (evaluation(method="ensemble", dataset="drawn_streets"), "drawn_streets"),
        (evaluation(method="ensemble", images=29), "29"),
        (evaluation(), "a duplicate"),
        (replace(_OTHER, names=_OTHER.names[::-1]), "other images"),
        (replace(_OTHER, confusion=_OTHER.confusion[:, :10, :10]), "(30, 10, 10)"),
    ],
    ids=["data set", "images", "duplicate", "order", "classes"],
)
def test_evaluations_that_cannot_be_compared_are_refused(tmp_path, other, found):
    error = error_of(read_split, written([evaluation(), other], tmp_path))
    assert found in error.found
    assert "danet" in error.where


def test_no_evaluation_at_all_is_refused():
    with pytest.raises(UserError, match="at least one evaluation"):
        read_split([])
