"""Steps from data to raw results of every image: train, convert, calibrate, attack, score."""

from collections.abc import Mapping
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from triptych.adversarial.files import chunk_epsilons
from triptych.config.adversarial import (
    AdaptiveParameters,
    AdversarialParameters,
    PgdParameters,
    TrainingParameters,
)
from triptych.errors import UserError
from triptych.job.options import Flat, History, NotNegative, Positive, Seed, Threads
from triptych.job.step import Input, Inputs, LentDevice, Output, step
from triptych.job.work import Work, shape, work
from triptych.job.workspace import Workspace


def _training_work(panel: AdversarialParameters, wildcards: Mapping[str, str]) -> Work:
    training = getattr(panel.networks, wildcards["network"])
    # A step of the adversary and a step of the training are each one pass forward and backward.
    passes = 1 + (training.adversary.steps if training.adversary else 0)
    amount = training.all_steps * training.batch_size * passes
    return Work(amount, shape(width=panel.networks.width))


@work(_training_work)
@step
def train(
    *,
    data: Input,
    network: Output,
    history: History,
    training: Annotated[TrainingParameters, Flat],
    width: Annotated[float, Parameter(validator=Number(gt=0, lte=4))],
    validation_images: NotNegative,
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Train one network, natural or on adversarial examples.

    Parameters
    ----------
    data
        Training set; its last images are held out for validation.
    network
        Write the weights.
    training
        The recipe.
    width
        Channels relative to Madry's network.
    validation_images
        Number of images held out.
    """
    from triptych.adversarial import networks
    from triptych.adversarial.train import fit
    from triptych.data.images import load
    from triptych.job.devices import open_device
    from triptych.learning.history import write_history

    images = load(data)
    if validation_images >= len(images):
        raise UserError(
            expected=f"fewer than {len(images)} validation images, the size of the training set",
            found=str(validation_images),
            where="networks.validation_images of this scale",
            remedy="lower it: the training uses the remaining images",
        )
    trained, rows = fit(
        images.without_last(validation_images),
        images.last(validation_images),
        training,
        width=width,
        seed=seed,
        device=open_device(device, threads),
        workspace=workspace,
    )
    networks.save(trained, network)
    write_history(rows, history)


@step
def convert(*, manifest: Input, network: Output) -> None:
    """Convert a released TensorFlow checkpoint to torch.

    Parameters
    ----------
    manifest
        Manifest of the released archive in the same folder.
    network
        Write the weights.
    """
    from triptych.adversarial import networks
    from triptych.adversarial.released import convert_archive
    from triptych.data.fetch import verified

    (archive,) = verified(manifest.parent.name, manifest.parent).values()
    networks.save(convert_archive(archive), network)


@step
def calibrate(*, data: Input, thresholds: Output, calibration_images: Positive) -> None:
    """Set the detector's thresholds on clean training images.

    Parameters
    ----------
    data
        Training set.
    thresholds
        Write the thresholds of all readings (CSV).
    calibration_images
        Number of images, counted from the first.
    """
    from triptych.adversarial.artifacts.tables import thresholds_table
    from triptych.data.images import load
    from triptych.drawing.tables import write_csv

    write_csv(thresholds_table(load(data).first(calibration_images).images), thresholds)


def _attack_work(panel: AdversarialParameters, wildcards: Mapping[str, str]) -> Work:
    epsilons = chunk_epsilons(panel, wildcards["start"], wildcards["chunk"])
    images = panel.attack.test_images * len(epsilons)
    amount = images * panel.attack.pgd.steps
    return Work(amount, shape(width=panel.networks.width), images)


@work(_attack_work)
@step
def attack(
    *,
    network: Input,
    data: Input,
    attacks: Output,
    epsilons: Annotated[list[float], Parameter(validator=Number(gt=0, lte=1))],
    test_images: Positive,
    pgd: Annotated[PgdParameters, Flat],
    random_start: bool,
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Attack the test set at several epsilons.

    Parameters
    ----------
    network
        The network to attack.
    data
        Test set.
    attacks
        Write the attacked images (safetensors).
    epsilons
        Attack strengths.
    test_images
        Number of images, counted from the first.
    pgd
        The attack.
    random_start
        Start at a random point of the ball, not at its center.
    """
    from triptych.adversarial import networks
    from triptych.adversarial.evaluate import sweep
    from triptych.adversarial.raw import write
    from triptych.data.images import load
    from triptych.job.devices import open_device

    opened = open_device(device, threads)
    attacked_images = sweep(
        networks.load(network, opened),
        load(data).first(test_images),
        epsilons,
        steps=pgd.steps,
        step_size=pgd.step_size,
        random_start=random_start,
        batch_size=pgd.batch_size_cuda if opened.type == "cuda" else pgd.batch_size_cpu,
        seed=seed,
        device=opened,
        workspace=workspace,
    )
    write(attacked_images, attacks)


def adaptive_work(panel: AdversarialParameters, _: Mapping[str, str]) -> Work:
    adaptive, images = panel.adaptive, panel.attack.test_images
    amount = images * len(adaptive.epsilons) * adaptive.starts * adaptive.steps
    return Work(amount, shape(width=panel.networks.width), images)


@work(adaptive_work)
@step
def adapt(
    *,
    network: Input,
    data: Input,
    thresholds: Input,
    adapted: Output,
    adaptive: Annotated[AdaptiveParameters, Flat],
    test_images: Positive,
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Attack the test set with knowledge of the detector, at rising epsilons.

    Parameters
    ----------
    network
        The network to attack.
    data
        Test set.
    thresholds
        Thresholds of the detector.
    adapted
        Write the attacked images, their classes and scores (safetensors).
    adaptive
        The attack.
    test_images
        Number of images, counted from the first.
    """
    from triptych.adversarial import networks
    from triptych.adversarial.adaptive import adapt
    from triptych.adversarial.artifacts.tables import read_thresholds
    from triptych.adversarial.raw import write
    from triptych.data.images import load
    from triptych.job.devices import open_device

    opened = open_device(device, threads)
    limits = read_thresholds(thresholds)
    adapted_images = adapt(
        networks.load(network, opened),
        load(data).first(test_images),
        adaptive.epsilons,
        {reading: limits[reading] for reading in adaptive.readings},
        steps=adaptive.steps,
        starts=adaptive.starts,
        batch_size=adaptive.batch_size_cuda if opened.type == "cuda" else adaptive.batch_size_cpu,
        seed=seed,
        device=opened,
        workspace=workspace,
    )
    write(adapted_images, adapted)


@step
def score(
    *,
    network: Input,
    data: Input,
    attacks: Inputs,
    scores: Output,
    test_images: Positive,
    threads: Threads,
) -> None:
    """Predict the clean test images, and score clean and attacked images.

    Parameters
    ----------
    network
        The attacked network.
    data
        Test set.
    attacks
        Attacked images, any number of files.
    scores
        Write labels, predictions and scores of every image (safetensors).
    test_images
        Number of images that were attacked.
    """
    from triptych.adversarial import evaluate, networks, raw
    from triptych.data.images import load
    from triptych.job.devices import open_device

    loaded = networks.load(network, open_device("cpu", threads))
    images = load(data).first(test_images)
    raw.write(evaluate.score(loaded, images, raw.read_attacks(attacks)), scores)
