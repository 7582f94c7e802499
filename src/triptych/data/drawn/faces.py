"""Faces that need no download: persons who do not exist, drawn.

About twenty numbers say who somebody is, and a photo varies what a photo varies: pose,
light, background, expression. Nothing about them is real, but what the methods need is:
photos of a person look alike, those of two persons do not.
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

# How many looks and how many passing things a description of the corpus names. More of the
# latter, and an encoder that is trained on descriptions would learn little of who somebody is.
_LOOKS_NAMED, _MOMENTS_NAMED = (3, 5), (0, 2)


def draw(split: FaceSplit, persons: int, photos: int, *, side: int, seed: int) -> Iterator[Photo]:
    """Draw photos of persons.

    Parameters
    ----------
    split
        Whose persons: those of two splits have different names and looks. The descriptions
        of ``corpus`` say how a person looks; those of the other splits do not, so that a
        likeness can come from photos only.
    persons, photos
        How many persons, and photos of each. Each photo depends on the seed, the split and
        its place alone, so that a larger set holds a smaller one.
    side
        Of a photo, pixels.
    seed
        Seed of everything that varies.

    Yields
    ------
    Photo
        ``SPLIT_0001/SPLIT_0001_0001`` and so on, as PNG.
    """
    for number in range(1, persons + 1):
        person = f"{split}_{number:04d}"
        looks = random_looks(np.random.default_rng(derive(seed, person)))
        for place in range(1, photos + 1):
            rng = np.random.default_rng(derive(seed, person, place))
            moment = random_moment(rng)
            told, shown = [], words_for_moment(moment)
            if split == "corpus":
                told = _some(words_for_looks(looks), _LOOKS_NAMED, rng)
                shown = _some(shown, _MOMENTS_NAMED, rng)
            yield Photo(
                person=person,
                name=f"{person}/{person}_{place:04d}",
                image=as_png(paint(looks, moment, side)),
                description=_sentence(told, shown),
            )


def _some(words: list[str], number: tuple[int, int], rng: np.random.Generator) -> list[str]:
    """A few of the words, in their order: nobody names all that there is to be seen."""
    fewest, most = (min(count, len(words)) for count in number)
    count = rng.integers(fewest, most + 1)
    return [words[place] for place in sorted(rng.permutation(len(words))[:count].tolist())]


def _sentence(looks: list[str], moment: list[str]) -> str:
    person = "a photo of a person"
    if looks:
        *others, last = looks
        person += " with " + (f"{', '.join(others)} and {last}" if others else last)
    return ", ".join([person, *moment])
