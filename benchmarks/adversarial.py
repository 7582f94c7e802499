"""Benchmark of panel 1: PGD compared with three toolboxes, the detector with a plain loop."""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import convolve2d
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from benchmarks import timing
from benchmarks.records import Measured
from triptych.adversarial import detector, networks, pgd
from triptych.adversarial.train import clean_accuracy, fit
from triptych.config.adversarial import TrainingParameters
from triptych.data.digits import split_digits
from triptych.data.images import LabeledImages
from triptych.job.workspace import Workspace

TITLE = "Panel 1: adversarial images"

SEED = 0
EPSILON, STEPS, STEP_SIZE = 0.3, 10, 0.01
CLASSES, DIGITS, ATTACKED, SCORED_BY_LOOP = 10, 1500, 200, 300
# On weights that were never trained, most units would carry a gradient.
RECIPE = TrainingParameters(
    recipe="brief",
    steps=200,
    batch_size=50,
    learning_rate=0.001,
    schedule="cosine",
    log_every=200,
    checkpoint_every=200,
)
# One pass over all digits takes our detector 10 ms, which is too short to compare.
REPEATS = 20

# Images in float32 near 1 are off by 6e-8 after an addition.
_BALL_TOLERANCE = 1e-6
_SCORE_TOLERANCE = 1e-12

_PREDICTOR = np.array([[-1 / 4, 1 / 2, -1 / 4], [1 / 2, 0, 1 / 2], [-1 / 4, 1 / 2, -1 / 4]])

_PGD_NOTE = (
    f"PGD: {ATTACKED} digits of scikit-learn in one batch, Madry's network at full width, epsilon "
    f"{EPSILON}, {STEPS} steps of {STEP_SIZE}, random start. The network is {{network}}; it "
    "classifies {accuracy:.1%} of these digits correctly. All use the same frozen weights. Our "
    "network converts itself to channels_last. The peers' networks run in torch's default layout, "
    "and a second time in our layout, the faster one. "
    "Checked before timing: every attack stays within epsilon and [0, 1] and raises the loss."
)
_DETECTOR_NOTE = (
    f"Detector: the reading as_written. Our detector scores {DIGITS} digits {REPEATS} times, the "
    f"loop {SCORED_BY_LOOP} of them once. The loop convolves each image with the predictor and "
    "computes the variance of the four neighbors pixel by pixel in Python. Checked before timing: "
    f"both give the same scores, to a relative {_SCORE_TOLERANCE:g}."
)

Attack = Callable[[], Tensor]
Network = networks.MadryNetwork


def measure(rounds: int, network: Path | None = None) -> Measured:
    """Check that the pairs do the same work, and time each side once a round.

    Parameters
    ----------
    network
        A trained network of full width; by default it is trained briefly.
    """
    torch.manual_seed(SEED)
    training, digits = split_digits(DIGITS, SEED)
    device, attacked = torch.device("cpu"), digits.first(ATTACKED)
    trained = networks.load(network, device) if network else _train(training)
    origin = network.name if network else f"trained for {RECIPE.steps} steps on other digits"
    accuracy = clean_accuracy(trained, attacked, device)
    note = _PGD_NOTE.format(network=origin, accuracy=accuracy)
    pairs = [*_pgd_pairs(trained.eval(), attacked), _detector_pair(digits.images)]
    return timing.measure(pairs, rounds, [note, _DETECTOR_NOTE])


