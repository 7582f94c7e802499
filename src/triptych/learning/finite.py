"""Losses and weights that are numbers: a training that has left them ends at once.

What comes after a NaN or an infinity is no result, though it can be scored like one.
"""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from triptych.errors import UserError

if TYPE_CHECKING:
    from torch import Tensor

# Of losses that lie on a GPU unread; each takes 512 bytes there.
_MOST_UNREAD = 1000


class Watch:
    """Looks at every loss of a training.

    Parameters
    ----------
    training
        What is trained, in words.
    remedy
        What to do where the loss is not finite.
    """

    def __init__(self, training: str, remedy: str) -> None:
        self.training, self.remedy = training, remedy
        self._unread: list[tuple[int, float, Tensor]] = []

    def see(self, step: int, loss: "Tensor", rate: float) -> None:
        """Take in the loss of a step.

        Reading a GPU's value waits for the GPU, which would cost more than a small step does.
        So it is copied there, and read by :meth:`settle`.

        Parameters
        ----------
        step
            Steps done, this one included.
        loss
            A tensor of one value; a later step may overwrite it.
        rate
            The learning rate of the step.

        Raises
        ------
        UserError
            The loss, or one before it, is not finite.
        """
        self._unread.append((step, rate, loss.detach().clone()))
        if loss.device.type == "cpu" or len(self._unread) == _MOST_UNREAD:
            self.settle()

    def settle(self) -> None:
        """Read what was taken in: before a loss is reported, or weights are scored or kept.

        Raises
        ------
        UserError
            A loss is not finite; the first such step is named.
        """
        import torch

        if not self._unread:
            return
        losses = torch.stack([loss for _, _, loss in self._unread]).tolist()
        for (step, rate, _), loss in zip(self._unread, losses, strict=True):
            if not math.isfinite(loss):
                raise self._ended("loss", f"{loss}", step, rate)
        self._unread.clear()

    def check(self, step: int, rate: float, tensors: "Mapping[str, Tensor]") -> None:
        """Look at weights, before they are scored or kept: a loss tells of the step before.

        Raises
        ------
        UserError
            One of the weights is not finite.
        """
        name = _first_not_finite(tensors.items())
        if name is not None:
            raise self._ended("weights", f"NaN or infinity in {name}", step, rate)

    def check_value(self, step: int, rate: float, value: float | None) -> None:
        """Look at the validation of a step.

        Raises
        ------
        UserError
            It is not finite.
        """
        if value is not None and not math.isfinite(value):
            raise self._ended("validation", f"{value}", step, rate)

    def _ended(self, what: str, found: str, step: int, rate: float) -> UserError:
        return UserError(
            expected=f"{what} of finite numbers at every step",
            found=f"{found} at step {step}, with a learning rate of {rate:g}",
            where=self.training,
            remedy=f"{self.remedy} of this training in params.yaml, and run again",
        )


def require_finite_weights(tensors: "Mapping[str, Tensor]", path: Path) -> None:
    """Refuse weights that a file holds.

    Raises
    ------
    UserError
        One of them is not finite.
    """
    name = _first_not_finite(tensors.items())
    if name is not None:
        raise UserError(
            expected="weights that are finite numbers",
            found=f"NaN or infinity in {name}",
            where=str(path),
            remedy="name another file, or delete this one and run the workflow, which makes it",
        )


def require_numbers(values: "Tensor", network: str) -> None:
    """Refuse what a network answers: the class of a NaN, or its grey value, means nothing.

    Raises
    ------
    UserError
        One of the values is NaN.
    """
    if values.isnan().any():
        raise UserError(
            expected="numbers from the network",
            found="NaN",
            where=network,
            remedy="train the network again with a lower learning_rate, or name other weights",
        )


def _first_not_finite(tensors: "Iterable[tuple[str, Tensor]]") -> str | None:
    return next((name for name, value in tensors if not value.isfinite().all()), None)
