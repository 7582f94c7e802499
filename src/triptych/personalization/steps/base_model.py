"""The steps that train a base model: its encoders, its autoencoder, its UNet."""

from typing import Annotated

from triptych.config.base_model import AutoencoderParameters, DenoiserParameters, EncodersParameters
from triptych.job.options import Flat, History, Processes, Seed, Threads
from triptych.job.step import Input, LentDevice, Output, step
from triptych.job.work import work
from triptych.job.workspace import Workspace
from triptych.personalization import costs
from triptych.personalization.steps.options import Captions, LearnedPhotos, Resolution, SnrGamma


@work(costs.encoders_work)
@step
def train_encoders(
    *,
    photos: LearnedPhotos,
    captions: Captions,
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
    encoders
        Write the manifest of the model and its tokenizer.
    parameters
        Size and recipe.
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
    from triptych.personalization.contrast import ContrastiveObjective
    from triptych.personalization.networks.encoders import build_encoders, build_tokenizer
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
        faces.persons,
        identity_weight=parameters.identity_weight,
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


@work(costs.autoencoder_work)
@step
def train_autoencoder(
    *,
    photos: LearnedPhotos,
    autoencoder: Output,
    history: History,
    parameters: Annotated[AutoencoderParameters, Flat],
    resolution: Resolution,
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Train a small variational autoencoder.

    Parameters
    ----------
    autoencoder
        Write the manifest of the model.
    parameters
        Size and recipe.
    """
    import torch

    from triptych.data.faces import Faces
    from triptych.job.devices import open_device
    from triptych.job.processes import Team
    from triptych.job.seeds import derive
    from triptych.learning.history import write_history
    from triptych.personalization import base
    from triptych.personalization.networks.autoencoder import build_autoencoder
    from triptych.personalization.photos import encode_latents
    from triptych.personalization.reconstruction import ReconstructionObjective
    from triptych.personalization.train import fit

    images = Faces(photos).images()
    opened = open_device(device, threads)
    torch.manual_seed(derive(seed, "weights"))
    network = build_autoencoder(parameters, resolution).to(memory_format=torch.channels_last)
    objective = ReconstructionObjective(
        network,
        images,
        resolution,
        parameters=parameters,
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


@work(costs.denoiser_work)
@step
def train_denoiser(
    *,
    photos: LearnedPhotos,
    captions: Captions,
    encoders: Input,
    autoencoder: Input,
    base: Output,
    history: History,
    parameters: Annotated[DenoiserParameters, Flat],
    resolution: Resolution,
    snr_gamma: SnrGamma = None,
    processes: Processes,
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Train the UNet and join all parts into a base model.

    Parameters
    ----------
    encoders, autoencoder
        Read the manifests of the other parts.
    base
        Write the manifest of the base model.
    parameters
        Size and recipe of the UNet.
    """
    from functools import partial

    from triptych.learning.history import write_history
    from triptych.personalization.base import load_parts, save
    from triptych.personalization.building import text_objective
    from triptych.personalization.train import fit_together

    build = partial(
        text_objective,
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
        build,
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