def score_by_loop(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Score images one by one and pixel by pixel, as ``detector.scores(images, "as_written")``."""
    return np.array([_score_image(image.astype(np.float64)) for image in images])


def _score_image(image: NDArray[np.float64]) -> float:
    residual = np.abs(image[1:-1, 1:-1] - convolve2d(image, _PREDICTOR, mode="valid"))
    weights = np.empty_like(residual)
    for row in range(weights.shape[0]):
        for column in range(weights.shape[1]):
            weights[row, column] = 1 / (5 + _neighbor_variance(image, row + 1, column + 1))
    return float((residual * weights).mean() / weights.sum())


def _neighbor_variance(image: NDArray[np.float64], row: int, column: int) -> float:
    # Not np.var: for four numbers it takes several times as long, which would flatter us.
    north, south = image[row - 1, column], image[row + 1, column]
    west, east = image[row, column - 1], image[row, column + 1]
    mean = (north + south + west + east) / 4
    squares = (north - mean) ** 2 + (south - mean) ** 2 + (west - mean) ** 2 + (east - mean) ** 2
    return float(squares) / 3


def _pgd_pairs(network: Network, digits: LabeledImages) -> list[timing.Pair]:
    images = torch.from_numpy(digits.images)[:, None].float() / 255
    labels = torch.from_numpy(digits.labels)
    ours = _our_attack(network, images, labels)
    default_layout = deepcopy(network).to(memory_format=torch.contiguous_format)
    peers = [
        (name, what, make(peer_network, images, labels))
        for what, peer_network in (
            ("PGD attack", default_layout),
            ("PGD attack, the peer in our layout", network),
        )
        for name, make in _PEERS.items()
    ]
    for name, attack in [("triptych", ours), *((name, attack) for name, _, attack in peers)]:
        _check_attack(name, network, attack(), images, labels)
    return [
        timing.Pair(
            what=what,
            unit="images x steps",
            ours=_contender("triptych", ours),
            peer=_contender(name, attack),
        )
        for name, what, attack in peers
    ]


def _contender(package: str, attack: Attack) -> timing.Contender:
    return timing.Contender(package, version(package), ATTACKED * STEPS, attack)


def _our_attack(network: Network, images: Tensor, labels: Tensor) -> Attack:
    return partial(
        pgd.attack,
        network,
        images,
        labels,
        EPSILON,
        steps=STEPS,
        step_size=STEP_SIZE,
        random_start=True,
        seed=SEED,
    )


def _torchattacks_attack(network: Network, images: Tensor, labels: Tensor) -> Attack:
    torchattacks = timing.load_peer("torchattacks")
    attack = torchattacks.PGD(network, eps=EPSILON, alpha=STEP_SIZE, steps=STEPS, random_start=True)
    return partial(attack, images, labels)


def _foolbox_attack(network: Network, images: Tensor, labels: Tensor) -> Attack:
    foolbox = timing.load_peer("foolbox")
    model = foolbox.PyTorchModel(network, bounds=(0, 1), device="cpu")
    attack = foolbox.attacks.LinfPGD(abs_stepsize=STEP_SIZE, steps=STEPS, random_start=True)
    return partial(attack.run, model, images, labels, epsilon=EPSILON)


def _toolbox_attack(network: Network, images: Tensor, labels: Tensor) -> Attack:
    classifier = timing.load_peer("art.estimators.classification").PyTorchClassifier(
        network,
        loss=nn.CrossEntropyLoss(),
        input_shape=tuple(images.shape[1:]),
        nb_classes=CLASSES,
        clip_values=(0.0, 1.0),
        device_type="cpu",
    )
    attack = timing.load_peer("art.attacks.evasion").ProjectedGradientDescent(
        classifier,
        norm=np.inf,
        eps=EPSILON,
        eps_step=STEP_SIZE,
        max_iter=STEPS,
        num_random_init=1,
        batch_size=ATTACKED,
        verbose=False,
    )
    # It takes and gives arrays.
    inputs = images.numpy(), labels.numpy()
    return lambda: torch.from_numpy(attack.generate(*inputs))


_PEERS = {
    "torchattacks": _torchattacks_attack,
    "foolbox": _foolbox_attack,
    "adversarial-robustness-toolbox": _toolbox_attack,
}


def _train(digits: LabeledImages) -> Network:
    # The result is frozen: foolbox would else compute the gradients of the weights as well.
    with TemporaryDirectory() as folder:
        network, _ = fit(
            digits,
            digits.first(0),
            RECIPE,
            width=1.0,
            seed=SEED,
            device=torch.device("cpu"),
            workspace=Workspace(Path(folder)),
        )
    return network


def _check_attack(
    name: str, network: Network, attacked: Tensor, images: Tensor, labels: Tensor
) -> None:
    farthest = (attacked - images).abs().max().item()
    if farthest > EPSILON + _BALL_TOLERANCE:
        raise RuntimeError(f"{name} leaves the ball: {farthest} from the image, not {EPSILON}")
    if attacked.min() < 0 or attacked.max() > 1:
        raise RuntimeError(f"{name} leaves the range of pixels, [0, 1]")
    with torch.no_grad():
        before, after = (cross_entropy(network(x), labels).item() for x in (images, attacked))
    if after <= before:
        raise RuntimeError(f"{name} does not raise the loss: {before} before, {after} after")


def _detector_pair(images: NDArray[np.uint8]) -> timing.Pair:
    many, few = np.tile(images, (REPEATS, 1, 1)), images[:SCORED_BY_LOOP]
    np.testing.assert_allclose(
        detector.scores(few, "as_written"), score_by_loop(few), rtol=_SCORE_TOLERANCE, atol=0
    )
    return timing.Pair(
        what="detector's scores",
        unit="images",
        ours=timing.Contender(
            "triptych",
            version("triptych"),
            len(many),
            partial(detector.scores, many, "as_written"),
        ),
        peer=timing.Contender(
            "loop over pixels with scipy", version("scipy"), len(few), partial(score_by_loop, few)
        ),
    )
