"""Intervals over persons, by the jackknife: each person is left out once.

The spread over training seeds is joined where a row has several.

Images of one person are alike, so the units are persons, not images. A bootstrap is not
suitable: a sample repeats some persons and omits about a third. Both sets are then less
diverse, which shifts a Fréchet distance or an inception score. The jackknife changes the
sets by one part in P. It draws nothing at random: equal features give equal intervals.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triptych.claims.differences import Mean, mean_over_seeds
from triptych.claims.intervals import Estimate

Floats = NDArray[np.float64]
Persons = NDArray[np.str_]
Everyone = Sequence[str]


@dataclass(frozen=True)
class Jackknifed:
    """A number of one training, for all persons, and without each person, float64 (P,).

    The order of the persons is the same for all numbers of a run.
    """

    value: float
    without: Floats

    def minus(self, other: "Jackknifed") -> "Jackknifed":
        """Return the difference from another number, person by person.

        The difficulty of a person affects both numbers and cancels: the interval is narrower
        than that of two independent numbers.
        """
        return Jackknifed(self.value - other.value, self.without - other.without)


@dataclass(frozen=True)
class Trainings:
    """A number of a row by the seed of its training; rows that are trained once have seed 0.

    ``repeated`` says whether the row has a training of its own for every seed.
    """

    by_seed: Mapping[int, Jackknifed]
    repeated: bool

    def mean(self) -> Mean:
        """Return the mean over the seeds; its interval joins seeds and persons.

        The jackknife over persons replaces the bootstrap of
        :func:`~triptych.claims.differences.mean_over_seeds`: the factor turns the variance of
        the numbers without a person into that of the number.
        """
        numbers = list(self.by_seed.values())
        without = np.stack([number.without for number in numbers])
        persons = without.shape[1]
        return mean_over_seeds(
            np.array([number.value for number in numbers]),
            without,
            (persons - 1) ** 2 / persons,
            persons - 1,
        )

    def estimate(self) -> Estimate:
        """Return the mean with its 95 % interval, whose ends are NaN if undefined."""
        return self.mean().estimate

    def minus(self, other: "Trainings") -> "Trainings":
        """Return the difference from another row: person by person, and seed by seed.

        A row that is trained once is compared with every training of the other row.
        """
        repeated = self.repeated or other.repeated
        if self.repeated and other.repeated:
            seeds = [seed for seed in self.by_seed if seed in other.by_seed]
        else:
            seeds = list((self if self.repeated else other).by_seed)
        return Trainings({seed: self._of(seed).minus(other._of(seed)) for seed in seeds}, repeated)

    def _of(self, seed: int) -> Jackknifed:
        return self.by_seed[seed if self.repeated else 0]


@dataclass(frozen=True)
class Drawn:
    """A number of several random draws of real photos."""

    values: Floats

    def estimate(self) -> Estimate:
        """Return the mean over the draws with the smallest and the largest number."""
        return Estimate(
            *(float(one) for one in (self.values.mean(), self.values.min(), self.values.max()))
        )


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


def ratio_of_means(a: Jackknifed, b: Jackknifed) -> Jackknifed:
    """Return the ratio of two numbers of the same persons."""
    return Jackknifed(a.value / b.value, a.without / b.without)


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
