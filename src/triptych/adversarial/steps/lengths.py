"""Steps on training length: networks of several lengths and seeds beside the published one."""

from collections.abc import Mapping
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from triptych.config.adversarial import AdversarialParameters, PgdParameters, TrainingParameters
from triptych.job.options import Dataset, Flat, NotNegative, Positive, Seed, Threads
from triptych.job.step import Input, Inputs, LentDevice, Output, step
from triptych.job.work import Work, shape, work
from triptych.job.workspace import Workspace


def _training_work(panel: AdversarialParameters, _: Mapping[str, str]) -> Work:
    assert panel.training_length is not None
    assert isinstance(panel.networks.natural, TrainingParameters)
    amount = panel.training_length.steps[-1] * panel.networks.natural.batch_size
    return Work(amount, shape(width=panel.networks.width))


@work(_training_work)
@step
def train_lengths(
    *,
    data: Input,
    networks: Output,
    lengths: list[Positive],
    training: Annotated[TrainingParameters, Flat],
    width: Annotated[float, Parameter(validator=Number(gt=0, lte=4))],
    validation_images: NotNegative,
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Train a natural network and keep its weights after several numbers of steps.

    Parameters
    ----------
    data
        Training set; its last images are left out.
    networks
        Write the weights of all lengths (safetensors).
    lengths
        Numbers of steps, rising.
    training
        The recipe, whose own number of steps is not used.
    width
        Channels relative to Madry's network.
    validation_images
        Number of images left out, as in the other trainings.
    """
    from triptych.adversarial.lengths import fit_lengths, save
    from triptych.data.images import load
    from triptych.job.devices import open_device

    trained = fit_lengths(
        load(data).without_last(validation_images),
        training,
        lengths,
        width=width,
        seed=seed,
        device=open_device(device, threads),
        workspace=workspace,
    )
    save(trained, networks)


def _attack_work(panel: AdversarialParameters, _: Mapping[str, str]) -> Work:
    chosen = panel.training_length
    assert chosen is not None
    images = chosen.test_images * len(chosen.epsilons) * len(chosen.steps)
    amount = images * panel.attack.pgd.steps
    return Work(amount, shape(width=panel.networks.width), images)


@work(_attack_work)
@step
def attack_lengths(
    *,
    networks: Input,
    data: Input,
    thresholds: Input,
    curves: Output,
    epsilons: Annotated[list[float], Parameter(validator=Number(gt=0, lte=1))],
    test_images: Positive,
    pgd: Annotated[PgdParameters, Flat],
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Attack the networks of all lengths, with a random start, and count what is detected.

    Parameters
    ----------
    networks
        Weights of all lengths of a training.
    data
        Test set.
    thresholds
        Thresholds of the detector.
    curves
        Write accuracy and detection for each number of steps (CSV).
    epsilons
        Attack strengths.
    test_images
        Number of images, counted from the first.
    pgd
        The attack.
    """
    from triptych.adversarial.artifacts.length_curves import curves_of_lengths
    from triptych.adversarial.artifacts.tables import read_thresholds
    from triptych.adversarial.evaluate import score, sweep
    from triptych.adversarial.lengths import load as load_lengths
    from triptych.data.images import load
    from triptych.drawing.tables import write_csv
    from triptych.job.devices import open_device

    opened = open_device(device, threads)
    images = load(data).first(test_images)
    scores = {}
    for length, network in load_lengths(networks, opened).items():
        attacks = sweep(
            network,
            images,
            epsilons,
            steps=pgd.steps,
            step_size=pgd.step_size,
            random_start=True,
            batch_size=pgd.batch_size_cuda if opened.type == "cuda" else pgd.batch_size_cpu,
            seed=seed,
            device=opened,
            workspace=Workspace(workspace.folder / str(length)),
        )
        scores[length] = score(network.cpu(), images, attacks)
    write_csv(curves_of_lengths(scores, read_thresholds(thresholds)), curves)


@step
def training_length(
    *,
    lengths: Inputs,
    curves: Input,
    published: Input,
    steps: Positive,
    training_length: Output,
) -> None:
    """Compare training lengths and seeds with the published natural network.

    Parameters
    ----------
    lengths
        Curves of all lengths, a file for each seed.
    curves
        Curves of this run's own networks.
    published
        The paper's curves.
    steps
        Training length of this run's natural network.
    training_length
        Write the table (CSV).
    """
    import pandas as pd

    from triptych.adversarial.artifacts.lengths import length_table
    from triptych.drawing.tables import write_csv

    table = length_table(
        [pd.read_csv(path) for path in lengths], pd.read_csv(curves), pd.read_csv(published), steps
    )
    write_csv(table, training_length)


@step
def length_figure(*, table: Input, svg: Output, png: Output, dataset: Dataset) -> None:
    """Draw accuracy and detection of natural networks against the training length.

    Parameters
    ----------
    table
        The comparison of training lengths.
    svg, png
        Write the figure in this format.
    """
    import pandas as pd

    from triptych.adversarial.artifacts.lengths import draw_lengths
    from triptych.drawing.figures import save_figure

    save_figure(draw_lengths(pd.read_csv(table), dataset), svg, png)
