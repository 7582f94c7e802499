"""Store the face network: its weights and the shape that rebuilds it."""

import json
from pathlib import Path

import torch

from triptych.errors import UserError
from triptych.learning.finite import require_finite_weights
from triptych.personalization.networks.face_network import FaceNetwork
from triptych.storage.tensors import read_tensors, write_tensors


def save_face_network(network: FaceNetwork, path: Path) -> None:
    """Write the weights of a face network and its shape."""
    arrays = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    write_tensors(path, arrays, {"config": json.dumps(network.shape)})


def load_face_network(path: Path, device: torch.device) -> FaceNetwork:
    """Read a network that :func:`save_face_network` wrote, frozen.

    Raises
    ------
    UserError
        The file contains something else, or a weight that is not finite.
    """
    arrays, metadata = read_tensors(path)
    try:
        shape = json.loads(metadata["config"])
        network = FaceNetwork(tuple(shape["channels"]), shape["embedding"], shape["persons"])
        network.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise UserError(
            expected="the weights of a face network with its shape",
            found=" ".join(str(error).split())[:300],
            where=str(path),
            remedy="delete it and run the workflow, which trains it again",
        ) from None
    require_finite_weights(network.state_dict(), path)
    return network.to(device).requires_grad_(False).eval()
