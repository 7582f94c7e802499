"""A network and its optimiser as named tensors: what a checkpoint of a training holds."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer

_NETWORK, _OPTIMIZER = "network.", "optimizer."


def pack(network: "nn.Module", optimizer: "Optimizer") -> "dict[str, Tensor]":
    """Collect the weights and the optimiser's moments."""
    tensors = {f"{_NETWORK}{name}": value for name, value in network.state_dict().items()}
    for index, values in optimizer.state_dict()["state"].items():
        tensors |= {f"{_OPTIMIZER}{index}.{name}": value for name, value in values.items()}
    return tensors


def unpack(tensors: "Mapping[str, Tensor]", network: "nn.Module", optimizer: "Optimizer") -> None:
    """Put back what :func:`pack` collected, into a network and an optimiser of the same shape."""
    network.load_state_dict(
        {k.removeprefix(_NETWORK): v for k, v in tensors.items() if k.startswith(_NETWORK)}
    )
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        if key.startswith(_OPTIMIZER):
            _, index, name = key.split(".")
            moments.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})
