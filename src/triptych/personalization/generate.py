"""Generate the images of a row, one person after another, by the stock pipeline."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from numpy.typing import NDArray
from torch import Tensor

from triptych.config.personalization import SamplingParameters
from triptych.job.progress import bar
from triptych.job.workspace import Workspace
from triptych.learning.finite import require_numbers
from triptych.personalization.methods import RowName
from triptych.personalization.raw import Generated
from triptych.personalization.references import Subject
from triptych.personalization.requests import RequestSet

# The autoencoder's memory grows with the pixels: more than four images of 512x512 pixels are
# decoded one by one.
_PIXELS_AT_ONCE = 2**20

# From the position of a person to the person's images, uint8 (n, s, s, 3), and the hash of
# the weights that were trained for this person alone, empty if there are none.
Generator = Callable[[int], tuple[NDArray[np.uint8], str]]


@dataclass(frozen=True)
class Row:
    """How a row is generated.

    Attributes
    ----------
    make
        Generates the images of the person at a position.
    describers
        The person whose references each person is described by.
    """

    make: Generator
    describers: tuple[Subject, ...]


def generate(name: RowName, asked: RequestSet, row: Row, workspace: Workspace) -> Generated:
    """Generate a row; a killed job loses at most the person in progress."""
    images, weights = [], {}
    for position, request in enumerate(bar(asked.requests, f"generate {name}", unit="person")):
        person = request.subject.name
        if (finished := workspace.load(person)) is not None:
            tensors, state = finished
            picture, weight = tensors["images"].numpy(), state["weights"]
        else:
            picture, weight = row.make(position)
            workspace.save(person, {"images": torch.from_numpy(picture)}, {"weights": weight})
        images.append(picture)
        if weight:
            weights[person] = weight
    names = asked.faces.names
    return Generated(
        row=str(name),
        persons=tuple(r.subject.name for r in asked.requests for _ in r.seeds),
        targets=tuple(names[target] for r in asked.requests for target in r.targets),
        prompts=tuple(prompt for r in asked.requests for prompt in r.prompts),
        seeds=tuple(seed for r in asked.requests for seed in r.seeds),
        references={
            request.subject.name: tuple(names[index] for index in describer.references)
            for request, describer in zip(asked.requests, row.describers, strict=True)
        },
        images=np.concatenate(images),
        weights=weights,
    )


def sample(
    pipeline: StableDiffusionPipeline,
    prompts: Sequence[str],
    seeds: Sequence[int],
    sampling: SamplingParameters,
    resolution: int,
    condition: Tensor | None = None,
) -> NDArray[np.uint8]:
    """Run the pipeline on prompts about one person: images, uint8 (n, resolution, resolution, 3).

    On a GPU it computes in the precision of the parameters, on a CPU in float32.

    Parameters
    ----------
    pipeline
        With an adapter if there is a condition, else without.
    condition
        float (m, width), the adapter's input. The pipeline gives it to every image of a
        batch, so all images are of one person.

    Raises
    ------
    UserError
        The pipeline returns NaN for a prompt.
    """
    options = {}
    if condition is not None:
        pipeline.set_ip_adapter_scale(sampling.adapter_scale)
        positive = condition[None].to(pipeline.device)
        guided = sampling.guidance_scale > 1
        # The negative half comes first; it is zero, as in the training.
        options["ip_adapter_image_embeds"] = [
            torch.cat([torch.zeros_like(positive), positive]) if guided else positive
        ]
    pipeline.vae.use_slicing = sampling.batch_size * resolution**2 > _PIXELS_AT_ONCE
    lower = pipeline.device.type == "cuda" and sampling.precision_cuda == "bfloat16"
    images = []
    for start in range(0, len(prompts), sampling.batch_size):
        part = slice(start, start + sampling.batch_size)
        with torch.autocast("cuda", dtype=torch.bfloat16) if lower else nullcontext():
            batch = pipeline(
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
        require_numbers(torch.from_numpy(batch), "the pipeline that generates images")
        images.append((batch * 255).round().astype(np.uint8))
    return np.concatenate(images)
