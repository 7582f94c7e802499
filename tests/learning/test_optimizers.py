"""Optimizers without torch's compiler make the same steps."""

import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn

from triptych.learning.optimizers import eager

KINDS = ("SGD", "Adam", "AdamW")
WITHOUT_COMPILER = """
import sys, torch
from triptych.learning.optimizers import eager
weight = torch.nn.Parameter(torch.ones(3))
optimizer = eager(torch.optim.{kind})([weight], lr=0.1)
weight.sum().backward()
optimizer.step()
optimizer.zero_grad()
optimizer.load_state_dict(optimizer.state_dict())
print("torch._dynamo" in sys.modules)
"""


@pytest.mark.parametrize("name", KINDS)
def test_steps_and_moments_are_those_of_torch(name: str) -> None:
    kind = getattr(torch.optim, name)
    expected, found = (_three_steps(one) for one in (kind, eager(kind)))
    assert len(expected) == len(found)
    assert all(torch.equal(a, b) for a, b in zip(expected, found, strict=True))
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("name", KINDS)
def test_a_step_does_not_import_the_compiler(name: str) -> None:
    command = [sys.executable, "-c", WITHOUT_COMPILER.format(kind=name)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout == "False\n"


def _three_steps(kind: type[torch.optim.Optimizer]) -> list[Tensor]:
    """Weights and moments after three steps; between them the state is stored and put back."""
    torch.manual_seed(1)
    weights = [nn.Parameter(torch.randn(4)), nn.Parameter(torch.randn(2, 3))]
    optimizer = kind([{"params": weights[:1]}, {"params": weights[1:], "lr": 0.3}], lr=0.1)
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
