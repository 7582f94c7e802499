"""The architecture of both models of the paper (Section 4; Madry et al. 2018)."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from triptych.errors import UserError
from triptych.learning.finite import require_finite_weights
from triptych.storage.tensors import read_tensors, write_tensors

_CONV1, _CONV2, _HIDDEN, _CLASSES = 32, 64, 1024, 10
_POOLED_SIDE = 7


class MadryNetwork(nn.Module):
    """Two 5x5 convolutions with max pooling, one hidden layer, ten classes.

    The width multiplies Madry's numbers of channels and hidden units, in (0, 4].
    """

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        conv1, conv2, hidden = (max(1, round(n * width)) for n in (_CONV1, _CONV2, _HIDDEN))
        self.width = width
        self.conv1 = nn.Conv2d(1, conv1, kernel_size=5, padding=2)
        self.conv2 = nn.Conv2d(conv1, conv2, kernel_size=5, padding=2)
        self.fc1 = nn.Linear(_POOLED_SIDE**2 * conv2, hidden)
        self.fc2 = nn.Linear(hidden, _CLASSES)
        # Convolutions on the CPU are a quarter to a third faster in this layout.
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """Compute logits, float (n, 10), of images, float (n, 1, 28, 28) in [0, 1]."""
        x = torch.relu(nn.functional.max_pool2d(self.conv1(images), 2))
        x = torch.relu(nn.functional.max_pool2d(self.conv2(x), 2))
        # Height, width, channel: TensorFlow's order, so released weights fit unchanged.
        x = x.permute(0, 2, 3, 1).flatten(1)
        return self.fc2(torch.relu(self.fc1(x)))


def initialize(width: float, seed: int) -> MadryNetwork:
    """Create a network with Madry's initial values: weights of deviation 0.1, biases 0.1."""
    network = MadryNetwork(width)
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            nn.init.constant_(parameter, 0.1)
        else:
            values = torch.empty(parameter.shape)
            nn.init.trunc_normal_(values, std=0.1, a=-0.2, b=0.2, generator=generator)
            parameter.data.copy_(values)
    return network


def save(network: MadryNetwork, path: Path) -> None:
    """Write weights and width as safetensors."""
    arrays = {name: value.cpu().numpy() for name, value in network.state_dict().items()}
    write_tensors(path, arrays, {"width": str(network.width)})


def load(path: Path, device: torch.device) -> MadryNetwork:
    """Read a network written by :func:`save`, with frozen weights.

    Raises
    ------
    UserError
        The file has another network's weights, or a weight that is not finite.
    """
    arrays, metadata = read_tensors(path)
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    return assemble(tensors, float(metadata.get("width", 1)), path, device)


def assemble(
    tensors: Mapping[str, Tensor], width: float, path: Path, device: torch.device
) -> MadryNetwork:
    """Make a network with frozen weights of the tensors of a file.

    Raises
    ------
    UserError
        They are another network's weights, or a weight is not finite.
    """
    require_finite_weights(tensors, path)
    network = MadryNetwork(width)
    try:
        network.load_state_dict(tensors)
    except RuntimeError:
        raise UserError(
            expected="the weights of a Madry network: conv1, conv2, fc1, fc2",
            found=", ".join(f"{key} {tuple(value.shape)}" for key, value in tensors.items()),
            where=str(path),
            remedy="train the network again, or give the correct file",
        ) from None
    return network.to(device).requires_grad_(False).eval()
