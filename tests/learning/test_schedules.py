"""Factors of the learning rate."""

import math

import pytest

from triptych.learning.schedules import half_cosine, polynomial, warm_up


def test_a_warm_up_rises_linearly_and_stays() -> None:
    factors = [warm_up(step, 3) for step in range(6)]
    assert factors == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1])
    assert warm_up(0, 0) == 1


def test_a_half_cosine_falls_from_one_through_half_to_zero() -> None:
    factors = [half_cosine(n / 100) for n in range(101)]
    assert factors[0] == 1
    assert factors[25] == pytest.approx((2 + math.sqrt(2)) / 4)
    assert factors[50] == pytest.approx(0.5)
    assert factors[100] == pytest.approx(0)
    assert factors == sorted(factors, reverse=True)


def test_a_polynomial_falls_from_one_to_zero() -> None:
    assert polynomial(0.0, 0.9) == 1
    assert polynomial(0.5, 0.9) == 0.5**0.9
    assert polynomial(1.0, 0.9) == 0
