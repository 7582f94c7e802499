"""Fréchet distances and the floor, which falls with the number of images."""

import numpy as np
import pytest
from support import error_of

from triptych.audit.floors import frechet_floor
from triptych.personalization.metrics import frechet_distance


def _verdicts(table, **options):
    return [judgment.verdict for judgment in frechet_floor(table, of=["fid"], **options)]


def test_a_distance_below_the_floor_fails(rows):
    table = rows("fid\n7.56\n8.92\n8.99\n9.01")
    assert _verdicts(table, floor="9", n="530") == ["fails", "fails", "fails", "passes"]


def test_rounding_may_lift_a_distance_to_the_floor(rows):
    assert _verdicts(rows("fid\n8.99"), floor="8.995", n="530") == ["passes"]
    table = rows("fid floor\n8.9 9.0\n8.9 9")
    assert _verdicts(table, floor="floor", n="9") == ["passes", "passes"]
    assert _verdicts(rows("fid floor\n8.9 9.1"), floor="floor", n="9") == ["fails"]


def test_a_floor_says_nothing_about_more_images(rows):
    table = rows("fid images\n5 100\n5 500\n5 501")
    assert _verdicts(table, floor="9", n="images", floor_n="500") == ["fails", "fails", "no power"]


def test_the_expected_distance_of_equal_distributions_falls_with_the_number_of_images():
    """The reason why a floor applies to fewer images as well."""
    draws = np.random.default_rng(1)
    real = draws.normal(size=(500, 8))
    means = [
        np.mean([frechet_distance(draws.normal(size=(n, 8)), real) for _ in range(20)])
        for n in (10, 20, 40, 80)
    ]
    assert means == sorted(means, reverse=True)
    assert means[-1] > 0


@pytest.mark.parametrize("n", ["0", "2.5", "images"])
def test_a_number_of_images_is_a_positive_integer(rows, n):
    error = error_of(frechet_floor, rows("fid images\n5 0"), of=["fid"], floor="9", n=n)
    assert "positive integer" in error.expected
