"""Read the weights of released networks, never as pickled objects."""

from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor, nn

from triptych.errors import UserError
from triptych.storage.tensors import read_tensors


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read named weights from a ``.pth`` file, with ``weights_only``, or a safetensors file.

    Raises
    ------
    UserError
        The file is damaged, or holds more than weights.
    """
    if path.suffix != ".pth":
        return {name: torch.from_numpy(array) for name, array in read_tensors(path)[0].items()}
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (EOFError, RuntimeError, UnpicklingError) as error:
        raise UserError(
            expected="a complete file with weights alone",
            found=" ".join(str(error).split())[:300] or "an empty file",
            where=str(path),
            remedy="replace it with the original file",
        ) from None


def load_weights(network: nn.Module, weights: dict[str, Tensor], path: Path) -> None:
    """Load named weights, all of them and no others.

    Raises
    ------
    UserError
        A name or a shape differs: the weights are those of another network.
    """
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise UserError(
            expected="the weights of the backbone that the parameters name",
            found=" ".join(str(error).split())[:300],
            where=str(path),
            remedy="name the right weights, or another backbone",
        ) from None
