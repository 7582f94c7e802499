"""The sparse gradient on a CPU agrees with autograd, and gives the same bytes each time."""

from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy

import pytest
import torch

from triptych.adversarial import pgd
from triptych.adversarial.networks import MadryNetwork, initialize
from triptych.adversarial.sparse import SparseNetwork
from triptych.adversarial.train import fit
from triptych.config.adversarial import AdversaryParameters, TrainingParameters
from triptych.job.workspace import Workspace

_WIDTHS = [0.0625, 0.34, 0.5]
# Autograd's own median error in float32 is up to 1e-5 on a confident network.
_GRADIENT_ERROR = 2e-5


@pytest.fixture(scope="module")
def images(digits):
    noise = torch.rand(40, 1, 28, 28, generator=torch.Generator().manual_seed(5))
    # Equal pixels have equal outputs, and any of them is the largest.
    return (torch.from_numpy(digits[0].images[:40]).unsqueeze(1) / 255 + noise / 5).clamp(0, 1)


@pytest.fixture(scope="module")
def labels(digits):
    return torch.from_numpy(digits[0].labels[:40])


@pytest.fixture(scope="module")
def trained(digits, tmp_path_factory):
    """A network of half the width, trained on clean or on adversarial images."""

    def train(adversary: AdversaryParameters | None) -> MadryNetwork:
        recipe = TrainingParameters(
            recipe="fixture",
            steps=40,
            batch_size=30,
            learning_rate=0.003,
            schedule="cosine",
            adversary=adversary,
            log_every=40,
            checkpoint_every=40,
        )
        torch.set_num_threads(1)
        return fit(
            digits[0],
            digits[0].first(0),
            recipe,
            width=0.5,
            seed=3,
            device=torch.device("cpu"),
            workspace=Workspace(tmp_path_factory.mktemp("trained")),
        )[0]

    adversary = AdversaryParameters(epsilon=0.1, steps=2, step_size=0.1, ramp=0.5)
    return {"natural": train(None), "adversarial": train(adversary)}


def gradient(network: MadryNetwork, images, labels, kind=SparseNetwork):
    of_network = kind(network)
    return of_network.gradient(pgd.logits_gradient(of_network.logits(images), labels))


def autograd(network: MadryNetwork, images, labels):
    return gradient(network, images, labels, pgd.Autograd)


def error(network: MadryNetwork, images, labels, found) -> float:
    """Return the median over images of the relative error, against double precision."""
    exact = autograd(deepcopy(network).double(), images.double(), labels).flatten(1)
    distance = (found.double().flatten(1) - exact).norm(dim=1)
    return float((distance / exact.norm(dim=1)).median())


@pytest.mark.parametrize("recipe", ["natural", "adversarial"])
def test_both_gradients_of_a_trained_network_agree_with_double_precision(
    trained, recipe, images, labels
):
    given = trained[recipe], images, labels
    assert error(*given, gradient(*given)) < _GRADIENT_ERROR
    assert error(*given, autograd(*given)) < _GRADIENT_ERROR


@pytest.mark.parametrize("width", _WIDTHS)
def test_logits_and_gradient_agree_at_any_width(width, images, labels):
    network = initialize(width, 1).requires_grad_(False)
    sparse = SparseNetwork(network)
    torch.testing.assert_close(sparse.logits(images), network(images), rtol=1e-4, atol=1e-3)
    assert error(network, images, labels, gradient(network, images, labels)) < _GRADIENT_ERROR


def test_dead_channels_and_units_change_nothing(images, labels):
    network = initialize(0.5, 2).requires_grad_(False)
    network.conv1.weight[::3] = -network.conv1.weight[::3].abs()
    network.conv1.bias[::3] = 0
    network.conv2.bias[:24] = -100
    network.fc1.bias[100:] = -1000
    exact = autograd(network, images, labels)
    assert exact.abs().max() > 0
    assert error(network, images, labels, gradient(network, images, labels)) < _GRADIENT_ERROR


@pytest.mark.parametrize("recipe", ["natural", "adversarial"])
def test_predictions_after_an_attack_equal_those_of_autograd(
    trained, recipe, images, labels, monkeypatch
):
    network = trained[recipe]

    def predictions():
        settings = {"steps": 10, "step_size": 0.02, "random_start": True, "seed": 7}
        attacked = pgd.attack(network, images, labels, 0.15, **settings)
        return network(attacked).argmax(1)

    sparse = predictions()
    assert (sparse != network(images).argmax(1)).any()
    monkeypatch.setattr("triptych.adversarial.pgd._SMALLEST_SPARSE_WIDTH", 5)
    assert torch.equal(sparse, predictions())


def test_the_same_bytes_again_and_in_two_threads_at_once(trained, images, labels):
    given = trained["natural"], images, labels
    alone = gradient(*given)
    assert torch.equal(alone, gradient(*given))
    with ThreadPoolExecutor(2) as pool:
        for found in pool.map(lambda _: gradient(*given), range(6)):
            assert torch.equal(alone, found)


@pytest.mark.parametrize("size", [1, 5, 11])
def test_batches_change_a_gradient_by_rounding_only(trained, images, labels, size):
    network = trained["natural"]
    parts = zip(images.split(size), labels.split(size), strict=True)
    found = torch.cat([gradient(network, *part) for part in parts])
    assert error(network, images, labels, found) < _GRADIENT_ERROR


@pytest.mark.parametrize(
    ("network", "dense"),
    [
        (initialize(0.5, 0), False),
        (initialize(0.25, 0), True),
        (torch.nn.Sequential(initialize(0.5, 0)), True),
        (initialize(0.5, 0).double(), True),
    ],
    ids=["wide", "narrow", "another model", "double precision"],
)
def test_wide_networks_alone_have_the_sparse_gradient(network, dense, images):
    images = images.to(next(network.parameters()).dtype)
    kind = pgd.Autograd if dense else SparseNetwork
    assert type(pgd.differentiable(network, images)) is kind
