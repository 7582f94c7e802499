"""The steps that train the adapters and the face network."""

from typing import Annotated

from cyclopts import Parameter

from triptych.config.base_model import LoopParameters
from triptych.config.personalization import (
    ConditionDropoutParameters,
    FaceNetworkParameters,
    SetAttentionParameters,
)
from triptych.job.options import Flat, History, Processes, Seed, Threads
from triptych.job.step import LentDevice, OptionalInputs, Output, step
from triptych.job.work import work
from triptych.job.workspace import Workspace
from triptych.personalization import costs
from triptych.personalization.steps.options import (
    Base,
    Captions,
    LearnedPhotos,
    Resolution,
    SnrGamma,
)


@work(costs.face_network_work)
@step
def train_face_network(
    *,
    photos: LearnedPhotos,
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
    network
        Write the weights (safetensors).
    parameters
        Size and recipe.
    """
    import torch

    from triptych.data.faces import Faces
    from triptych.job.devices import open_device
    from triptych.job.processes import Team
    from triptych.job.seeds import derive
    from triptych.learning.history import write_history
    from triptych.personalization.identity import IdentityObjective, embed_identity, prototypes
    from triptych.personalization.networks.face_network import FaceNetwork, save_face_network
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


@work(costs.adapter_work)
@step
def train_adapter(
    *,
    photos: LearnedPhotos,
    captions: Captions,
    base: Base,
    start: OptionalInputs = (),
    face_network: OptionalInputs = (),
    adapter: Output,
    history: History,
    training: Annotated[LoopParameters, Parameter(name="training")],
    dropout: Annotated[ConditionDropoutParameters, Parameter(name="dropout")],
    set_attention: Annotated[SetAttentionParameters | None, Parameter(name="set-attention")] = None,
    references: int | None = None,
    resolution: Resolution,
    snr_gamma: SnrGamma = None,
    processes: Processes,
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Train an IP-Adapter on a frozen base model, or fine-tune one on sets of photos.

    Parameters
    ----------
    start
        Read the manifest of the adapter to start from; without it the adapter starts untrained.
    face_network
        Read the face network whose embeddings condition the adapter; without it the image
        encoder's do.
    adapter
        Write the manifest of the adapter, in the public layout.
    training
        The recipe.
    dropout
        How often training omits a condition.
    set_attention
        Self-attention over the photos, trained together with the adapter.
    references
        Number of other photos of the person that describe each photo. Without it each photo
        describes itself.
    """
    from functools import partial

    import torch

    from triptych.learning.history import write_history
    from triptych.personalization import adapter as layout
    from triptych.personalization.conditioning import adapter_objective
    from triptych.personalization.networks.face_network import load_face_network
    from triptych.personalization.train import fit_together
    from triptych.storage.folders import publish_folder

    build = partial(
        adapter_objective,
        photos=photos,
        captions=captions,
        base=base,
        start=next(iter(start), None),
        face_network=next(iter(face_network), None),
        set_attention=set_attention,
        references=references,
        dropout=dropout,
        resolution=resolution,
        snr_gamma=snr_gamma,
        batch_size=training.batch_size,
        seed=seed,
    )
    objective, rows = fit_together(
        build,
        training,
        seed=seed,
        processes=processes,
        device=device,
        threads=threads,
        workspace=workspace,
        description="train adapter",
    )
    network = next((load_face_network(path, torch.device("cpu")) for path in face_network), None)
    publish_folder(
        adapter,
        partial(
            layout.save,
            pipeline=objective.pipeline,
            set_attention=objective.set_attention,
            face_network=network,
        ),
    )
    write_history(rows, history)
