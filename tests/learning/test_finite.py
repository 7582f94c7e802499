"""A loss or a weight that is not finite ends a training, which is named in four parts."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from support import error_of

from triptych.errors import UserError
from triptych.learning.finite import Watch, require_finite_weights, require_numbers


@pytest.fixture
def watch() -> Watch:
    return Watch("the training of a network", "lower learning_rate")


def _on_gpu(value: float) -> Any:
    """A loss that lies on a GPU, as far as anybody can tell without one."""
    loss = torch.tensor(value)
    return SimpleNamespace(device=SimpleNamespace(type="cuda"), detach=lambda: loss)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_on_the_cpu_the_first_such_loss_ends_the_training(watch: Watch, value: float) -> None:
    watch.see(20, torch.tensor(3e38), 0.5)

    error = error_of(lambda: watch.see(21, torch.tensor(value), 0.25))

    assert error.found == f"{value} at step 21, with a learning rate of 0.25"
    assert error.where == "the training of a network"
    assert error.remedy.startswith("lower learning_rate of this training in params.yaml")


def test_on_a_gpu_no_step_is_read_before_it_must_be_and_none_is_missed(watch: Watch) -> None:
    for step, value in enumerate([1.0, math.inf, 1.0, math.nan], start=1):
        watch.see(step, _on_gpu(value), 0.1 * step)

    with pytest.raises(UserError, match=r"inf at step 2, with a learning rate of 0\.2"):
        watch.settle()


def test_a_loss_that_the_next_step_overwrites_is_remembered(watch: Watch) -> None:
    loss = _on_gpu(math.nan)
    watch.see(1, loss, 0.1)
    loss.detach().fill_(1.0)
    watch.see(2, loss, 0.1)

    with pytest.raises(UserError, match="at step 1,"):
        watch.settle()


def test_losses_that_nobody_asks_for_do_not_pile_up(watch: Watch) -> None:
    def see_many() -> None:
        for step in range(10_000):
            watch.see(step, _on_gpu(math.nan if step == 7 else 1.0), 0.1)

    with pytest.raises(UserError, match="at step 7,"):
        see_many()


def test_finite_losses_and_weights_pass(watch: Watch) -> None:
    watch.see(1, torch.tensor(0.0), 0.1)
    watch.see(2, _on_gpu(1.0), 0.1)
    watch.settle()
    watch.settle()
    watch.check(2, 0.1, {"weight": torch.ones(2), "count": torch.tensor(3), "none": torch.ones(0)})
    watch.check_value(2, 0.1, None)
    watch.check_value(2, 0.1, 0.5)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_weight_that_is_not_finite_is_named(watch: Watch, value: float) -> None:
    tensors = {"sound": torch.ones(2), "torn": torch.tensor([1.0, value])}

    with pytest.raises(UserError, match="NaN or infinity in torn at step 4"):
        watch.check(4, 0.1, tensors)
    with pytest.raises(UserError, match="NaN or infinity in torn") as refused:
        require_finite_weights(tensors, Path("network.safetensors"))

    assert refused.value.where == "network.safetensors"


def test_the_logarithm_of_a_probability_of_nought_is_an_answer_and_nan_is_none() -> None:
    require_numbers(torch.tensor([-math.inf, 0.0]), "a network")

    error = error_of(lambda: require_numbers(torch.tensor([math.nan, 0.0]), "a network"))

    assert error.where == "a network"
