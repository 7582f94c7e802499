"""Compute every score of every row, with and without each person, for every training."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from triptych.config.personalization import Variant
from triptych.job.progress import bar
from triptych.job.seeds import derive
from triptych.personalization.artifacts import measures
from triptych.personalization.artifacts.images import Gallery, Images
from triptych.personalization.artifacts.jackknife import Drawn, Floats, Persons, Trainings
from triptych.personalization.artifacts.names import AUTOENCODED, REAL, Metric, Row
from triptych.personalization.features import Features
from triptych.personalization.methods import BY_NAME, VARIANTS, RowName
from triptych.personalization.metrics import frechet_distance, kernel_distance

# Random choices of real photos, whose distance to the other photos is the floor.
DRAWS = 5
_DISTANCES: Mapping[Metric, Callable[[Floats, Floats], float]] = {
    "kid": kernel_distance,
    "fd": frechet_distance,
}


@dataclass(frozen=True)
class Score:
    """One number of one row.

    ``n_real`` counts the photos in the comparison, ``n_generated`` the scored images of one
    training. In the rows of real photos the scored images are photos, too; they are compared
    with the other photos, with the references, or with no photos.
    """

    number: Trainings | Drawn
    n_real: int
    n_generated: int


Scores = dict[tuple[Row, Metric], Score]


def score_all(features: Features, seed: int) -> Scores:
    """Score every row of the table, and the real photos against themselves.

    A row's images are compared with all photos of the test persons. ``identity`` is the cosine
    to the direction of the person's references. ``identity_other`` is the cosine to that of
    the next person in alphabetical order; the first person follows the last. ``rank1`` is
    measured among all test persons, who all remain in the gallery when one is left out.

    Distances of the real photos are the floor: as many photos of each person as a row has
    images, but at most half of them, are compared with the others, in several random draws.
    The autoencoded photos replace the drawn ones. For identity the held-out photos replace the
    generated images. In ``identity_target`` and ``copy`` each reference in turn is the photo
    to restore, and the others are the references.

    Raises
    ------
    UserError
        The persons of a row differ from those of the photos, or a named photo is missing.
    """
    gallery = Gallery.of(features)
    scores: Scores = {}
    for variant, names in bar(trained_rows(features).items(), "score", unit="row"):
        trainings = {name.seed: _row_numbers(features, name, gallery) for name in names}
        images = len(features.generated[str(names[0])].persons)
        for metric in trainings[names[0].seed]:
            by_seed = {seed: numbers[metric] for seed, numbers in trainings.items()}
            number = Trainings(by_seed, BY_NAME[variant].is_finetuned)
            scores[variant, metric] = Score(number, len(gallery.photos), images)
    return scores | dict(_photo_scores(features, gallery, seed))


def trained_rows(features: Features) -> dict[Variant, list[RowName]]:
    """Return the rows of Table 1 in its order: every training of each variant, by seed."""
    names = [RowName.parse(name) for name in features.generated]
    plain = sorted(
        (name for name in names if not name.is_swept),
        key=lambda name: (VARIANTS.index(name.variant), name.seed),
    )
    return {variant: list(rows) for variant, rows in groupby(plain, key=lambda one: one.variant)}


def row_images(features: Features, name: RowName, gallery: Gallery) -> tuple[Images, Floats]:
    """Return the images of a row, and the identity of the photo that each should restore."""
    images = Images.of(features.generated[str(name)])
    return images, gallery.identities_of(features.targets[str(name)])


def draw_photos(persons: Persons, wanted: Mapping[str, int], seed: int) -> NDArray[np.bool_]:
    """Choose photos of every person at random, bool (n,): those wanted, at most half of them."""
    chosen = np.zeros(len(persons), bool)
    for person in sorted(set(persons.tolist())):
        own = np.flatnonzero(persons == person)
        order = np.random.default_rng(derive(seed, person)).permutation(own)
        chosen[order[: min(wanted[person], len(own) // 2)]] = True
    return chosen


def _row_numbers(features: Features, name: RowName, gallery: Gallery) -> measures.Numbers:
    images, targets = row_images(features, name, gallery)
    everyone = gallery.everyone
    return {
        "kid": measures.kernel_distances(gallery.photos, images, everyone),
        "fd": measures.frechet_distances(gallery.photos, images, everyone),
        **measures.class_scores(images, everyone),
        **measures.identities(images, targets, gallery),
        **measures.shares(images, everyone),
    }


def _photo_scores(
    features: Features, gallery: Gallery, seed: int
) -> Iterator[tuple[tuple[Row, Metric], Score]]:
    """Yield the scores of the real photos, and of the same photos through the autoencoder."""
    photos, held_out = gallery.photos, gallery.held_out
    # Of a row of the table: a row of a sweep can have fewer images.
    first = next(iter(trained_rows(features).values()))[0]
    wanted = Counter(features.generated[str(first)].persons)
    draws = [draw_photos(photos.persons, wanted, derive(seed, draw)) for draw in range(DRAWS)]
    shown, drawn = int((~held_out).sum()), int(draws[0].sum())
    real = measures.photo_identities(photos[held_out], gallery)
    sets: dict[Row, Images] = {REAL: photos}
    if features.autoencoded is not None:
        sets[AUTOENCODED] = Images.of(features.autoencoded)
    for row, images in sets.items():
        for metric, distance in _DISTANCES.items():
            values = [distance(images[d].features, photos[~d].features) for d in draws]
            yield (row, metric), Score(Drawn(np.array(values)), len(photos) - drawn, drawn)
        everyone = measures.class_scores(images, gallery.everyone)
        everyone |= measures.shares(images, gallery.everyone)
        of_persons = measures.photo_identities(images[held_out], gallery)
        if row == AUTOENCODED:
            of_persons["kept"] = measures.kept_identity(of_persons, real)
        for numbers, n_real, n in ((everyone, 0, len(images)), (of_persons, shown, sum(held_out))):
            for metric, number in numbers.items():
                yield (row, metric), Score(Trainings({0: number}, False), n_real, int(n))
