"""The bootstrap: its value is the direct one, its pairing narrows, it survives odd input."""

from dataclasses import replace

import numpy as np
import pytest
from evaluations import evaluation, evaluations, resampled, written
from support import error_of

from triptych.errors import UserError
from triptych.segmentation.artifacts.evaluations import partners, read_split
from triptych.segmentation.artifacts.resampling import Sampled
from triptych.segmentation.artifacts.sampling import sampling

_SINGLE, _SAME = ("danet", "single"), ("danet", "same_layer")


def _resample(split, resamples=400, seed=5):
    return resampled(split, resamples, seed=seed)


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
        assert found.sampling.images == 30


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
    paired = sampled[_SAME].above(sampled[_SINGLE]).estimate
    same, single = sampled[_SAME].estimate(0), sampled[_SINGLE].estimate(0)
    assert paired.value == same.value - single.value
    assert paired.low < paired.value < paired.high
    unpaired = (same.high - single.low) - (same.low - single.high)
    assert paired.high - paired.low < unpaired / 3


def test_a_model_does_not_differ_from_its_own_copy():
    one = evaluation(seed=0)
    twin = replace(one, method="ensemble")
    sampled = _resample([one, twin])
    gap = sampled["danet", "ensemble"].above(sampled[_SINGLE]).estimate
    assert (gap.low, gap.value, gap.high) == (0, 0, 0)


def test_the_spread_over_seeds_widens_the_interval():
    alike = [replace(evaluation(), seed=seed) for seed in range(3)]
    unlike = evaluations(["danet"], ["single"], seeds=(-8, 1, 10))

    def width(split):
        estimate = _resample(split)[_SINGLE].estimate(0)
        return estimate.high - estimate.low

    assert width(unlike) > 1.5 * width(alike)


def test_models_with_equal_seeds_are_paired_by_seed():
    """The luck of a seed, which both methods share, cancels in their difference."""
    sampled = _resample(evaluations(["danet"], ["single", "same_layer"], seeds=(-8, 1, 10)))
    gap = sampled[_SAME].above(sampled[_SINGLE]).estimate
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


def test_draws_without_a_number_are_left_out_and_ends_stay_within_0_and_100():
    rule = sampling("voc", [f"image_{index}" for index in range(20)], 1)

    def estimate(*draws, value=50.0):
        found = Sampled(rule, (0,), np.array([[value]]), np.array([draws])[..., None]).estimate(0)
        return found.low, found.high

    low, high = estimate(48, np.nan, 52)
    # Of 48 and 52: a deviation of 2.83, 20/19 of its square, Student's t with 19 degrees.
    assert (50 - low, high - 50) == pytest.approx((6.07, 6.07), abs=0.01)
    assert estimate(0, 100) == (0, 100)
    assert np.isnan(estimate(np.nan)).all()


def test_a_difference_is_that_of_the_common_seeds_alone():
    split = [
        *evaluations(["danet"], ["single"], (0, 1, 2, 3)),
        *evaluations(["danet"], ["same_layer"], (1, 3, 5)),
    ]
    sampled = _resample(split)
    same, single = sampled[_SAME], sampled[_SINGLE]
    assert same.common(single) == [1, 3]
    gap = same.above(single)
    direct = [
        _direct(split[4])[0] - _direct(split[1])[0],
        _direct(split[5])[0] - _direct(split[3])[0],
    ]
    assert (gap.value, gap.seeds) == (pytest.approx(np.mean(direct)), 2)


def test_the_partner_of_an_ensemble_is_scored_as_a_method_of_its_own():
    split = evaluations(["danet"], ["single", "ensemble"], (0, 1))
    alone = partners(split)
    assert [(one.method, one.seed) for one in alone] == [("partner", 0), ("partner", 1)]
    sampled = _resample([*split, *alone])
    assert sampled["danet", "partner"].per_seed[0, 0] == pytest.approx(_direct(alone[0])[0])
    assert sampled["danet", "partner"].per_seed[0, 0] != sampled["danet", "ensemble"].per_seed[0, 0]


def test_one_image_alone_has_no_interval():
    (found,) = _resample([evaluation(images=1)]).values()
    assert not np.isnan(found.estimate(0).value)
    assert np.isnan(found.estimate(0).low)


@pytest.mark.parametrize("seeds", [1, 3, 7])
def test_the_interval_holds_the_value_whatever_is_rounded(seeds):
    alike = [replace(evaluation(images=2), seed=seed) for seed in range(seeds)]
    for one in alike:
        one.confusion[1] = one.confusion[0]
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
    assert long.shape == (1, 1100, 12)
    assert np.array_equal(long, again)
    assert not np.array_equal(long, other)
    # The second block has draws of its own.
    assert not np.isin(long[0, 1000:, 0], long[0, :1000, 0]).all()


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
        (replace(_OTHER, names=_OTHER.names[::-1]), "image_29 instead of image_0"),
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
