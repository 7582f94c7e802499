"""Steps on further detectors, attacked and judged as the paper's."""

from typing import Annotated

from triptych.adversarial.steps.computing import adaptive_work
from triptych.config.adversarial import AdaptiveParameters, FurtherDetector
from triptych.job.options import Flat, Positive, Seed, Threads
from triptych.job.step import Input, Inputs, LentDevice, Output, step
from triptych.job.work import work
from triptych.job.workspace import Workspace


@work(adaptive_work)
@step
def judge_detector(
    *,
    network: Input,
    training: Input,
    data: Input,
    attacks: Inputs,
    judged: Output,
    detector: FurtherDetector,
    adaptive: Annotated[AdaptiveParameters, Flat],
    calibration_images: Positive,
    test_images: Positive,
    seed: Seed,
    threads: Threads,
    workspace: Workspace,
    device: LentDevice,
) -> None:
    """Calibrate a further detector, score attacked images, and attack with knowledge of it.

    Parameters
    ----------
    network
        The attacked network.
    training
        Training set; its first images set the threshold.
    data
        Test set.
    attacks
        Images of the paper's attack, any number of files.
    judged
        Write classes and scores of every image (safetensors).
    detector
        The detector.
    adaptive
        The attack that knows the detector.
    calibration_images
        Number of images for the threshold, counted from the first.
    test_images
        Number of images that were attacked.
    """
    from triptych.adversarial import further, networks
    from triptych.adversarial.raw import read_attacks
    from triptych.data.images import load
    from triptych.job.devices import open_device

    opened = open_device(device, threads)
    judgments = further.judge(
        detector,
        networks.load(network, opened),
        load(training).first(calibration_images).images,
        load(data).first(test_images),
        read_attacks(attacks),
        adaptive,
        batch_size=adaptive.batch_size_cuda if opened.type == "cuda" else adaptive.batch_size_cpu,
        seed=seed,
        device=opened,
        workspace=workspace,
    )
    further.write(judgments, judged)


@step
def count_detectors(
    *, natural: Inputs, secret: Inputs, curves: Output, adaptive: Output, auc: Output
) -> None:
    """Count how further detectors do, with the columns of the paper's detector.

    Parameters
    ----------
    natural, secret
        What each detector says of the images of a network, in the same order.
    curves
        Write the curves under the paper's attack (CSV).
    adaptive
        Write the curves under the attack that knows the detector (CSV).
    auc
        Write the areas under the ROC curves (CSV).
    """
    from triptych.adversarial.artifacts import further as tables
    from triptych.adversarial.further import read
    from triptych.drawing.tables import write_csv

    # The folder has the detector's name.
    detectors = {
        one.parent.name: {"natural": read(one), "secret": read(other)}
        for one, other in zip(natural, secret, strict=True)
    }
    write_csv(tables.further_curves(detectors), curves)
    write_csv(tables.further_adaptive(detectors), adaptive)
    write_csv(tables.further_auc(detectors), auc)
