"""Drawn faces, which need no download: the persons do not exist.

About twenty numbers define the looks of a person. Photos vary pose, light, background and
expression. The faces are not realistic, but they have the property that the methods need:
photos of one person look alike, photos of two persons differ.
"""

from collections.abc import Iterator

import numpy as np

from triptych.config.personalization import FaceSplit
from triptych.data.drawn.face_drawing import paint
from triptych.data.drawn.face_looks import (
    random_looks,
    random_moment,
    words_for_looks,
    words_for_moment,
)
from triptych.data.encoded import as_png
from triptych.data.faces import Photo
from triptych.job.seeds import derive

# A description of the corpus names so many looks and so many conditions of the photo. With more
# conditions, an encoder trained on descriptions would learn little about persons.
_LOOKS_NAMED, _MOMENTS_NAMED = (3, 5), (0, 2)


def draw(split: FaceSplit, persons: int, photos: int, *, side: int, seed: int) -> Iterator[Photo]:
    """Draw photos of persons.

    Parameters
    ----------
    split
        Persons of two splits have different names and looks. The descriptions of ``corpus``
        name the looks of a person. Those of the other splits do not, so that a likeness
        can only come from photos.
    persons, photos
        Number of persons, and of photos of each. Each photo depends only on the seed, the
        split and its number, so that a larger set contains a smaller one.
    side
        Side of a photo, pixels.

    Yields
    ------
    Photo
        Named ``SPLIT_0001/SPLIT_0001_0001`` and so on, as PNG.
    """
    for number in range(1, persons + 1):
        person = f"{split}_{number:04d}"
        looks = random_looks(np.random.default_rng(derive(seed, person)))
        for place in range(1, photos + 1):
            rng = np.random.default_rng(derive(seed, person, place))
            moment = random_moment(rng)
            person_words, photo_words = [], words_for_moment(moment)
            if split == "corpus":
                person_words = _some(words_for_looks(looks), _LOOKS_NAMED, rng)
                photo_words = _some(photo_words, _MOMENTS_NAMED, rng)
            yield Photo(
                person=person,
                name=f"{person}/{person}_{place:04d}",
                image=as_png(paint(looks, moment, side)),
                description=_sentence(person_words, photo_words),
            )


def _some(words: list[str], number: tuple[int, int], rng: np.random.Generator) -> list[str]:
    """Choose a few of the words, in their order, because no description is complete."""
    fewest, most = (min(count, len(words)) for count in number)
    count = rng.integers(fewest, most + 1)
    return [words[place] for place in sorted(rng.permutation(len(words))[:count].tolist())]


def _sentence(looks: list[str], moment: list[str]) -> str:
    person = "a photo of a person"
    if looks:
        *others, last = looks
        person += " with " + (f"{', '.join(others)} and {last}" if others else last)
    return ", ".join([person, *moment])
