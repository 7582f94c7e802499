"""Compute every score of every row, with and without each person."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triptych.errors import UserError
from triptych.job.progress import bar
from triptych.job.seeds import derive
from triptych.personalization.artifacts.jackknife import (
    Everyone,
    Floats,
    Jackknifed,
    Persons,
    leave_each_out,
    mean_over_persons,
    sums_between,
    totals_without_each,
)
from triptych.personalization.artifacts.names import REAL, Metric, Row
from triptych.personalization.features import Described, Features
from triptych.personalization.methods import VARIANTS
from triptych.personalization.metrics import (
    frechet_distance,
    inception_score,
    mean_direction,
    mean_discrepancy,
    polynomial_kernel,
    ranked_first,
    similarity_excess,
)


@dataclass(frozen=True)
class Score:
    """One number of one row, with and without each person.

    ``n_real`` counts the photos in the comparison, ``n_generated`` the scored images. In the row of
    the real photos the scored images are photos, too; they are compared with the other half, with
    the references, or with no photos.
    """

    number: Jackknifed
    n_real: int
    n_generated: int


Scores = dict[tuple[Row, Metric], Score]


@dataclass(frozen=True)
class _Images:
    """Images in double precision, one row for each image."""

    persons: Persons
    features: Floats
    probabilities: Floats
    identity: Floats

    def __len__(self) -> int:
        return len(self.persons)

    def __getitem__(self, rows: NDArray[np.bool_] | list[int]) -> "_Images":
        return _Images(
            self.persons[rows], self.features[rows], self.probabilities[rows], self.identity[rows]
        )


def score_all(features: Features, seed: int) -> Scores:
    """Score every row of the run, and the real photos against themselves.

    A row's images are compared with all photos of the test persons. ``identity`` is the cosine
    to the direction of the person's references. ``identity_other`` is the cosine to that of
    the next person in alphabetical order; the first person follows the last. ``rank1`` is
    measured among all test persons, who all remain in the gallery when one is left out.

    The real photos are divided at random into two halves, each with half of every person's
    photos. The distances between the halves are those of a perfect generator at half the
    number. For identity the held-out photos replace the generated images. In
    ``identity_target`` and ``copy`` each reference in turn is the photo to restore, and the
    others are the references.

    Raises
    ------
    UserError
        The persons of a row differ from those of the photos, or a named photo is missing.
    """
    _check(features)
    everyone = sorted(set(features.photos.persons))
    photos = _images(features.photos)
    shown = _references(features, everyone)
    index = {name: number for number, name in enumerate(features.photo_names)}
    scores: Scores = {}
    rows = [variant for variant in VARIANTS if variant in features.generated]
    for variant in bar(rows, "score", unit="row"):
        images = _images(features.generated[variant])
        targets = photos[[index[name] for name in features.targets[variant]]].identity
        numbers = {
            **_distances(photos, images, everyone),
            **_class_scores(images, everyone),
            **_identities(images, shown, targets, everyone),
        }
        for metric, number in numbers.items():
            scores[variant, metric] = Score(number, len(photos), len(images))
    return scores | dict(_real_scores(features, photos, shown, seed))


def first_half(persons: Persons, seed: int) -> NDArray[np.bool_]:
    """Choose half of every person's photos at random, bool (n,).

    The larger part of an odd number of photos goes to the first and the second half in turn.
    """
    chosen = np.zeros(len(persons), bool)
    for number, person in enumerate(sorted(set(persons.tolist()))):
        generator = np.random.default_rng(derive(seed, person))
        order = generator.permutation(np.flatnonzero(persons == person))
        chosen[order[number % 2 :: 2]] = True
    return chosen


def _real_scores(
    features: Features, photos: _Images, shown: Sequence[Floats], seed: int
) -> Iterator[tuple[tuple[Row, Metric], Score]]:
    everyone = sorted(set(features.photos.persons))
    half = first_half(photos.persons, seed)
    for metric, number in _distances(photos[half], photos[~half], everyone).items():
        yield (REAL, metric), Score(number, int(half.sum()), int((~half).sum()))
    for metric, number in _class_scores(photos, everyone).items():
        yield (REAL, metric), Score(number, 0, len(photos))
    named = {name for names in features.references.values() for name in names}
    held_out = photos[np.array([name not in named for name in features.photo_names])]
    for metric, number in _real_identities(held_out, shown, everyone).items():
        yield (REAL, metric), Score(number, len(named), len(held_out))


def _distances(a: _Images, b: _Images, everyone: Everyone) -> dict[Metric, Jackknifed]:
    sets, persons = (a.features, b.features), (a.persons, b.persons)
    return {
        "fd": leave_each_out(frechet_distance, sets, persons, everyone),
        "kid": _kernel_distances(a, b, everyone),
    }


def _kernel_distances(a: _Images, b: _Images, everyone: Everyone) -> Jackknifed:
    """Compute kernel distances from sums over persons: the kernel is computed only once."""
    parts = []
    for x, y in ((a, a), (b, b), (a, b)):
        kernel = polynomial_kernel(x.features, y.features)
        if x is y:
            np.fill_diagonal(kernel, 0)
        parts.append(sums_between(kernel, x.persons, y.persons, everyone))
    counts = [np.array([(one.persons == p).sum() for p in everyone]) for one in (a, b)]
    within_a, within_b, across = (totals_without_each(sums) for sums in parts)
    without = [
        mean_discrepancy(*numbers)
        for numbers in zip(
            within_a, len(a) - counts[0], within_b, len(b) - counts[1], across, strict=True
        )
    ]
    whole = mean_discrepancy(parts[0].sum(), len(a), parts[1].sum(), len(b), parts[2].sum())
    return Jackknifed(whole, np.array(without))


def _class_scores(images: _Images, everyone: Everyone) -> dict[Metric, Jackknifed]:
    sets, persons = (images.probabilities,), (images.persons,)
    uniform = partial(inception_score, uniform=True)
    return {
        "is_marginal": leave_each_out(inception_score, sets, persons, everyone),
        "is_uniform": leave_each_out(uniform, sets, persons, everyone),
    }


def _identities(
    images: _Images, shown: Sequence[Floats], targets: Floats, everyone: Everyone
) -> dict[Metric, Jackknifed]:
    excess = np.zeros(len(images))
    for person, references in zip(everyone, shown, strict=True):
        own = images.persons == person
        excess[own] = similarity_excess(images.identity[own], references, targets[own])
    to_target = (images.identity * targets).sum(axis=1)
    return {
        **_to_directions(images, shown, everyone),
        "identity_target": mean_over_persons(to_target, images.persons, everyone),
        "copy": mean_over_persons(excess, images.persons, everyone),
    }


def _real_identities(
    held_out: _Images, shown: Sequence[Floats], everyone: Everyone
) -> dict[Metric, Jackknifed]:
    directed = _to_directions(held_out, shown, everyone)
    # With one reference, no other is left when it is the photo to restore.
    if min(map(len, shown)) < 2:
        return directed
    to_target, excess = np.zeros(len(held_out)), np.zeros(len(held_out))
    for person, references in zip(everyone, shown, strict=True):
        own = held_out.persons == person
        images = held_out.identity[own]
        to_target[own] = (images @ references.T).mean(axis=1)
        excess[own] = np.mean(
            [
                similarity_excess(images, np.delete(references, turn, axis=0), references[turn])
                for turn in range(len(references))
            ],
            axis=0,
        )
    return {
        **directed,
        "identity_target": mean_over_persons(to_target, held_out.persons, everyone),
        "copy": mean_over_persons(excess, held_out.persons, everyone),
    }


def _to_directions(
    images: _Images, shown: Sequence[Floats], everyone: Everyone
) -> dict[Metric, Jackknifed]:
    directions = np.stack([mean_direction(references) for references in shown])
    own = np.searchsorted(everyone, images.persons)
    numbers: dict[Metric, NDArray[Any]] = {
        "identity": (images.identity * directions[own]).sum(axis=1),
        "identity_other": (images.identity * np.roll(directions, -1, axis=0)[own]).sum(axis=1),
        "rank1": ranked_first(images.identity, directions, own),
    }
    return {
        metric: mean_over_persons(values, images.persons, everyone)
        for metric, values in numbers.items()
    }


def _images(described: Described) -> _Images:
    parts = (described.features, described.probabilities, described.identity)
    return _Images(np.asarray(described.persons), *(part.astype(np.float64) for part in parts))


def _references(features: Features, everyone: Everyone) -> list[Floats]:
    """Return the identities of each person's references, every photo once."""
    index = {name: number for number, name in enumerate(features.photo_names)}
    return [
        features.photos.identity[
            [index[name] for name in dict.fromkeys(features.references[one])]
        ].astype(np.float64)
        for one in everyone
    ]


def _check(features: Features) -> None:
    everyone = set(features.photos.persons)
    named: Mapping[str, set[str]] = {
        "the references": {name for names in features.references.values() for name in names},
        **{variant: set(names) for variant, names in features.targets.items()},
    }
    for where, names in named.items():
        if unknown := sorted(names - set(features.photo_names)):
            raise _unlike("photos with features", f"no features of {unknown[0]}", where)
    persons: Mapping[str, set[str]] = {
        "the references": set(features.references),
        **{variant: set(images.persons) for variant, images in features.generated.items()},
    }
    for where, theirs in persons.items():
        if theirs != everyone:
            odd = sorted(theirs ^ everyone)[0]
            raise _unlike(
                f"the {len(everyone)} persons of the photos", f"other persons, such as {odd}", where
            )


def _unlike(expected: str, found: str, where: str) -> UserError:
    return UserError(
        expected=expected,
        found=found,
        where=where,
        remedy="generate all rows again for the same persons, and extract their features again",
    )
