"""The images to generate: persons, prompts and seeds, the same in every row of Table 1."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from triptych.data.faces import Faces
from triptych.errors import UserError
from triptych.job.seeds import derive
from triptych.personalization import captions as words
from triptych.personalization.dreambooth import name_person
from triptych.personalization.references import Subject, divide_photos, require_photos


@dataclass(frozen=True)
class Request:
    """Images of one person: the held-out photo, the prompt and the seed of each.

    A held-out photo is given by its index; its caption is the prompt.
    """

    subject: Subject
    targets: tuple[int, ...]
    prompts: tuple[str, ...]
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class RequestSet:
    """The requests of all test persons, one for each, with their photos and captions."""

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
    ) -> "RequestSet":
        """Read the photos, choose the references and plan all images.

        Parameters
        ----------
        references, images
            Numbers of photos that describe a person, and of images of each person.
        division_seed, seed
            Seeds of the choice of the references, and of the images.

        Raises
        ------
        UserError
            A person has a single photo, or a photo has no caption.
        """
        faces = Faces(photos)
        require_photos(faces, 2)
        texts = tuple(words.read(captions, faces.names))
        subjects = divide_photos(faces.by_person(), references, division_seed)
        return cls(faces, texts, plan(subjects, texts, images, seed))

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """The persons, in the order of the requests."""
        return tuple(request.subject for request in self.requests)

    def share(self, job: int, jobs: int) -> "RequestSet":
        """Return every ``jobs``-th request, from the ``job``-th on.

        Raises
        ------
        UserError
            No person is left for this job.
        """
        if not 0 <= job < min(jobs, len(self.requests)):
            raise UserError(
                expected=f"a job in [0, {min(jobs, len(self.requests))})",
                found=str(job),
                where="the option --job",
                remedy="choose another job, or divide the persons among fewer jobs",
            )
        return replace(self, requests=self.requests[job::jobs])

    def named(self, name: str, class_words: Sequence[str]) -> "RequestSet":
        """Return the requests with the person's rare word in all captions and prompts.

        See :func:`triptych.personalization.dreambooth.name_person`.
        """

        def all_named(texts: Sequence[str]) -> tuple[str, ...]:
            return tuple(name_person(text, name, class_words) for text in texts)

        requests = (replace(one, prompts=all_named(one.prompts)) for one in self.requests)
        return replace(self, captions=all_named(self.captions), requests=tuple(requests))


def plan(
    subjects: Sequence[Subject], captions: Sequence[str], images: int, seed: int
) -> tuple[Request, ...]:
    """Choose prompts and seeds of all images; the held-out photos take turns.

    Each person gets this number of images. Every image has its own seed, derived from ``seed``.
    """
    requests = []
    for subject in subjects:
        targets = tuple(subject.targets[k % len(subject.targets)] for k in range(images))
        prompts = tuple(captions[target] for target in targets)
        seeds = tuple(derive(seed, subject.name, k) for k in range(images))
        requests.append(Request(subject, targets, prompts, seeds))
    return tuple(requests)
