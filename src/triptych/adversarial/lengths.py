"""Networks of several training lengths: one training for each seed, seen on its way."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from triptych.adversarial import networks
from triptych.adversarial.networks import MadryNetwork
from triptych.adversarial.train import fit
from triptych.config.adversarial import TrainingParameters
from triptych.data.images import LabeledImages
from triptych.job.workspace import Workspace
from triptych.storage.tensors import read_tensors, write_tensors

# The weights of each network by its training length in steps.
Lengths = Mapping[int, MadryNetwork]


def fit_lengths(
    data: LabeledImages,
    parameters: TrainingParameters,
    steps: Sequence[int],
    *,
    width: float,
    seed: int,
    device: torch.device,
    workspace: Workspace,
) -> Lengths:
    """Train a network and keep its weights after each number of steps, which rise.

    With a constant learning rate they are those of trainings of these lengths.
    """
    networks_by_length = {}
    for length in steps:
        name = f"steps-{length}"
        checkpoint = workspace.load(name)
        if checkpoint is None:
            recipe = parameters.model_copy(update={"steps": length})
            network, _ = fit(
                data,
                data.first(0),
                recipe,
                width=width,
                seed=seed,
                device=device,
                workspace=workspace,
            )
            # A later length goes on from here, and would overwrite these weights.
            workspace.save(name, network.state_dict(), {})
        else:
            network = MadryNetwork(width).to(device).requires_grad_(False).eval()
            network.load_state_dict(checkpoint[0])
        networks_by_length[length] = network
    return networks_by_length


def save(lengths: Lengths, path: Path) -> None:
    """Write the weights of all lengths as safetensors."""
    tensors = {
        f"{steps}.{name}": value.cpu().numpy()
        for steps, network in lengths.items()
        for name, value in network.state_dict().items()
    }
    (width,) = {network.width for network in lengths.values()}
    write_tensors(path, tensors, {"width": str(width)})


def load(path: Path, device: torch.device) -> Lengths:
    """Read the networks written by :func:`save`, with frozen weights, by rising length.

    Raises
    ------
    UserError
        The file has the weights of other networks.
    """
    arrays, metadata = read_tensors(path)
    steps = sorted({int(name.split(".")[0]) for name in arrays})
    return {
        length: networks.assemble(
            {
                name.removeprefix(f"{length}."): torch.from_numpy(value)
                for name, value in arrays.items()
                if name.startswith(f"{length}.")
            },
            float(metadata.get("width", 1)),
            path,
            device,
        )
        for length in steps
    }
