"""A training ends at once where a loss or a weight is not finite."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from triptych.errors import UserError

if TYPE_CHECKING:
    from torch import Tensor

# Losses on a GPU that are not read yet; each takes 512 bytes there.
_MOST_UNREAD = 1000


class Watch:
    """A check of every loss of a training, whose name and remedy its errors give."""

    def __init__(self, training: str, remedy: str) -> None:
        self.training, self.remedy = training, remedy
        self._unread: list[tuple[int, float, Tensor]] = []

    def see(self, step: int, loss: "Tensor", rate: float) -> None:
        """Check the loss of a step; on a GPU, store it there until :meth:`settle`.

        To read a GPU's value waits for the GPU, which costs more than a small step. A later step
        may overwrite the loss.

        Raises
        ------
        UserError
            The loss, or an earlier loss, is not finite.
        """
        self._unread.append((step, rate, loss.detach().clone()))
        if loss.device.type == "cpu" or len(self._unread) == _MOST_UNREAD:
            self.settle()

    def settle(self) -> None:
        """Raise a UserError for the first stored loss that is not finite."""
        import torch

        if not self._unread:
            return
        losses = torch.stack([loss for _, _, loss in self._unread]).tolist()
        for (step, rate, _), loss in zip(self._unread, losses, strict=True):
            if not math.isfinite(loss):
                raise self._ended("loss", f"{loss}", step, rate)
        self._unread.clear()

    def check(self, step: int, rate: float, tensors: "Mapping[str, Tensor]") -> None:
        """Raise a UserError where a stored loss or a weight is not finite.

        A loss shows only the weights before its step, so weights are checked before they are
        scored or saved.
        """
        self.settle()
        name = _first_not_finite(tensors.items())
        if name is not None:
            raise self._ended("weights", f"NaN or infinity in {name}", step, rate)

    def check_value(self, step: int, rate: float, value: float | None) -> None:
        """Raise a UserError where the validation of a step is not finite."""
        if value is not None and not math.isfinite(value):
            raise self._ended("validation", f"{value}", step, rate)

    def _ended(self, what: str, value: str, step: int, rate: float) -> UserError:
        return UserError(
            expected=f"{what} of finite numbers at every step",
            found=f"{value} at step {step}, with a learning rate of {rate:g}",
            where=self.training,
            remedy=f"{self.remedy} of this training in params.yaml, and run again",
        )


def require_finite_weights(tensors: "Mapping[str, Tensor]", path: Path) -> None:
    """Raise a UserError where a weight in a file is not finite."""
    name = _first_not_finite(tensors.items())
    if name is not None:
        raise UserError(
            expected="weights that are finite numbers",
            found=f"NaN or infinity in {name}",
            where=str(path),
            remedy="name another file, or delete this file and run the workflow again",
        )


def require_numbers(values: "Tensor", network: str) -> None:
    """Raise a UserError where an output of a network is NaN: its class means nothing."""
    if values.isnan().any():
        raise UserError(
            expected="numbers from the network",
            found="NaN",
            where=network,
            remedy="train the network again with a lower learning_rate, or name other weights",
        )


def _first_not_finite(tensors: "Iterable[tuple[str, Tensor]]") -> str | None:
    return next((name for name, value in tensors if not value.isfinite().all()), None)
