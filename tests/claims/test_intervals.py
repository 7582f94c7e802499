"""Shares and their Wilson intervals."""

from math import sqrt
from statistics import NormalDist

import pytest

from triptych.claims.intervals import Estimate, wilson


@pytest.mark.parametrize(
    ("successes", "count"), [(0, 1), (1, 1), (1, 2), (3, 17), (950, 1000), (9_999, 10_000)]
)
def test_the_interval_is_wilsons(successes, count):
    z = NormalDist().inv_cdf(0.975)
    share = successes / count
    center = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    found = wilson(successes, count)
    assert found.value == share
    assert found.low == pytest.approx(center - half, abs=1e-9)
    assert found.high == pytest.approx(center + half, abs=1e-9)


def test_a_tenth_of_a_hundred_has_the_interval_of_the_textbooks():
    # As statsmodels' proportion_confint(10, 100, method="wilson") has it.
    found = wilson(10, 100)
    assert (found.low, found.high) == pytest.approx((0.05522914, 0.17436566), abs=1e-8)


@pytest.mark.parametrize("count", [1, 7, 49, 200, 1000, 9_973, 10_000])
def test_the_interval_always_contains_the_share_and_ends_between_0_and_1(count):
    for successes in {0, 1, count // 3, count - 1, count}:
        found = wilson(successes, count)
        assert 0 <= found.low <= found.value <= found.high <= 1


def test_none_and_all_are_at_the_end_of_their_interval():
    assert wilson(0, 50).low == 0 < wilson(0, 50).high
    assert wilson(50, 50).low < wilson(50, 50).high == 1


def test_an_estimate_is_written_with_three_decimals():
    assert str(Estimate(0.5, 0.25, 0.75049)) == "0.500 (0.250 to 0.750)"
