"""The mean over trainings: its error, its freedom, and Holm's correction, by hand."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control, ttest_1samp

from triptych.claims.differences import holm, mean_over_seeds


def _mean(per_seed, spread=0.0, freedom=50.0, inflation=1.0):
    """A mean whose resamples spread as given."""
    draws = np.array(per_seed)[:, None] + spread * np.array([-1, 1]) / np.sqrt(2)
    return mean_over_seeds(np.array(per_seed), draws, inflation, freedom)


def test_without_variance_over_items_it_is_a_t_test_over_seeds():
    values = [0.4, 1.3, 0.2, 0.9]
    mean = _mean(values)
    expected = ttest_1samp(values, 0)
    interval = expected.confidence_interval()
    assert mean.p == pytest.approx(expected.pvalue)
    assert (mean.estimate.low, mean.estimate.high) == pytest.approx((interval.low, interval.high))
    assert (mean.value, mean.seeds, mean.degrees_of_freedom) == (pytest.approx(0.7), 4, 3)


def test_both_variances_are_joined_by_satterthwaite():
    values = np.array([1.0, 2.0, 4.0])
    mean = _mean(values, spread=0.5, freedom=6.0, inflation=1.5)
    trainings, items = values.var(ddof=1) / 3, 1.5 * 0.25
    assert mean.standard_error == pytest.approx(np.sqrt(trainings + items))
    expected = (trainings + items) ** 2 / (trainings**2 / 2 + items**2 / 6)
    assert mean.degrees_of_freedom == pytest.approx(expected)


def test_equal_trainings_leave_the_freedom_of_the_items():
    assert _mean([1.0, 1.0, 1.0], spread=0.5, freedom=6.0).degrees_of_freedom == pytest.approx(6)


@pytest.mark.parametrize(("seeds", "doubt"), [(1, "one seed"), (2, "two seeds"), (3, None)])
def test_fewer_than_three_trainings_decide_nothing(seeds, doubt):
    mean = _mean([5.0, 5.1, 5.2][:seeds], spread=0.01)
    assert mean.doubt == doubt
    assert np.isnan(mean.p) == (doubt is not None)
    assert mean.estimate.low < mean.value < mean.estimate.high


def test_a_training_without_a_number_is_left_out():
    mean = _mean([1.0, np.nan, 3.0])
    assert (mean.value, mean.seeds) == (2, 2)
    nothing = _mean([np.nan])
    assert np.isnan(nothing.value)
    assert nothing.seeds == 0


def test_equal_models_do_not_differ():
    assert _mean([0.0, 0.0, 0.0]).p == 1
    assert _mean([2.0, 2.0, 2.0]).p == 0


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005], 4) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9], 2) == pytest.approx([1.0, 1.0])
    assert holm([], 6) == []


def test_holm_never_allows_more_than_a_false_discovery_rate():
    p_values = np.random.default_rng(2).random(9) ** 3
    assert (np.array(holm(p_values, 9)) >= false_discovery_control(p_values) - 1e-12).all()


def test_planned_tests_without_a_result_count():
    adjusted = holm([0.01, np.nan], 6)
    assert adjusted[0] == pytest.approx(0.06)
    assert np.isnan(adjusted[1])
