"""How each row of Table 1 is generated: with which networks, from which photos."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from numpy.typing import NDArray

from triptych.config.personalization import DreamBoothParameters, SamplingParameters
from triptych.errors import UserError
from triptych.job.processes import Team
from triptych.job.seeds import derive
from triptych.personalization import adapter as layout
from triptych.personalization import base as bases
from triptych.personalization.dreambooth import Pictures, encode_pictures, personalize
from triptych.personalization.generate import Row, sample
from triptych.personalization.methods import BY_NAME, Method, RowName
from triptych.personalization.references import condition
from triptych.personalization.requests import Request, RequestSet
from triptych.storage.folders import verified_folder

Images = NDArray[np.uint8]


def read_names(texts: Sequence[str]) -> list[RowName]:
    """Read the names of rows from the command line.

    Raises
    ------
    UserError
        A name is unknown.
    """
    try:
        return [RowName.parse(text) for text in texts]
    except ValueError as error:
        raise UserError(
            expected=f"rows, each one of {', '.join(BY_NAME)}, perhaps with a setting",
            found=str(error),
            where="the option --rows",
            remedy="name such rows, for example ip_adapter or ip_adapter_finetuned.seed1",
        ) from None


def adapter_row(
    name: RowName,
    asked: RequestSet,
    base: Path,
    adapter: Path | None,
    sampling: SamplingParameters,
    resolution: int,
    device: torch.device,
) -> Row:
    """Prepare a row that needs no fine-tuning for each person.

    ``base`` and ``adapter`` are manifests; ``text_only`` has no adapter.

    Raises
    ------
    UserError
        The row needs an adapter and has none, or the reverse; or it is DreamBooth's.
    """
    method, sampling = BY_NAME[name.variant], name.applied(sampling)
    _check_adapter(method, adapter)
    pipeline = bases.load(base, device)
    if adapter is None or method.pooling is None:

        def from_text(position: int) -> tuple[Images, str]:
            request = asked.requests[position]
            return sample(pipeline, request.prompts, request.seeds, sampling, resolution), ""

        return Row(from_text, asked.subjects)
    folder, pooling = verified_folder(adapter), method.pooling
    layout.load(pipeline, folder)
    attends = pooling == "self_attention"
    set_attention = layout.load_set_attention(folder, device) if attends else None
    face_network = layout.open_face_network(folder, device)
    embeddings = layout.embed(pipeline, face_network, asked.faces.images()).to(device)
    own = asked.subjects
    describers = tuple(
        replace(subject, references=subject.references[: name.references])
        for subject in ((*own[1:], own[0]) if method.next_person else own)
    )

    def from_photos(position: int) -> tuple[Images, str]:
        request = asked.requests[position]
        photos = embeddings[list(describers[position].references)]
        with torch.no_grad():
            (pooled,) = condition(photos[None], pooling, set_attention)
        return sample(pipeline, request.prompts, request.seeds, sampling, resolution, pooled), ""

    return Row(from_photos, describers)


class PersonPictures:
    """The encoded photos of each person and of the class, for a fine-tuning of a base model.

    Parameters
    ----------
    asked
        Captions and prompts name the person.
    class_images
        uint8 (n, s, s, 3), for prior preservation.
    """

    def __init__(
        self,
        asked: RequestSet,
        pipeline: StableDiffusionPipeline,
        class_images: Images,
        parameters: DreamBoothParameters,
        resolution: int,
    ) -> None:
        self.asked, self.pipeline, self.resolution = asked, pipeline, resolution
        prompts = [parameters.class_prompt] * len(class_images)
        self.prior = encode_pictures(pipeline, class_images, prompts, resolution)
        self._photos = asked.faces.images()

    def of(self, request: Request) -> Pictures:
        """Encode the references of a person, each once."""
        # A bootstrapped reference is one photo, however often it was drawn.
        own = sorted(set(request.subject.references))
        captions = [self.asked.captions[index] for index in own]
        return encode_pictures(self.pipeline, self._photos[own], captions, self.resolution)


def dreambooth_row(
    asked: RequestSet,
    base: Path,
    class_images: Images,
    parameters: DreamBoothParameters,
    sampling: SamplingParameters,
    resolution: int,
    snr_gamma: float | None,
    seed: int,
    device: torch.device,
) -> Row:
    """Prepare the row for which the base model is fine-tuned for each person.

    Parameters
    ----------
    asked
        The images to generate; captions and prompts name the person.
    base
        The manifest of the model from which each fine-tuning starts.
    class_images
        uint8 (n, s, s, 3), for prior preservation.
    seed
        Seed from which each person's seed is derived.
    """
    pipeline = bases.load(base, device)
    pictures = PersonPictures(asked, pipeline, class_images, parameters, resolution)

    def fine_tuned(position: int) -> tuple[Images, str]:
        request = asked.requests[position]
        personal, weights = personalize(
            pipeline,
            pictures.of(request),
            pictures.prior,
            parameters,
            snr_gamma=snr_gamma,
            seed=derive(seed, request.subject.name),
            team=Team(device),
            description=f"DreamBooth {request.subject.name}",
        )
        return sample(personal, request.prompts, request.seeds, sampling, resolution), weights

    return Row(fine_tuned, asked.subjects)


def _check_adapter(method: Method, adapter: Path | None) -> None:
    if method.tuned_per_person:
        raise UserError(
            expected="a row that needs no fine-tuning for each person",
            found=method.name,
            where="the option --rows",
            remedy=f"use the command triptych personalization {method.name.replace('_', '-')}",
        )
    needed = method.adapter is not None
    if needed != (adapter is not None):
        raise UserError(
            expected=f"{'an' if needed else 'no'} adapter for the row {method.name}",
            found=str(adapter or "none"),
            where="the option --adapter",
            remedy="name the adapter of this row, or omit the option if it has none",
        )
