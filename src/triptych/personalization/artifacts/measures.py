"""Every measure of one set of images, with and without each person."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triptych.personalization.artifacts.images import Gallery, Images
from triptych.personalization.artifacts.jackknife import (
    Everyone,
    Floats,
    Jackknifed,
    leave_each_out,
    mean_over_persons,
    ratio_of_means,
    sums_between,
    totals_without_each,
)
from triptych.personalization.artifacts.names import Metric
from triptych.personalization.metrics import (
    frechet_distance,
    inception_score,
    mean_discrepancy,
    polynomial_kernel,
    ranked_first,
    similarity_excess,
)

Numbers = dict[Metric, Jackknifed]


def frechet_distances(a: Images, b: Images, everyone: Everyone) -> Jackknifed:
    """Return the Fréchet distance of two sets of images."""
    sets, persons = (a.features, b.features), (a.persons, b.persons)
    return leave_each_out(frechet_distance, sets, persons, everyone)


def kernel_distances(a: Images, b: Images, everyone: Everyone) -> Jackknifed:
    """Return the kernel distance of two sets, from sums over persons of one kernel."""
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


def class_scores(images: Images, everyone: Everyone) -> Numbers:
    """Return both readings of the inception score."""
    sets, persons = (images.probabilities,), (images.persons,)
    uniform = partial(inception_score, uniform=True)
    return {
        "is_marginal": leave_each_out(inception_score, sets, persons, everyone),
        "is_uniform": leave_each_out(uniform, sets, persons, everyone),
    }


def shares(images: Images, everyone: Everyone) -> Numbers:
    """Return the share of images with a face, and the fidelity to the prompts, where measured."""
    measured: Mapping[Metric, NDArray[Any] | None] = {
        "face_found": images.face_found,
        "fidelity": images.fidelity,
        "fidelity_by_chance": images.fidelity_by_chance,
    }
    return {
        metric: mean_over_persons(values, images.persons, everyone)
        for metric, values in measured.items()
        if values is not None
    }


def identities(images: Images, targets: Floats, gallery: Gallery) -> Numbers:
    """Return how much generated images resemble their persons.

    ``targets`` has the identity of the photo that each image should restore, (n, e).
    """
    excess = np.zeros(len(images))
    for own, references in gallery.by_person(images):
        excess[own] = similarity_excess(images.identity[own], references, targets[own])
    to_target = (images.identity * targets).sum(axis=1)
    return {
        **_to_directions(images, gallery),
        "identity_target": mean_over_persons(to_target, images.persons, gallery.everyone),
        "copy": mean_over_persons(excess, images.persons, gallery.everyone),
    }


def photo_identities(held_out: Images, gallery: Gallery) -> Numbers:
    """Return how much held-out photos resemble their persons.

    Each reference in turn is the photo to restore, and the others are the references.
    """
    directed = _to_directions(held_out, gallery)
    # With one reference, no other is left when it is the photo to restore.
    if min(map(len, gallery.shown)) < 2:
        return directed
    to_target, excess = np.zeros(len(held_out)), np.zeros(len(held_out))
    for own, references in gallery.by_person(held_out):
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
        "identity_target": mean_over_persons(to_target, held_out.persons, gallery.everyone),
        "copy": mean_over_persons(excess, held_out.persons, gallery.everyone),
    }


def kept_identity(changed: Numbers, photos: Numbers) -> Jackknifed:
    """Return the share of the photos' identity that is left in changed photos."""
    return ratio_of_means(changed["identity"], photos["identity"])


def _to_directions(images: Images, gallery: Gallery) -> Numbers:
    directions, everyone = gallery.directions, gallery.everyone
    own = np.searchsorted(everyone, images.persons)
    numbers: Mapping[Metric, NDArray[Any]] = {
        "identity": (images.identity * directions[own]).sum(axis=1),
        "identity_other": (images.identity * np.roll(directions, -1, axis=0)[own]).sum(axis=1),
        "rank1": ranked_first(images.identity, directions, own),
    }
    return {
        metric: mean_over_persons(values, images.persons, everyone)
        for metric, values in numbers.items()
    }
