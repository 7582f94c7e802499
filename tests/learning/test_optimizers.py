"""Optimizers without torch's compiler make the same steps."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor, nn

from triptych.errors import UserError
from triptych.learning.optimizers import build_optimizer, descend, set_learning_rate

CPU = torch.device("cpu")
KINDS = ("SGD", "Adam", "AdamW")
WITHOUT_COMPILER = """
import sys, torch
from triptych.errors import UserError
from triptych.learning.optimizers import build_optimizer, descend, set_learning_rate
weight = torch.nn.Parameter(torch.ones(3))
optimizer = build_optimizer(torch.optim.{kind}, [weight], torch.device("cpu"), lr=0.1)
weight.sum().backward()
optimizer.step()
optimizer.zero_grad()
optimizer.load_state_dict(optimizer.state_dict())
print("torch._dynamo" in sys.modules)
"""


@pytest.mark.parametrize("name", KINDS)
def test_steps_and_moments_are_those_of_torch(name: str) -> None:
    kind = getattr(torch.optim, name)
    by_loop, in_one_pass, built = (
        _three_steps(make)
        for make in (kind, partial(kind, fused=True), partial(build_optimizer, kind, device=CPU))
    )
    assert len(by_loop) == len(in_one_pass) == len(built)
    assert all(torch.equal(a, b) for a, b in zip(in_one_pass, built, strict=True))
    for ours, theirs in zip(built, by_loop, strict=True):
        torch.testing.assert_close(ours, theirs)
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("name", KINDS)
def test_a_step_does_not_import_the_compiler(name: str) -> None:
    command = [sys.executable, "-c", WITHOUT_COMPILER.format(kind=name)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout == "False\n"


def _three_steps(make: Callable[..., torch.optim.Optimizer]) -> list[Tensor]:
    """Weights and moments after three steps; between them the state is stored and put back."""
    torch.manual_seed(1)
    weights = [nn.Parameter(torch.randn(4)), nn.Parameter(torch.randn(2, 3))]
    optimizer = make([{"params": weights[:1]}, {"params": weights[1:], "lr": 0.3}], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad(set_to_none=True)
        sum(((weight**3).sum() for weight in weights), torch.zeros(())).backward()
        optimizer.step()
        optimizer.load_state_dict(optimizer.state_dict())
    state = optimizer.state_dict()["state"]
    moments = [
        torch.as_tensor(state[index][key])
        for index in state
        for key in sorted(state[index])
        if state[index][key] is not None
    ]
    return [*(weight.detach() for weight in weights), *moments]


@pytest.mark.parametrize("name", KINDS)
def test_pieces_of_a_batch_make_the_step_of_the_whole_batch(name: str) -> None:
    whole, lengths = _descend(name, accumulate=1)
    assert lengths == [8, 8, 8]
    pieces, lengths = _descend(name, accumulate=2)
    assert lengths == [4] * 6
    for mine, theirs in zip(pieces, whole, strict=True):
        torch.testing.assert_close(mine, theirs)


def _descend(name: str, accumulate: int) -> tuple[list[Tensor], list[int]]:
    """Make three steps on 8 examples; return losses and weights, and the length of each piece."""
    torch.manual_seed(1)
    network = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = build_optimizer(getattr(torch.optim, name), network.parameters(), CPU, lr=0.1)
    batch, lengths = (torch.randn(8, 3), torch.randn(8, 1)), []

    def loss_of(given: Tensor, wanted: Tensor) -> Tensor:
        lengths.append(len(given))
        return ((network(given) - wanted) ** 2).mean()

    losses = [descend(optimizer, loss_of, batch, accumulate) for _ in range(3)]
    return [*losses, *(p.detach() for p in network.parameters())], lengths


def test_pieces_of_unequal_length_are_refused() -> None:
    weight = nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    with pytest.raises(UserError) as refused:
        descend(optimizer, lambda given: (given * weight).mean(), (torch.ones(7),), 2)
    assert refused.value.found == "7 examples"
    assert weight.item() == 1


def test_a_rate_is_multiplied_by_the_factor_of_its_group_and_a_tensor_stays_in_place() -> None:
    rate = torch.tensor(1.0)
    one, other = (nn.Parameter(torch.ones(1)) for _ in range(2))
    optimizer = torch.optim.Adam([{"params": one, "lr": rate}, {"params": other, "factor": 0.1}])
    set_learning_rate(optimizer, 0.5)
    assert rate.item() == 0.5
    assert optimizer.param_groups[0]["lr"] is rate
    assert optimizer.param_groups[1]["lr"] == 0.05
