"""The steps that train what stands on a base model: the adapters, and the face network."""

from typing import Annotated

from cyclopts import Parameter

from triptych.config.base_model import LoopParameters
from triptych.config.personalization import (
    ConditionDropoutParameters,
    FaceNetworkParameters,
    SetAttentionParameters,
)
from triptych.job.options import Flat, History, Positive, Seed, Threads
from triptych.job.step import Input, LentDevice, OptionalInputs, Output, step
from triptych.job.workspace import Workspace


@step
def train_face_network(
    *,
    photos: Input,
    network: Output,
    history: History,
    parameters: Annotated[FaceNetworkParameters, Flat],
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Train the network that measures identity.

    Parameters
    ----------
    photos
        Of persons who are not in the benchmark.
    network
        The weights to be made (safetensors).
    parameters
        Its size and recipe.
    """
    import torch

    from triptych.data.faces import Faces
    from triptych.job.devices import open_device
    from triptych.job.processes import Team
    from triptych.job.seeds import derive
    from triptych.learning.history import write_history
    from triptych.personalization.identity import IdentityObjective, embed_identity, prototypes
    from triptych.personalization.networks.face_network import FaceNetwork
    from triptych.personalization.networks.saving import save_face_network
    from triptych.personalization.references import require_photos
    from triptych.personalization.train import fit

    faces = Faces(photos)
    require_photos(faces, 2)
    images, by_person = faces.images(), list(faces.by_person().values())
    torch.manual_seed(derive(seed, "weights"))
    objective = IdentityObjective(
        FaceNetwork(parameters.channels, parameters.embedding, len(by_person)),
        images,
        by_person,
        batch_size=parameters.training.batch_size,
        seed=derive(seed, "photos"),
    )
    rows = fit(
        objective,
        parameters.training,
        seed=seed,
        team=Team(open_device(device, threads)),
        workspace=workspace,
        description="train face network",
    )
    trained = objective.network
    trained.prototypes = prototypes(embed_identity(trained, images, images.shape[1]), by_person)
    save_face_network(trained, network)
    write_history(rows, history)


@step
def train_adapter(
    *,
    photos: Input,
    captions: Input,
    base: Input,
    start: OptionalInputs = (),
    adapter: Output,
    history: History,
    training: Annotated[LoopParameters, Parameter(name="training")],
    dropout: Annotated[ConditionDropoutParameters, Parameter(name="dropout")],
    set_attention: Annotated[SetAttentionParameters | None, Parameter(name="set-attention")] = None,
    references: int | None = None,
    resolution: Positive,
    snr_gamma: float | None = None,
    processes: Positive,
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Train an IP-Adapter on a frozen base model, or fine-tune one on sets of photos.

    Parameters
    ----------
    photos, captions
        What it learns from.
    base
        The manifest of the base model.
    start
        The manifest of an adapter to begin with; without one it begins untrained.
    adapter
        The manifest of the adapter to be made, in the public layout.
    training
        The recipe.
    dropout
        How often a condition is taken away.
    set_attention
        A self-attention over the photos, trained with the adapter; none leaves it out.
    references
        How many other photos of the person describe each; none: each describes itself.
    resolution
        Side of the images, pixels.
    snr_gamma
        Signal-to-noise ratio above which a time step counts less; none lets all count alike.
    processes
        Training processes.
    """
    from functools import partial

    from triptych.learning.history import write_history
    from triptych.personalization import adapter as layout
    from triptych.personalization.building import AdapterTask, adapter_objective
    from triptych.personalization.train import fit_together
    from triptych.storage.folders import publish_folder

    task = AdapterTask(
        photos=photos,
        captions=captions,
        base=base,
        start=next(iter(start), None),
        set_attention=set_attention,
        references=references,
        dropout=dropout,
        resolution=resolution,
        snr_gamma=snr_gamma,
        batch_size=training.batch_size,
        seed=seed,
    )
    objective, rows = fit_together(
        partial(adapter_objective, task),
        training,
        seed=seed,
        processes=processes,
        device=device,
        threads=threads,
        workspace=workspace,
        description="train adapter",
    )
    publish_folder(
        adapter,
        partial(layout.save, pipeline=objective.pipeline, set_attention=objective.set_attention),
    )
    write_history(rows, history)
