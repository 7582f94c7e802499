"""The attack: its ball, its draws, its independence of batches, and what it achieves."""

import pytest
import torch
from scipy.stats import kstest
from torch.nn.functional import cross_entropy

from triptych.adversarial import pgd
from triptych.adversarial.networks import initialize

_SIZE = torch.Size([1, 28, 28])
# No seed needs to be picked at this rate of chance failures; a defect is far less probable.
_CHANCE = 1e-6


@pytest.fixture(scope="module")
def images(digits):
    return torch.from_numpy(digits[1].images[:12]).unsqueeze(1).float() / 255


@pytest.fixture(scope="module")
def labels(digits):
    return torch.from_numpy(digits[1].labels[:12])


@pytest.fixture
def attack(model, images, labels):
    """The attack with settings that a test may replace."""

    def run(**changes):
        arguments = {
            "model": model,
            "images": images,
            "labels": labels,
            "epsilon": 0.2,
            "steps": 4,
            "step_size": 0.07,
            "random_start": True,
            "seed": 11,
        }
        return pgd.attack(**{**arguments, **changes})

    return run


@pytest.mark.parametrize("random_start", [True, False])
@pytest.mark.parametrize("epsilon", [0.01, 0.2, 0.5, 1.0])
def test_attacked_images_stay_in_the_ball_and_in_the_range_of_images(
    attack, images, epsilon, random_start
):
    found = attack(epsilon=epsilon, step_size=0.3, random_start=random_start)
    assert (found - images).abs().max() <= epsilon + 1e-6
    assert found.min() >= 0
    assert found.max() <= 1


def test_the_attack_reaches_the_border_of_the_ball(attack, images):
    assert (attack() - images).abs().max() > 0.2 - 1e-6


def test_equal_seeds_give_equal_images_and_other_seeds_others(attack):
    assert torch.equal(attack(), attack())
    assert not torch.equal(attack(), attack(seed=12))


def test_the_attack_leaves_the_given_images_as_they_were(attack, images):
    before = images.clone()
    found = attack(random_start=False)
    assert torch.equal(images, before)
    assert not images.requires_grad
    assert not found.requires_grad


def test_an_epsilon_for_each_image_equals_separate_attacks(attack):
    epsilons = torch.tensor([0.05, 0.1, 0.3]).repeat(4)
    together = attack(epsilon=epsilons)
    for value in (0.05, 0.1, 0.3):
        chosen = epsilons == torch.tensor(value)
        assert torch.equal(together[chosen], attack(epsilon=value)[chosen])


@pytest.mark.parametrize("size", [1, 5, 11])
def test_batches_and_order_do_not_change_an_image(attack, images, labels, size):
    whole = attack()
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(size))
    for chosen in order.split(size):
        part = attack(images=images[chosen], labels=labels[chosen], indices=chosen)
        assert torch.equal(part, whole[chosen])


def test_without_indices_images_are_numbered_from_zero(attack, images):
    assert torch.equal(attack(), attack(indices=torch.arange(len(images))))
    assert not torch.equal(attack(), attack(indices=torch.arange(len(images)) + 1))


def test_no_step_leaves_the_start(attack, images):
    assert torch.equal(attack(steps=0, random_start=False), images)
    noise = pgd.unit_noise(11, torch.arange(len(images)), _SIZE)
    expected = (images + noise * torch.tensor(0.2)).clamp(0, 1)
    assert torch.equal(attack(steps=0), expected)


def test_the_draw_of_an_image_depends_on_seed_and_index_alone():
    indices = torch.tensor([7, 0, 9_999])
    together = pgd.unit_noise(5, indices, _SIZE)
    alone = [pgd.unit_noise(5, index[None], _SIZE)[0] for index in indices]
    assert torch.equal(together, torch.stack(alone))
    assert not torch.equal(together[0], together[1])
    assert not torch.equal(together, pgd.unit_noise(6, indices, _SIZE))


def test_the_draws_are_uniform_between_minus_one_and_one():
    draws = pgd.unit_noise(2018, torch.arange(100), _SIZE).flatten()
    assert draws.abs().max() <= 1
    # No draw was clipped.
    assert (draws.abs() == 1).double().mean() < 1e-4
    assert kstest(draws.numpy(), "uniform", args=(-1, 2)).pvalue > _CHANCE


def test_the_largest_seed_of_a_job_can_be_drawn_from():
    draws = pgd.unit_noise(2**63 - 1, torch.tensor([0, 2**40]), _SIZE)
    assert draws.shape == (2, 1, 28, 28)


def test_a_zero_gradient_moves_nothing(attack, images):
    found = attack(model=lambda x: (0 * x).flatten(1)[:, :10], random_start=False)
    assert torch.equal(found, images)


def test_a_step_follows_the_sign_of_the_gradient(attack):
    # The loss of class 0 grows with the top half of the image and falls with the rest.
    weight = torch.ones(_SIZE).reshape(-1)
    weight[14 * 28 :] = -1

    def two_classes(x):
        towards = x.flatten(1) @ weight
        return torch.stack([-towards, towards], dim=1) / 100

    given = {"images": torch.full((2, *_SIZE), 0.5), "labels": torch.zeros(2, dtype=torch.int64)}
    found = attack(model=two_classes, **given, steps=2, step_size=0.06, random_start=False)
    expected = 0.5 + 0.12 * weight.reshape(_SIZE).expand_as(found)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_attacked_images_have_a_higher_loss(attack, model, images, labels):
    before = cross_entropy(model(images), labels, reduction="none")
    for changes in ({"steps": 1, "random_start": False}, {"steps": 10}):
        after = cross_entropy(model(attack(**changes)), labels, reduction="none")
        assert (after > before).all()


def test_without_a_random_start_the_steps_limit_the_distance(attack, images):
    found = attack(epsilon=0.5, steps=3, step_size=0.1, random_start=False)
    assert (found - images).abs().max() == pytest.approx(0.3, abs=1e-6)


@pytest.mark.parametrize("width", [0.0625, 0.5])
def test_the_attack_leaves_no_gradients_in_a_network_that_can_be_trained(attack, width):
    network = initialize(width, 3)
    attack(model=network)
    assert all(parameter.grad is None for parameter in network.parameters())


def test_a_confident_network_has_a_gradient_for_the_true_class():
    # In float32 the true class has the probability 1, and p - 1 would be 0.
    logits = torch.tensor([[30.0, 0.0, 1.0], [0.0, 30.0, 1.0]])
    labels = torch.tensor([0, 1])
    expected = torch.autograd.functional.jacobian(
        lambda x: cross_entropy(x, labels, reduction="sum"), logits.double()
    )
    found = pgd.logits_gradient(logits, labels)
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=0)
