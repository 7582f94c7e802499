"""How the images of each row of the table are made: with which networks, from which photos."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from triptych.config.personalization import DreamBoothParameters, SamplingParameters, Variant
from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.job.processes import Team
from triptych.job.seeds import derive
from triptych.personalization import adapter as layout
from triptych.personalization import base as bases
from triptych.personalization import captions as words
from triptych.personalization.dreambooth import encode_pictures, name_person, personalise
from triptych.personalization.generate import (
    POOLING,
    Generator,
    Request,
    image_condition,
    plan,
    sample,
)
from triptych.personalization.photos import embed_images
from triptych.personalization.references import Subject, divide_photos, require_photos
from triptych.storage.folders import verified_folder

Images = NDArray[np.uint8]


@dataclass(frozen=True)
class TestSet:
    """Whom to generate, from which photos, with which prompts: the same in every row.

    Attributes
    ----------
    faces
        The photos of the test persons.
    captions
        Of every photo.
    requests
        What to generate, by person.
    """

    # Not a class of tests, whatever pytest makes of its name.
    __test__ = False

    faces: Faces
    captions: tuple[str, ...]
    requests: tuple[Request, ...]

    @classmethod
    def read(
        cls,
        photos: Path,
        captions: Path,
        references: int,
        images: int,
        division_seed: int,
        seed: int,
    ) -> "TestSet":
        """Open the photos and decide everything; see the step ``generate`` for the parameters."""
        faces = Faces(photos)
        require_photos(faces, 2)
        texts = tuple(words.read(captions, faces.names))
        subjects = divide_photos(faces.by_person(), references, division_seed)
        return cls(faces, texts, plan(subjects, texts, images, seed))

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Whom to generate."""
        return tuple(request.subject for request in self.requests)

    def share(self, job: int, jobs: int) -> "TestSet":
        """Every ``jobs``-th person, from the ``job``-th on.

        Raises
        ------
        UserError
            Nobody is left for this job.
        """
        if not 0 <= job < min(jobs, len(self.requests)):
            raise UserError(
                expected=f"a job in [0, {min(jobs, len(self.requests))})",
                found=str(job),
                where="the option --job",
                remedy="divide the persons among fewer jobs, or name another of them",
            )
        return replace(self, requests=self.requests[job::jobs])

    def named(self, name: str, class_words: Sequence[str]) -> "TestSet":
        """The same, every caption and prompt with a person's rare word (see ``name_person``)."""

        def all_named(texts: Sequence[str]) -> tuple[str, ...]:
            return tuple(name_person(text, name, class_words) for text in texts)

        requests = (replace(one, prompts=all_named(one.prompts)) for one in self.requests)
        return replace(self, captions=all_named(self.captions), requests=tuple(requests))


@dataclass(frozen=True)
class Row:
    """How a row is made.

    Attributes
    ----------
    make
        Makes the images of the person at a position.
    describers
        Whose references each person is given.
    """

    make: Generator
    describers: tuple[Subject, ...]


def adapter_row(
    variant: Variant,
    test_set: TestSet,
    base: Path,
    adapter: Path | None,
    sampling: SamplingParameters,
    resolution: int,
    device: torch.device,
) -> Row:
    """Prepare a row that an adapter makes, or the text alone.

    Parameters
    ----------
    variant
        The row.
    test_set
        Whom to generate.
    base, adapter
        Manifests; ``text_only`` has no adapter.
    sampling, resolution, device
        How and where images are made.

    Raises
    ------
    UserError
        The row needs an adapter and has none, or the other way round; or it is DreamBooth's.
    """
    _check_adapter(variant, adapter)
    pipeline = bases.load(base, device)
    if adapter is None:

        def from_text(position: int) -> tuple[Images, str]:
            request = test_set.requests[position]
            return sample(pipeline, request.prompts, request.seeds, sampling, resolution), ""

        return Row(from_text, test_set.subjects)
    folder = verified_folder(adapter)
    layout.load(pipeline, folder)
    attends = POOLING[variant] == "self_attention"
    set_attention = layout.load_set_attention(folder, device) if attends else None
    embeddings = embed_images(pipeline, test_set.faces.images()).to(device)
    others = variant == "ip_adapter_other_person"
    describers = _next_person(test_set.subjects) if others else test_set.subjects

    def from_photos(position: int) -> tuple[Images, str]:
        request = test_set.requests[position]
        told = image_condition(embeddings, describers[position], variant, set_attention)
        made = sample(pipeline, request.prompts, request.seeds, sampling, resolution, told)
        return made, ""

    return Row(from_photos, describers)


def dreambooth_row(
    test_set: TestSet,
    base: Path,
    class_images: Images,
    parameters: DreamBoothParameters,
    sampling: SamplingParameters,
    resolution: int,
    snr_gamma: float | None,
    seed: int,
    device: torch.device,
) -> Row:
    """Prepare the row for which every person has a model of their own.

    Parameters
    ----------
    test_set
        Whom to generate; its captions and prompts name the person.
    base
        The manifest of the model that every person begins with.
    class_images
        uint8 (n, s, s, 3), for prior preservation.
    parameters, snr_gamma
        The recipe.
    seed
        From which each person derives an own one.
    sampling, resolution, device
        How and where images are made.
    """
    pipeline = bases.load(base, device)
    prompts = [parameters.class_prompt] * len(class_images)
    prior = encode_pictures(pipeline, class_images, prompts, resolution)
    photos = test_set.faces.images()

    def fine_tuned(position: int) -> tuple[Images, str]:
        request = test_set.requests[position]
        # A bootstrapped reference is one photo, however often it was drawn.
        own = sorted(set(request.subject.references))
        captions = [test_set.captions[index] for index in own]
        instance = encode_pictures(pipeline, photos[own], captions, resolution)
        personal, weights = personalise(
            pipeline,
            instance,
            prior,
            parameters,
            snr_gamma=snr_gamma,
            seed=derive(seed, request.subject.name),
            team=Team(device),
            description=f"DreamBooth {request.subject.name}",
        )
        made = sample(personal, request.prompts, request.seeds, sampling, resolution)
        return made, weights

    return Row(fine_tuned, test_set.subjects)


def _next_person(subjects: Sequence[Subject]) -> tuple[Subject, ...]:
    """Each person's neighbour, whose references are the wrong ones."""
    return (*subjects[1:], subjects[0])


def _check_adapter(variant: Variant, adapter: Path | None) -> None:
    if variant == "dreambooth":
        raise UserError(
            expected="a row that an adapter makes, or the text alone",
            found=variant,
            where="the option --variant",
            remedy="use the command triptych personalization dreambooth",
        )
    needed = variant in POOLING
    if needed != (adapter is not None):
        raise UserError(
            expected=f"{'an' if needed else 'no'} adapter for the row {variant}",
            found=str(adapter or "none"),
            where="the option --adapter",
            remedy="name the adapter that the row is made with, or leave it out",
        )
