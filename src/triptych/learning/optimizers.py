"""Optimizers of torch that do without its compiler.

Torch's own import the compiler, ``torch._dynamo``, at their first step, to keep it from compiling
them. Nothing is compiled here, and the import takes more than a second of each short training.
"""

from typing import Any, TypeVar

import torch
from torch.optim import Optimizer

Kind = TypeVar("Kind", bound=Optimizer)


def eager(kind: type[Kind]) -> type[Kind]:
    """Make a class of optimizer that does the same without importing the compiler.

    Parameters
    ----------
    kind
        A class of ``torch.optim``.

    Returns
    -------
    type
        A subclass. What this version of torch does not wrap for the compiler stays as it is.
    """
    plain: dict[str, Any] = {}
    for name, member in vars(Optimizer).items():
        static = isinstance(member, staticmethod)
        function = getattr(member.__func__ if static else member, "__wrapped__", None)
        # The profiler's wraps whatever step a class has, and does not import the compiler.
        if function is not None and name != "profile_hook_step":
            plain[name] = staticmethod(function) if static else function
    step = getattr(kind.step, "__wrapped__", None)
    if step is not None:
        plain["step"] = torch.no_grad()(step)
    return type(kind.__name__, (kind,), plain)
