"""Intervals over persons, by the jackknife: each person is left out once.

Images of one person are alike, so the units are persons, not images. A bootstrap is not
suitable: a sample repeats some persons and omits about a third. Both sets are then less
diverse, which shifts a Fréchet distance or an inception score. The jackknife changes the
sets by one part in P. It draws nothing at random: equal features give equal intervals.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from triptych.claims.intervals import Estimate

_UPPER_TAIL = 0.975

Floats = NDArray[np.float64]
Persons = NDArray[np.str_]
Everyone = Sequence[str]


@dataclass(frozen=True)
class Jackknifed:
    """A number for all persons, and without each person, float64 (P,).

    The order of the persons is the same for all numbers of a run.
    """

    value: float
    without: Floats

    def estimate(self) -> Estimate:
        """Return the number with its 95 % interval, t-distributed with P - 1 degrees of freedom.

        The ends are NaN if a number without a person is undefined.
        """
        count = len(self.without)
        variance = (count - 1) / count * ((self.without - self.without.mean()) ** 2).sum()
        half = float(t.ppf(_UPPER_TAIL, count - 1) * np.sqrt(variance))
        return Estimate(self.value, self.value - half, self.value + half)

    def minus(self, other: "Jackknifed") -> "Jackknifed":
        """Return the difference from another number, person by person.

        The difficulty of a person affects both numbers and cancels: the interval is narrower
        than that of two independent numbers.
        """
        return Jackknifed(self.value - other.value, self.without - other.without)


def leave_each_out(
    statistic: Callable[..., float],
    sets: Sequence[Floats],
    persons: Sequence[Persons],
    everyone: Everyone,
) -> Jackknifed:
    """Compute a number for sets of images, each (n, ...), with all persons and without each person.

    ``persons`` has the person of each row of each set.
    """
    without = [
        statistic(*(rows[whose != person] for rows, whose in zip(sets, persons, strict=True)))
        for person in everyone
    ]
    return Jackknifed(statistic(*sets), np.array(without))


def mean_over_persons(
    values: Floats | NDArray[np.bool_], persons: Persons, everyone: Everyone
) -> Jackknifed:
    """Return the mean over persons of the mean of each person's values, (n,).

    Every person has the same weight, regardless of the number of images, which is at least one.
    """
    means = np.array([values[persons == person].mean() for person in everyone])
    return Jackknifed(float(means.mean()), (means.sum() - means) / (len(means) - 1))


def sums_between(matrix: Floats, rows: Persons, columns: Persons, everyone: Everyone) -> Floats:
    """Sum a matrix (n, m) over every pair of persons, (P, P).

    The matrix has one number for each pair of images, ``rows`` and ``columns`` the person of each.
    """
    return _membership(rows, everyone).T @ matrix @ _membership(columns, everyone)


def totals_without_each(sums: Floats) -> Floats:
    """Return the total of sums (P, P) without the row and column of each person, (P,)."""
    return sums.sum() - sums.sum(axis=0) - sums.sum(axis=1) + sums.diagonal()


def _membership(persons: Persons, everyone: Everyone) -> Floats:
    return (persons[:, None] == np.asarray(everyone)[None, :]).astype(np.float64)
