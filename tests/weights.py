"""Compares the weights of networks."""

import torch
from torch import nn


def assert_same_weights(one: nn.Module, other: nn.Module) -> None:
    """Equal names, equal bytes."""
    mine, theirs = one.state_dict(), other.state_dict()
    assert mine.keys() == theirs.keys()
    for name, value in mine.items():
        assert torch.equal(value, theirs[name]), name
