"""What a training keeps: its network, its optimizer, its history, its best weights."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import torch
from torch import Tensor, nn
from torch.amp.grad_scaler import GradScaler
from torch.optim import Optimizer

from triptych.job.workspace import Workspace
from triptych.learning.history import HistoryRow

CHECKPOINT = "training"
_NETWORK, _OPTIMIZER, _BEST = "network.", "optimizer.", "best."


@dataclass
class Course:
    """How far a training has come: steps done, rows, and the best weights where selected."""

    done: int = 0
    history: list[HistoryRow] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)


def save(
    workspace: Workspace,
    network: nn.Module,
    optimizer: Optimizer,
    course: Course,
    scaler: GradScaler | None,
) -> None:
    """Store everything that the next step depends on."""
    tensors = {f"{_NETWORK}{name}": value for name, value in network.state_dict().items()}
    for index, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"{_OPTIMIZER}{index}.{name}": value for name, value in moments.items()}
    tensors |= {f"{_BEST}{name}": value for name, value in course.best.items()}
    state = {
        "step": course.done,
        "history": [asdict(row) for row in course.history],
        "scaler": scaler.state_dict() if scaler else {},
    }
    workspace.save(CHECKPOINT, tensors, state)


def resume(
    workspace: Workspace | None,
    network: nn.Module,
    optimizer: Optimizer,
    scaler: GradScaler | None,
) -> Course:
    """Load the last checkpoint, where there is one, into a network and an optimizer."""
    stored = workspace.load(CHECKPOINT) if workspace is not None else None
    if stored is None:
        return Course()
    tensors, state = stored
    network.load_state_dict(_below(_NETWORK, tensors))
    moments: dict[int, dict[str, Tensor]] = {}
    for key, value in _below(_OPTIMIZER, tensors).items():
        index, name = key.split(".")
        moments.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": moments})
    _lay_out_moments(optimizer)
    if scaler:
        scaler.load_state_dict(state["scaler"])
    history = [HistoryRow(**row) for row in state["history"]]
    return Course(state["step"], history, _below(_BEST, tensors))


def _lay_out_moments(optimizer: Optimizer) -> None:
    """Store every moment in the layout of its weights.

    A step in one pass reads both in the order of the memory: in another layout, as it comes from
    a file, each weight would have the moments of another one.
    """
    for parameter, moments in optimizer.state.items():
        for name, value in moments.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                moments[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
