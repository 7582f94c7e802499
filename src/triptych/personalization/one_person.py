"""Images of one person from a few photos, with a base model and an adapter of one's choice."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from diffusers import StableDiffusionPipeline
from numpy.typing import NDArray

from triptych.config.personalization import PersonalizationParameters
from triptych.errors import UserError
from triptych.job.processes import Team
from triptych.job.progress import bar
from triptych.job.seeds import derive
from triptych.job.workspace import Workspace
from triptych.personalization import adapter as layout
from triptych.personalization import base as bases
from triptych.personalization.dreambooth import encode_pictures, name_person, personalize
from triptych.personalization.generate import sample
from triptych.personalization.methods import Method
from triptych.personalization.references import condition
from triptych.storage.folders import MANIFEST, link_folder

Images = NDArray[np.uint8]
# From the seeds of a batch to its images.
Generator = Callable[[Sequence[int]], Images]


def open_base(base: Path, workspace: Workspace, device: torch.device) -> StableDiffusionPipeline:
    """Open a base model in a folder, all of whose files are hashed.

    Raises
    ------
    UserError
        A part is missing or damaged, or a file differs from the folder's manifest.
    """
    manifest = base / MANIFEST
    if not manifest.is_file():
        manifest = workspace.folder / "base" / MANIFEST
        link_folder(manifest, base)
    try:
        return bases.load(manifest, device)
    except UserError as error:
        raise UserError(
            expected=error.expected,
            found=error.found,
            where=str(base),
            remedy="name the folder of another model, or get the files of this model again",
        ) from None


def side_of(pipeline: StableDiffusionPipeline) -> int:
    """Return the side of the images that a base model was trained for, pixels."""
    return int(pipeline.unet.config.sample_size) * int(pipeline.vae_scale_factor)


def personal_images(
    method: Method,
    pipeline: StableDiffusionPipeline,
    photos: Images,
    prompt: str,
    seeds: Sequence[int],
    panel: PersonalizationParameters,
    *,
    adapter: Path | None,
    seed: int,
    team: Team,
    workspace: Workspace,
) -> Images:
    """Generate images of one person; a killed job loses at most the batch in progress.

    Parameters
    ----------
    photos
        uint8 (n, s, s, 3).
    seeds
        Of each image.
    panel
        Sampling and the recipes of DreamBooth.
    adapter
        Its folder; None for a method without an adapter.
    seed
        Of the fine-tuning, and of its class images.

    Returns
    -------
    NDArray
        uint8 (images, s, s, 3).

    Raises
    ------
    UserError
        The adapter is missing, damaged, or for another base model.
    """
    size, generate, batches = panel.sampling.batch_size, None, []
    for start in bar(range(0, len(seeds), size), f"generate {method.name}", unit="batch"):
        name = f"images_{start}"
        if (finished := workspace.load(name)) is not None:
            batches.append(finished[0]["images"].numpy())
            continue
        if generate is None:
            generate = _prepare(method, pipeline, photos, prompt, panel, adapter, seed, team,
                                workspace)  # fmt: skip
        images = generate(seeds[start : start + size])
        workspace.save(name, {"images": torch.from_numpy(images)}, {})
        batches.append(images)
    return np.concatenate(batches)


def _prepare(
    method: Method,
    pipeline: StableDiffusionPipeline,
    photos: Images,
    prompt: str,
    panel: PersonalizationParameters,
    adapter: Path | None,
    seed: int,
    team: Team,
    workspace: Workspace,
) -> Generator:
    """Make everything that the batches share."""
    condition_of_all = None
    if method.tuned_per_person:
        prompt = name_person(prompt, panel.dreambooth.name, panel.dreambooth.class_words)
        pipeline = _fine_tuned(method, pipeline, photos, panel, seed, team, workspace)
    elif adapter is not None and method.pooling is not None:
        layout.load(pipeline, adapter)
        attends = method.pooling == "self_attention"
        set_attention = layout.load_set_attention(adapter, team.device) if attends else None
        face_network = layout.open_face_network(adapter, team.device)
        embeddings = layout.embed(pipeline, face_network, photos).to(team.device)
        with torch.no_grad():
            (condition_of_all,) = condition(embeddings[None], method.pooling, set_attention)

    def generate(seeds: Sequence[int]) -> Images:
        return sample(
            pipeline,
            [prompt] * len(seeds),
            seeds,
            panel.sampling,
            side_of(pipeline),
            condition_of_all,
        )

    return generate


def _fine_tuned(
    method: Method,
    pipeline: StableDiffusionPipeline,
    photos: Images,
    panel: PersonalizationParameters,
    seed: int,
    team: Team,
    workspace: Workspace,
) -> StableDiffusionPipeline:
    """Fine-tune the base model for the person; the class images are kept for a second try."""
    recipe, side = panel.dreambooth, side_of(pipeline)
    prompts = [recipe.class_prompt] * recipe.prior_images
    if (finished := workspace.load("class_images")) is not None:
        class_images = finished[0]["images"].numpy()
    else:
        seeds = [derive(seed, "class", k) for k in range(recipe.prior_images)]
        class_images = sample(pipeline, prompts, seeds, panel.sampling, side)
        workspace.save("class_images", {"images": torch.from_numpy(class_images)}, {})
    own = [name_person(recipe.class_prompt, recipe.name, recipe.class_words)] * len(photos)
    instance = encode_pictures(pipeline, photos, own, side)
    prior = encode_pictures(pipeline, class_images, prompts, side)
    seed = derive(seed, method.name)
    if method.name == "dreambooth_lora":
        # This imports peft.
        from triptych.personalization.lora import train_lora

        weights = train_lora(
            pipeline,
            instance,
            prior,
            recipe,
            panel.dreambooth_lora,
            snr_gamma=panel.snr_gamma,
            seed=seed,
            team=team,
            description="LoRA",
        )
        pipeline.unet.load_lora_adapter(dict(weights), prefix=None)
        return pipeline
    personal, _ = personalize(
        pipeline,
        instance,
        prior,
        recipe,
        snr_gamma=panel.snr_gamma,
        seed=seed,
        team=team,
        description="DreamBooth",
    )
    return personal
