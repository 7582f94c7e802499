"""Capture a training step as a CUDA graph.

To launch the kernels of a small batch one by one takes ten times as long as they compute.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

_WARM_UP_STEPS = 3


def capture(
    update: Callable[[], Tensor], network: nn.Module, optimizer: torch.optim.Optimizer
) -> Callable[[], Tensor]:
    """Capture ``update`` and return a function that replays it.

    Parameters
    ----------
    update
        One optimizer step on tensors that stay in place; returns the loss.
    network, optimizer
        What the step changes. The warm-up steps are undone. The optimizer must be capturable
        and keep its learning rate in a tensor.

    Returns
    -------
    Callable
        Replays the step on the current values of the tensors. The next replay overwrites its
        result.
    """
    before = {name: value.clone() for name, value in _tensors(network, optimizer).items()}
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(_WARM_UP_STEPS):
            update()
    torch.cuda.current_stream().wait_stream(stream)
    optimizer.zero_grad(set_to_none=True)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        loss = update()
    _restore(network, optimizer, before)

    def replay() -> Tensor:
        graph.replay()
        return loss

    return replay


def _tensors(network: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    tensors = dict(network.named_parameters())
    for number, parameter in enumerate(network.parameters()):
        for name, value in optimizer.state.get(parameter, {}).items():
            tensors[f"{number}.{name}"] = value
    return {name: tensor.detach() for name, tensor in tensors.items()}


def _restore(
    network: nn.Module, optimizer: torch.optim.Optimizer, before: dict[str, Tensor]
) -> None:
    """Write the values back in place: the graph knows the tensors by their addresses."""
    for name, tensor in _tensors(network, optimizer).items():
        if name in before:
            tensor.copy_(before[name])
        else:
            tensor.zero_()
