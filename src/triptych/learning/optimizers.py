"""Optimizers of torch without its compiler, and one step of them.

Torch's own optimizers import the compiler, ``torch._dynamo``, at their first step, to keep it from
compiling them. Nothing is compiled here, and the import takes more than a second of each short
training.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.amp.grad_scaler import GradScaler
from torch.optim import Optimizer

from triptych.errors import UserError

Batch = tuple[Tensor, ...]
Kind = TypeVar("Kind", bound=Optimizer)


def _eager(kind: type[Kind]) -> type[Kind]:
    """Return a subclass of an optimizer that makes the same steps without importing the compiler.

    Methods that this version of torch does not wrap stay the same.
    """
    plain: dict[str, Any] = {}
    for name, member in vars(Optimizer).items():
        static = isinstance(member, staticmethod)
        function = getattr(member.__func__ if static else member, "__wrapped__", None)
        # The profiler's wrapper does not import the compiler.
        if function is not None and name != "profile_hook_step":
            plain[name] = staticmethod(function) if static else function
    step = getattr(kind.step, "__wrapped__", None)
    if step is not None:
        plain["step"] = torch.no_grad()(step)
    return type(kind.__name__, (kind,), plain)


def build_optimizer(
    kind: type[Kind], parameters: Iterable[Any], device: torch.device, **options: Any
) -> Kind:
    """Return an optimizer of parameters, or of groups of them, that are on a device.

    On a CPU each step is one pass over the weights: torch's default, a loop of a dozen passes,
    takes several times as long.
    """
    if device.type == "cpu":
        options["fused"] = True
    return _eager(kind)(parameters, **options)


def set_learning_rate(optimizer: Optimizer, rate: float) -> None:
    """Set the rate of every group, times the group's ``factor`` where it has one.

    A rate that is a tensor is written in place: a captured step reads it at every replay.
    """
    for group in optimizer.param_groups:
        own = rate * group.get("factor", 1.0)
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(own)
        else:
            group["lr"] = own


def descend(
    optimizer: Optimizer,
    loss_of: Callable[..., Tensor],
    batch: Batch,
    accumulate: int,
    scaler: GradScaler | None = None,
) -> Tensor:
    """Make one optimizer step on a batch, its gradient accumulated over equal pieces.

    Only one of the ``accumulate`` pieces is in memory at a time. Returns the mean loss of the
    pieces, a tensor of one value without a gradient.

    Parameters
    ----------
    scaler
        Scales the loss, so that small gradients are not zero in float16. A step whose gradients
        are not finite is left out, and the scale is halved.

    Raises
    ------
    UserError
        The pieces are not of equal length.
    """
    optimizer.zero_grad(set_to_none=True)
    losses = []
    for piece in _pieces(batch, accumulate):
        loss = loss_of(*piece) / accumulate
        (scaler.scale(loss) if scaler else loss).backward()
        losses.append(loss.detach())
    if scaler:
        scaler.step(optimizer)
        scaler.update()
    else:
        optimizer.step()
    return torch.stack(losses).sum()


def _pieces(batch: Batch, count: int) -> Iterator[Batch]:
    for part in batch:
        if len(part) % count:
            raise UserError(
                expected=f"a batch that can be split into {count} equal pieces",
                found=f"{len(part)} examples",
                where="accumulate of this training, in params.yaml",
                remedy="set accumulate to a divisor of the number of examples in each process",
            )
    return zip(*(part.chunk(count) for part in batch), strict=True)
