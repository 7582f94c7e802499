"""From data to raw results of every image: train and evaluate models, count their costs."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from triptych.config.segmentation import (
    Architecture,
    Backbone,
    ConnectionParameters,
    Control,
    OutputStride,
    ProtocolParameters,
    RecipeParameters,
    Row,
    SceneDataset,
    TrainedMethod,
)
from triptych.errors import UserError
from triptych.job.options import (
    Flat,
    History,
    NotNegative,
    Positive,
    Processes,
    Seed,
    Threads,
    Weights,
)
from triptych.job.step import (
    MAY_BE_EMPTY,
    Input,
    Inputs,
    LentDevice,
    OptionalInputs,
    Output,
    Outputs,
    step,
)
from triptych.job.work import work
from triptych.job.workspace import Workspace
from triptych.segmentation.work import evaluation_work, training_work

Network = Annotated[Architecture, Parameter(help="Which of the two networks.")]
ModelBackbone = Annotated[Backbone, Parameter(help="Network without its head.")]
Separable = Annotated[
    bool, Parameter(help="Whether convolutions in ASPP and decoder are depthwise separable.")
]
Connections = Annotated[ConnectionParameters, Flat]


@work(training_work)
@step
def train(
    *,
    train: Input,
    val: Input,
    pretrained: OptionalInputs = (),
    model: Weights,
    history: History,
    network: Network,
    method: TrainedMethod,
    backbone: ModelBackbone,
    separable: Separable,
    connections: Connections,
    recipe: Annotated[RecipeParameters, Flat],
    seed: Seed,
    loader_workers: NotNegative,
    processes: Processes,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Train one model.

    Parameters
    ----------
    train
        Read the training set.
    val
        Read the set that informs the history or selects the weights.
    pretrained
        Read the manifest of the backbone's ImageNet weights; none: start from random weights.
    method
        How networks cooperate; an ensemble is made of two single models.
    loader_workers
        Processes that load images.
    """
    from functools import partial

    from triptych.data.classes import class_table
    from triptych.data.fetch import verified
    from triptych.data.scenes import Scenes
    from triptych.learning.history import write_history
    from triptych.learning.loop import train_together
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
    trained, rows = train_together(
        partial(fit, task), workspace, processes=processes, device=device, threads=threads
    )
    save(trained, config, model)
    write_history(rows, history)


@work(evaluation_work)
@step
def evaluate(
    *,
    models: Inputs,
    data: Input,
    evaluations: Outputs,
    network: Network,
    methods: list[Row],
    training_numbers: list[NotNegative],
    protocol: Annotated[ProtocolParameters, Flat],
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Score models of one network on every image of a split.

    Parameters
    ----------
    models
        Read the weights of each row in turn: one file, or the two single models of an ensemble.
    data
        Read the split.
    evaluations
        Write a confusion matrix of each image, a file for each row (safetensors).
    methods
        The method of each row.
    training_numbers
        Which of the independent trainings each row is, from 0.
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
    for weights, path, method, training_number in rows:
        scored = score(
            networks.load_row(weights, network, method, opened, classes),
            scenes,
            protocol,
            # The figures show the first training.
            keep_predictions=training_number == 0,
            device=opened,
            workspace=workspace,
            checkpoint=f"evaluation_{method}_{training_number}",
        )
        confusion = {name: np.stack(matrices) for name, matrices in scored.confusion.items()}
        evaluation = raw.Evaluation(
            dataset=scenes.dataset,
            network=network,
            method=method,
            seed=training_number,
            names=scenes.names,
            confusion=confusion.pop(RESULT),
            alternatives=confusion,
            predictions=tuple(scored.predictions),
        )
        raw.write(evaluation, path)


def _rows(
    models: list[Path], evaluations: list[Path], methods: list[Row], training_numbers: list[int]
) -> Iterator[tuple[list[Path], Path, Row, int]]:
    """Yield the weights, the output, the method and the training of each row."""
    needed = [2 if method == "ensemble" else 1 for method in methods]
    given = (len(models), len(evaluations), len(training_numbers))
    if given != (sum(needed), len(methods), len(methods)):
        raise UserError(
            expected="for each method a training number and an evaluation, and one model, or two"
            " for an ensemble",
            found=f"{len(methods)} methods, {len(training_numbers)} training numbers,"
            f" {len(evaluations)} evaluations, {len(models)} models",
            where=", ".join(map(str, models)),
            remedy="give as many of each as the rows need, in the order of the rows",
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
    backbone: ModelBackbone,
    separable: Separable,
    connections: Connections,
    networks: list[Architecture],
    output_strides: list[OutputStride],
    image_size: tuple[Positive, Positive],
    controls: Annotated[tuple[Control, ...], MAY_BE_EMPTY] = (),
    longer: float = 1.0,
) -> None:
    """Count the parameters and multiply-adds of all eight models, and of controls.

    Parameters
    ----------
    costs
        Write the table (CSV).
    dataset
        Data set whose classes the models predict.
    networks
        Networks whose models are counted.
    output_strides
        Image size over the size of the last map, of each network.
    image_size
        Height and width, pixels.
    controls
        Further rows.
    longer
        Steps of the control single_longer, relative to the single network's.
    """
    from triptych.config.segmentation import METHODS
    from triptych.data.classes import class_table
    from triptych.drawing.tables import write_csv
    from triptych.segmentation.costs import costs_table
    from triptych.segmentation.networks import ModelConfig

    configs = [
        ModelConfig(
            network=network,
            method=method,
            backbone=backbone,
            num_classes=len(class_table(dataset)),
            output_stride=stride,
            separable=separable,
            connections=connections,
        )
        for network, stride in zip(networks, output_strides, strict=True)
        for method in (*METHODS, *controls)
    ]
    write_csv(costs_table(configs, *image_size, longer), costs)
