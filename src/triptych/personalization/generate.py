"""Generate the images of a row, one person after another, by the stock pipeline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from numpy.typing import NDArray
from torch import Tensor

from triptych.config.personalization import Pooling, SamplingParameters, Variant
from triptych.data.faces import Faces
from triptych.job.progress import bar
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.learning.finite import require_numbers
from triptych.personalization.networks.set_attention import SetSelfAttention
from triptych.personalization.raw import Generated
from triptych.personalization.references import Subject, condition

# How each row brings the photos of a person together; the others are made without photos.
POOLING: Mapping[Variant, Pooling] = {
    "ip_adapter": "first",
    "ip_adapter_max_pool": "max",
    "ip_adapter_avg_pool": "avg",
    "ip_adapter_self_attention": "self_attention",
    "ip_adapter_finetuned": "all",
    "ip_adapter_other_person": "first",
}


@dataclass(frozen=True)
class Request:
    """Images of one person: the same prompts and seeds in every row of the table.

    Attributes
    ----------
    subject
        The person.
    targets
        Of each image, the index of the held-out photo whose caption is the prompt.
    prompts
        Of each image.
    seeds
        Of each image's noise.
    """

    subject: Subject
    targets: tuple[int, ...]
    prompts: tuple[str, ...]
    seeds: tuple[int, ...]


# From the position of a person to that person's images, uint8 (n, s, s, 3), and the hash of
# the weights that were made for the person alone, empty where there are none.
Generator = Callable[[int], tuple[NDArray[np.uint8], str]]


def plan(
    subjects: Sequence[Subject], captions: Sequence[str], images: int, seed: int
) -> tuple[Request, ...]:
    """Decide prompts and seeds of every image; the held-out photos take turns.

    Parameters
    ----------
    subjects
        Who is generated.
    captions
        Of every photo, by its index.
    images
        Of each person.
    seed
        From which each image derives its own.
    """
    requests = []
    for subject in subjects:
        targets = tuple(subject.targets[k % len(subject.targets)] for k in range(images))
        prompts = tuple(captions[target] for target in targets)
        seeds = tuple(derive(seed, subject.name, k) for k in range(images))
        requests.append(Request(subject, targets, prompts, seeds))
    return tuple(requests)


def generate(
    variant: Variant,
    faces: Faces,
    requests: Sequence[Request],
    make: Generator,
    workspace: Workspace,
    *,
    describers: Sequence[Subject] | None = None,
) -> Generated:
    """Generate a row; a killed job loses at most the person that it was at.

    Parameters
    ----------
    variant
        The row.
    faces
        Whose indices the requests hold.
    requests
        Who is generated.
    make
        Makes the images of one person.
    workspace
        Where the images of finished persons lie.
    describers
        Whose references each person was given; their own where None.
    """
    images, weights = [], {}
    for position, request in enumerate(bar(requests, f"generate {variant}", unit="person")):
        name = request.subject.name
        if (kept := workspace.load(name)) is not None:
            tensors, state = kept
            made, weight = tensors["images"].numpy(), state["weights"]
        else:
            made, weight = make(position)
            workspace.save(name, {"images": torch.from_numpy(made)}, {"weights": weight})
        images.append(made)
        if weight:
            weights[name] = weight
    described = describers or [request.subject for request in requests]
    return Generated(
        variant=variant,
        persons=tuple(r.subject.name for r in requests for _ in r.seeds),
        targets=tuple(faces.names[target] for r in requests for target in r.targets),
        prompts=tuple(prompt for r in requests for prompt in r.prompts),
        seeds=tuple(seed for r in requests for seed in r.seeds),
        references={
            request.subject.name: tuple(faces.names[index] for index in subject.references)
            for request, subject in zip(requests, described, strict=True)
        },
        images=np.concatenate(images),
        weights=weights,
    )


def image_condition(
    embeddings: Tensor,
    subject: Subject,
    variant: Variant,
    set_attention: SetSelfAttention | None,
) -> Tensor:
    """What the adapter is told of a person, float (m, width).

    Parameters
    ----------
    embeddings
        float (n, width): of every photo, by its index.
    subject
        Whose references speak.
    variant
        Decides how they are brought together.
    set_attention
        Only for the row that has one.
    """
    photos = embeddings[list(subject.references)][None]
    with torch.no_grad():
        return condition(photos, POOLING[variant], set_attention)[0]


def sample(
    pipeline: StableDiffusionPipeline,
    prompts: Sequence[str],
    seeds: Sequence[int],
    sampling: SamplingParameters,
    resolution: int,
    described: Tensor | None = None,
) -> NDArray[np.uint8]:
    """Run the pipeline on prompts that all speak of one person.

    Parameters
    ----------
    pipeline
        With an adapter if the person is described, without one else.
    prompts, seeds
        Of each image.
    sampling
        Steps, guidance and how many images are made at once.
    resolution
        Side of an image, pixels.
    described
        float (m, width), what the adapter is told; one person's, because the pipeline
        gives it to every image of a batch.

    Returns
    -------
    NDArray
        uint8 (n, resolution, resolution, 3).

    Raises
    ------
    UserError
        The pipeline makes NaN of a prompt.
    """
    options = {}
    if described is not None:
        pipeline.set_ip_adapter_scale(sampling.adapter_scale)
        told = described[None].to(pipeline.device)
        guided = sampling.guidance_scale > 1
        # The negative half first; zeros, as in the training.
        options["ip_adapter_image_embeds"] = [
            torch.cat([torch.zeros_like(told), told]) if guided else told
        ]
    images = []
    for start in range(0, len(prompts), sampling.batch_size):
        part = slice(start, start + sampling.batch_size)
        made = pipeline(
            list(prompts[part]),
            height=resolution,
            width=resolution,
            num_inference_steps=sampling.steps,
            guidance_scale=sampling.guidance_scale,
            # On the CPU: the same noise on every device.
            generator=[torch.Generator().manual_seed(seed) for seed in seeds[part]],
            output_type="np",
            **options,
        ).images
        require_numbers(torch.from_numpy(made), "the pipeline that generates images")
        images.append((made * 255).round().astype(np.uint8))
    return np.concatenate(images)
