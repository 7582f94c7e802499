"""Benchmark of panel 1: PGD compared with three toolboxes, the detector with a plain loop."""

from collections.abc import Callable
from functools import partial
from importlib.metadata import version

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.signal import convolve2d
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from benchmarks import timing
from benchmarks.records import Measured
from triptych.adversarial import detector, networks, pgd
from triptych.data.digits import split_digits
from triptych.data.images import LabeledImages

TITLE = "Panel 1: adversarial images"

SEED = 0
EPSILON, STEPS, STEP_SIZE = 0.3, 10, 0.01
CLASSES, DIGITS, ATTACKED, SCORED_BY_LOOP = 10, 1500, 200, 300
# One pass over all digits takes our detector 10 ms, which is too short to compare.
REPEATS = 20

# Images in float32 near 1 are off by 6e-8 after an addition.
_BALL_TOLERANCE = 1e-6
_SCORE_TOLERANCE = 1e-12

_PREDICTOR = np.array([[-1 / 4, 1 / 2, -1 / 4], [1 / 2, 0, 1 / 2], [-1 / 4, 1 / 2, -1 / 4]])

_PGD_NOTE = (
    f"PGD: {ATTACKED} digits of scikit-learn in one batch, Madry's network at full width with "
    f"its initial values, epsilon {EPSILON}, {STEPS} steps of {STEP_SIZE}, random start. All use "
    "the same frozen weights. Our network converts itself to channels_last. The peers' networks "
    "run in torch's default layout, and a second time in our layout, which compares the attacks "
    "alone. "
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


def measure(rounds: int) -> Measured:
    """Check that the pairs do the same work, and time each side once a round."""
    torch.manual_seed(SEED)
    _, digits = split_digits(DIGITS, SEED)
    pairs = [*_pgd_pairs(digits.first(ATTACKED)), _detector_pair(digits.images)]
    return timing.measure(pairs, rounds, [_PGD_NOTE, _DETECTOR_NOTE])


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


def _pgd_pairs(digits: LabeledImages) -> list[timing.Pair]:
    images = torch.from_numpy(digits.images)[:, None].float() / 255
    labels = torch.from_numpy(digits.labels)
    ours = _our_attack(images, labels)
    peers = [
        (name, what, make(network, images, labels))
        for what, network in (
            ("PGD attack", _default_layout()),
            ("PGD attack, the peer in our layout", _frozen_network()),
        )
        for name, make in _PEERS.items()
    ]
    for name, attack in [("triptych", ours), *((name, attack) for name, _, attack in peers)]:
        _check_attack(name, attack(), images, labels)
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


def _our_attack(images: Tensor, labels: Tensor) -> Attack:
    return partial(
        pgd.attack,
        _frozen_network(),
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


def _frozen_network() -> Network:
    # Frozen for the peers' sake: foolbox would else compute the gradients of the weights as well.
    return networks.initialize(1.0, SEED).requires_grad_(False).eval()


def _default_layout() -> Network:
    return _frozen_network().to(memory_format=torch.contiguous_format)


def _check_attack(name: str, attacked: Tensor, images: Tensor, labels: Tensor) -> None:
    farthest = (attacked - images).abs().max().item()
    if farthest > EPSILON + _BALL_TOLERANCE:
        raise RuntimeError(f"{name} leaves the ball: {farthest} from the image, not {EPSILON}")
    if attacked.min() < 0 or attacked.max() > 1:
        raise RuntimeError(f"{name} leaves the range of pixels, [0, 1]")
    network = _frozen_network()
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
