"""Intervals over persons: each is left out once, and the spread of what is left is scaled up.

Images of one person are alike, so persons, not images, are the units. No bootstrap: a
resample holds some persons twice and about a third of them not at all, which makes both
sets less diverse than they are and so shifts a Fréchet distance or an inception score;
leaving one person out changes the sets by one part in P. Nothing is drawn at random:
equal features give equal intervals.
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
    """A number, and what it is without each person.

    Attributes
    ----------
    value
        Of all persons.
    without
        float64 (P,): without each person in turn; the same order for all numbers of a run.
    """

    value: float
    without: Floats

    def estimate(self) -> Estimate:
        """The number with its 95 % interval, t distributed with P - 1 degrees of freedom.

        The ends are NaN where a number without a person is undefined.
        """
        count = len(self.without)
        variance = (count - 1) / count * ((self.without - self.without.mean()) ** 2).sum()
        half = float(t.ppf(_UPPER_TAIL, count - 1) * np.sqrt(variance))
        return Estimate(self.value, self.value - half, self.value + half)

    def minus(self, other: "Jackknifed") -> "Jackknifed":
        """The difference from another number, person by person.

        What is hard about a person for both cancels: the interval is narrower than the
        two numbers' own ones would make it.
        """
        return Jackknifed(self.value - other.value, self.without - other.without)


def leave_each_out(
    statistic: Callable[..., float],
    sets: Sequence[Floats],
    persons: Sequence[Persons],
    everyone: Everyone,
) -> Jackknifed:
    """Compute a number of sets of images with all persons, and without each.

    Parameters
    ----------
    statistic
        A function of the sets.
    sets, persons
        The sets, (n, ...) each, and the person of each row.
    everyone
        The persons, in the order of the result.
    """
    without = [
        statistic(*(rows[whose != person] for rows, whose in zip(sets, persons, strict=True)))
        for person in everyone
    ]
    return Jackknifed(statistic(*sets), np.array(without))


def mean_over_persons(
    values: Floats | NDArray[np.bool_], persons: Persons, everyone: Everyone
) -> Jackknifed:
    """The mean over persons of the mean of each one's values.

    Every person counts alike, however many images he has.

    Parameters
    ----------
    values, persons
        (n,): of each image.
    everyone
        The persons, in the order of the result; each has an image.
    """
    means = np.array([values[persons == person].mean() for person in everyone])
    return Jackknifed(float(means.mean()), (means.sum() - means) / (len(means) - 1))


def sums_between(matrix: Floats, rows: Persons, columns: Persons, everyone: Everyone) -> Floats:
    """Sum a matrix (n, m) over every pair of persons, (P, P).

    Parameters
    ----------
    matrix
        A number for every pair of images.
    rows, columns
        The person of each row and column.
    everyone
        The persons, in the order of the result.
    """
    return _membership(rows, everyone).T @ matrix @ _membership(columns, everyone)


def totals_without_each(sums: Floats) -> Floats:
    """The total of sums (P, P) without row and column of each person in turn, (P,)."""
    return sums.sum() - sums.sum(axis=0) - sums.sum(axis=1) + sums.diagonal()


def _membership(persons: Persons, everyone: Everyone) -> Floats:
    return (persons[:, None] == np.asarray(everyone)[None, :]).astype(np.float64)
