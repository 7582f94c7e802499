"""From data to raw results of every image: train, evaluate, and what each model costs."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

from triptych.config.segmentation import (
    Architecture,
    Backbone,
    ConnectionParameters,
    Method,
    OutputStride,
    ProtocolParameters,
    RecipeParameters,
    SceneDataset,
    TrainedMethod,
)
from triptych.errors import UserError
from triptych.job.options import Flat, History, NotNegative, Positive, Seed, Threads
from triptych.job.step import Input, Inputs, LentDevice, OptionalInputs, Output, Outputs, step
from triptych.job.workspace import Workspace


@step
def train(
    *,
    train: Input,
    val: Input,
    pretrained: OptionalInputs = (),
    model: Output,
    history: History,
    network: Architecture,
    method: TrainedMethod,
    backbone: Backbone,
    separable: bool,
    connections: Annotated[ConnectionParameters, Flat],
    recipe: Annotated[RecipeParameters, Flat],
    seed: Seed,
    loader_workers: NotNegative,
    processes: Positive,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Train one model.

    Parameters
    ----------
    train, val
        The training set, and the one that informs the history or selects the weights.
    pretrained
        The manifest of the backbone's ImageNet weights, or nothing.
    model
        The weights to be made.
    network, method, backbone, separable
        The model's shape; an ensemble is made of two single models.
    connections
        How cooperating networks are connected.
    recipe
        How it is trained, and how validation images are shown.
    loader_workers
        Processes that load images.
    processes
        Training processes.
    """
    from functools import partial

    from triptych.data.classes import class_table
    from triptych.data.fetch import verified
    from triptych.data.scenes import Scenes
    from triptych.job.devices import open_device
    from triptych.job.processes import Team, run_together
    from triptych.learning.history import write_history
    from triptych.segmentation.networks import ModelConfig, save
    from triptych.segmentation.train import Task, fit

    scenes = Scenes(train)
    config = ModelConfig(
        network=network,
        method=method,
        backbone=backbone,
        num_classes=len(class_table(scenes.dataset)),
        output_stride=recipe.output_stride,
        separable=separable,
        connections=connections,
    )
    weights = [
        path
        for manifest in pretrained
        for path in verified(manifest.parent.name, manifest.parent).values()
    ]
    task = Task(
        config=config,
        parameters=recipe.training,
        protocol=recipe.protocol,
        train=scenes,
        val=Scenes(val),
        seed=seed,
        pretrained=next(iter(weights), None),
        loader_workers=loader_workers,
    )
    if processes > 1:
        work = partial(fit, task)
        run_together(work, workspace, processes=processes, device=device, threads=threads)
    # After a training by several processes this takes up their finished checkpoint.
    trained, rows = fit(task, Team(open_device(device, threads)), workspace)
    save(trained, config, model)
    write_history(rows, history)


@step
def evaluate(
    *,
    models: Inputs,
    data: Input,
    evaluations: Outputs,
    network: Architecture,
    methods: list[Method],
    training_numbers: list[NotNegative],
    protocol: Annotated[ProtocolParameters, Flat],
    figure_images: NotNegative,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Score models of a network, an ensemble of two among them, on every image of a split.

    Parameters
    ----------
    models
        The weights of each row, one after the other: one file, or the two single models that
        are an ensemble.
    data
        The split.
    evaluations
        For each row a confusion matrix for each image, to be made (safetensors).
    network, methods
        The rows of the table.
    training_numbers
        Which of the independent trainings each row has, from 0.
    protocol
        How images are shown to the model.
    figure_images
        Of how many images the predictions are kept.
    """
    import numpy as np

    from triptych.data.classes import class_table
    from triptych.data.scenes import Scenes
    from triptych.job.devices import open_device
    from triptych.segmentation import networks, raw
    from triptych.segmentation.evaluate import evaluate as score
    from triptych.segmentation.networks.models import RESULT

    opened, scenes = open_device(device, threads), Scenes(data)
    classes = class_table(scenes.dataset)
    rows = _rows(models, evaluations, methods, training_numbers)
    for weights, evaluation, method, training_number in rows:
        scored = score(
            networks.load_row(weights, network, method, opened, classes),
            scenes,
            protocol,
            kept_predictions=figure_images,
            device=opened,
            workspace=workspace,
            checkpoint=f"evaluation_{method}_{training_number}",
        )
        confusion = {name: np.stack(matrices) for name, matrices in scored.confusion.items()}
        found = raw.Evaluation(
            dataset=scenes.dataset,
            network=network,
            method=method,
            seed=training_number,
            names=scenes.names,
            confusion=confusion.pop(RESULT),
            alternatives=confusion,
            predictions=tuple(scored.predictions),
        )
        raw.write(found, evaluation)


def _rows(
    models: list[Path], evaluations: list[Path], methods: list[Method], training_numbers: list[int]
) -> Iterator[tuple[list[Path], Path, Method, int]]:
    """What belongs to each row: its weights, its output, its method and training."""
    needed = [2 if method == "ensemble" else 1 for method in methods]
    given = (len(models), len(evaluations), len(training_numbers))
    if given != (sum(needed), len(methods), len(methods)):
        raise UserError(
            expected="for each method a training number and an evaluation, and one model, or two"
            " for an ensemble",
            found=f"{len(methods)} methods, {len(training_numbers)} training numbers,"
            f" {len(evaluations)} evaluations, {len(models)} models",
            where=", ".join(map(str, models)),
            remedy="name as many of each as the rows need, in the order of the rows",
        )
    weights = iter(models)
    for count, path, method, number in zip(
        needed, evaluations, methods, training_numbers, strict=True
    ):
        yield list(islice(weights, count)), path, method, number


@step
def costs(
    *,
    costs: Output,
    dataset: SceneDataset,
    backbone: Backbone,
    separable: bool,
    danet_output_stride: OutputStride,
    deeplabv3plus_output_stride: OutputStride,
    connections: Annotated[ConnectionParameters, Flat],
    image_height: Positive,
    image_width: Positive,
) -> None:
    """Count the parameters and multiply-adds of all eight models.

    Parameters
    ----------
    costs
        The table to be made (CSV).
    dataset
        Whose classes the models tell apart.
    backbone, separable
        The models' shape.
    danet_output_stride, deeplabv3plus_output_stride
        Image size over the size of the last map.
    connections
        How cooperating networks are connected.
    image_height, image_width
        In pixels.
    """
    from triptych.config.segmentation import ARCHITECTURES, METHODS
    from triptych.data.classes import class_table
    from triptych.drawing.tables import write_csv
    from triptych.segmentation.costs import costs_table
    from triptych.segmentation.networks import ModelConfig

    strides = {"danet": danet_output_stride, "deeplabv3plus": deeplabv3plus_output_stride}
    configs = [
        ModelConfig(
            network=network,
            method=method,
            backbone=backbone,
            num_classes=len(class_table(dataset)),
            output_stride=strides[network],
            separable=separable,
            connections=connections,
        )
        for network in ARCHITECTURES
        for method in METHODS
    ]
    write_csv(costs_table(configs, image_height, image_width), costs)
