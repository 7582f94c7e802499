"""The steps that train a base model: its encoders, its autoencoder, its UNet."""

from typing import Annotated

from triptych.config.base_model import AutoencoderParameters, DenoiserParameters, EncodersParameters
from triptych.job.options import Flat, History, Positive, Seed, Threads
from triptych.job.step import Input, LentDevice, Output, step
from triptych.job.workspace import Workspace


@step
def train_encoders(
    *,
    photos: Input,
    captions: Input,
    encoders: Output,
    history: History,
    parameters: Annotated[EncodersParameters, Flat],
    prompts: list[str],
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Train a small stand-in for CLIP on photos and their captions.

    Parameters
    ----------
    photos, captions
        What the base model learns from.
    encoders
        The manifest of the model and its tokenizer to be made.
    parameters
        Its size and recipe.
    prompts
        Further texts whose words the tokenizer must know.
    """
    import torch

    from triptych.data.faces import Faces
    from triptych.job.devices import open_device
    from triptych.job.processes import Team
    from triptych.job.seeds import derive
    from triptych.learning.history import write_history
    from triptych.personalization import base
    from triptych.personalization import captions as words
    from triptych.personalization.networks.encoders import build_encoders, build_tokenizer
    from triptych.personalization.objectives import ContrastiveObjective
    from triptych.personalization.train import fit

    faces = Faces(photos)
    texts = words.read(captions, faces.names)
    tokenizer = build_tokenizer([*texts, *prompts], parameters.vocabulary, parameters.longest_text)
    images = faces.images()
    torch.manual_seed(derive(seed, "weights"))
    objective = ContrastiveObjective(
        build_encoders(parameters, tokenizer, images.shape[1]),
        tokenizer,
        images,
        texts,
        batch_size=parameters.training.batch_size,
        seed=derive(seed, "photos"),
    )
    team = Team(open_device(device, threads))
    rows = fit(
        objective,
        parameters.training,
        seed=seed,
        team=team,
        workspace=workspace,
        description="train encoders",
    )
    base.save_encoders(encoders, objective.network, tokenizer)
    write_history(rows, history)


@step
def train_autoencoder(
    *,
    photos: Input,
    autoencoder: Output,
    history: History,
    parameters: Annotated[AutoencoderParameters, Flat],
    resolution: Positive,
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Train a small variational autoencoder.

    Parameters
    ----------
    photos
        What the base model learns from.
    autoencoder
        The manifest of the model to be made.
    parameters
        Its size and recipe.
    resolution
        Side of the images, pixels.
    """
    import torch

    from triptych.data.faces import Faces
    from triptych.job.devices import open_device
    from triptych.job.processes import Team
    from triptych.job.seeds import derive
    from triptych.learning.history import write_history
    from triptych.personalization import base
    from triptych.personalization.networks.autoencoder import build_autoencoder
    from triptych.personalization.objectives import ReconstructionObjective
    from triptych.personalization.photos import encode_latents
    from triptych.personalization.train import fit

    images = Faces(photos).images()
    opened = open_device(device, threads)
    torch.manual_seed(derive(seed, "weights"))
    network = build_autoencoder(parameters, resolution).to(memory_format=torch.channels_last)
    objective = ReconstructionObjective(
        network,
        images,
        resolution,
        kl_weight=parameters.kl_weight,
        batch_size=parameters.training.batch_size,
        seed=derive(seed, "photos"),
    )
    rows = fit(
        objective,
        parameters.training,
        seed=seed,
        team=Team(opened),
        workspace=workspace,
        description="train autoencoder",
    )
    # The UNet expects latents of unit variance (Rombach et al. 2022, Section G).
    latents = encode_latents(network, images, resolution).mean / network.config.scaling_factor
    network.register_to_config(scaling_factor=float(1 / latents.std()))
    base.save_autoencoder(autoencoder, network)
    write_history(rows, history)


@step
def train_denoiser(
    *,
    photos: Input,
    captions: Input,
    encoders: Input,
    autoencoder: Input,
    base: Output,
    history: History,
    parameters: Annotated[DenoiserParameters, Flat],
    resolution: Positive,
    snr_gamma: float | None = None,
    processes: Positive,
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Train the UNet and join all parts into a base model.

    Parameters
    ----------
    photos, captions
        What the base model learns from.
    encoders, autoencoder
        The manifests of its other parts.
    base
        The manifest of the base model to be made.
    parameters
        The UNet's size and recipe.
    resolution
        Side of the images, pixels.
    snr_gamma
        Signal-to-noise ratio above which a time step counts less; none lets all count alike.
    processes
        Training processes.
    """
    from functools import partial

    from triptych.learning.history import write_history
    from triptych.personalization.base import load_parts, save
    from triptych.personalization.building import TextTask, text_objective
    from triptych.personalization.train import fit_together

    task = TextTask(
        photos=photos,
        captions=captions,
        encoders=encoders,
        autoencoder=autoencoder,
        parameters=parameters,
        resolution=resolution,
        snr_gamma=snr_gamma,
        seed=seed,
    )
    objective, rows = fit_together(
        partial(text_objective, task),
        parameters.training,
        seed=seed,
        processes=processes,
        device=device,
        threads=threads,
        workspace=workspace,
        description="train UNet",
    )
    save(base, load_parts(encoders, autoencoder), objective.result)
    write_history(rows, history)
