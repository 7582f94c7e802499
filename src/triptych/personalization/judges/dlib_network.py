"""dlib's face recognition network (King 2017), read from its released file without dlib."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d, pad

from triptych.errors import UserError

SIDE = 150
DIMENSION = 128
# Mean of the training photos, and the scale of dlib's input layer.
_MEAN, _SCALE = (122.782, 117.001, 104.298), 256.0
# The width of each residual block, and whether it halves the side.
_BLOCKS = (
    *[(32, False)] * 3,
    *[(64, True), *[(64, False)] * 3],
    *[(128, True), *[(128, False)] * 2],
    *[(256, True), *[(256, False)] * 2],
    (256, True),
)
# The first layer with weights, as the file has it: the length of its name, and the name.
_FIRST = b"\x01\x05con_4"
_WITH_WEIGHTS, _FLAGS = ("con_4", "affine_", "fc_2"), 3


class DlibNetwork(nn.Module):
    """A residual network of 29 convolutions, from aligned faces to embeddings.

    dlib's documentation has its layers, in the example dnn_face_recognition_ex. Faces are
    images of 150x150 pixels. A person's embeddings lie within a distance of about 0.6.
    """

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(_MEAN).view(3, 1, 1))
        self.stem = _Normalized(3, 32, 7, stride=2, padding=0)
        widths = (32, *(width for width, _ in _BLOCKS))
        self.blocks = nn.Sequential(
            *(
                _Block(before, width, halves)
                for before, (width, halves) in zip(widths, _BLOCKS, strict=False)
            )
        )
        self.head = nn.Linear(256, DIMENSION, bias=False)

    def forward(self, faces: Tensor) -> Tensor:
        """Embed faces, float (n, 3, 150, 150) from 0 to 255, as vectors (n, 128)."""
        maps = self.stem((faces - self.mean) / _SCALE).relu()
        return self.head(self.blocks(max_pool2d(maps, 3, 2)).mean(dim=(2, 3)))


def load_dlib_network(path: Path, device: torch.device) -> DlibNetwork:
    """Read the released file into a frozen network.

    Raises
    ------
    UserError
        The file is damaged, or holds another network.
    """
    network = DlibNetwork()
    try:
        _fill(network, _layers(path.read_bytes()))
    except (IndexError, ValueError) as error:
        raise UserError(
            expected="the face recognition network of dlib, a residual network of 29 convolutions",
            found=str(error),
            where=str(path),
            remedy="delete it and run: triptych fetch dlib_resnet",
        ) from None
    return network.to(device).requires_grad_(False).eval()


class _Normalized(nn.Module):
    """A convolution and the affine map of each channel that the batch normalization became."""

    def __init__(self, before: int, after: int, side: int, *, stride: int, padding: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(before, after, side, stride, padding)
        self.gain = nn.Parameter(torch.ones(after, 1, 1))
        self.shift = nn.Parameter(torch.zeros(after, 1, 1))

    def forward(self, maps: Tensor) -> Tensor:
        return self.convolution(maps) * self.gain + self.shift


class _Block(nn.Module):
    """Two convolutions with a shortcut without weights."""

    def __init__(self, before: int, after: int, halves: bool) -> None:
        super().__init__()
        stride, padding = (2, 0) if halves else (1, 1)
        self.halves = halves
        self.first = _Normalized(before, after, 3, stride=stride, padding=padding)
        self.second = _Normalized(after, after, 3, stride=1, padding=1)

    def forward(self, maps: Tensor) -> Tensor:
        shortcut = avg_pool2d(maps, 2) if self.halves else maps
        return _padded_sum(self.second(self.first(maps).relu()), shortcut).relu()


def _padded_sum(one: Tensor, other: Tensor) -> Tensor:
    """Add maps of unlike shape as dlib does: zeros fill the missing rows, columns and channels."""
    shape = [max(pair) for pair in zip(one.shape, other.shape, strict=True)]

    def filled(maps: Tensor) -> Tensor:
        missing = [whole - size for whole, size in zip(shape, maps.shape, strict=True)]
        return pad(maps, [x for size in reversed(missing) for x in (0, size)])

    return filled(one) + filled(other)


def _fill(network: DlibNetwork, layers: Iterator[tuple[str, Tensor]]) -> None:
    """Copy the weights, which the file has in the order of the computation."""
    units = [module for module in network.modules() if isinstance(module, _Normalized)]
    head = torch.empty(256, DIMENSION)
    targets: list[tuple[str, list[Tensor]]] = [("fc_2", [head])]
    for unit in reversed(units):
        convolution = unit.convolution
        targets += [("affine_", [unit.gain, unit.shift])]
        assert convolution.bias is not None
        targets += [("con_4", [convolution.weight, convolution.bias])]
    with torch.no_grad():
        for (name, parts), (tag, weights) in zip(reversed(targets), layers, strict=True):
            sizes = [part.numel() for part in parts]
            if (name, sum(sizes)) != (tag, len(weights)):
                raise ValueError(f"layer {tag} with {len(weights)} weights in place of {name}")
            for part, values in zip(parts, weights.split(sizes), strict=True):
                part.copy_(values.view(part.shape))
        network.head.weight.copy_(head.T)


def _layers(data: bytes) -> Iterator[tuple[str, Tensor]]:
    """Yield the name and the weights, float32 (n,), of each layer that has some.

    A layer is its name, its weights and settings, three flags, and three tensors that are
    empty. The file ends with the last layer.
    """
    reader = _Reader(data, data.index(_FIRST))
    # The layer after the images has one more number: into how many samples an image expands.
    more = 1
    while reader.position < len(data):
        name = reader.text()
        if name == "fc_2":
            reader.integers(2)
        if name in _WITH_WEIGHTS:
            yield name, reader.tensor()
        reader.skip_to_flags()
        reader.position += _FLAGS
        for _ in range(3):
            reader.tensor()
        reader.integers(more)
        more = 0


class _Reader:
    """Numbers, texts and tensors as dlib writes them, from a position on."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data, self.position = data, position

    def integers(self, count: int) -> list[int]:
        """Read numbers: a byte with their length and sign, then their bytes."""
        numbers = []
        for _ in range(count):
            length = self._data[self.position] & 0x0F
            numbers.append(int.from_bytes(self._take(1 + length)[1:], "little"))
        return numbers

    def text(self) -> str:
        return self._take(*self.integers(1)).decode("latin-1")

    def tensor(self) -> Tensor:
        """Read a tensor of four dimensions, flat."""
        _, *shape = self.integers(5)
        values = np.frombuffer(self._take(4 * math.prod(shape)), "<f4")
        return torch.from_numpy(values.copy())

    def skip_to_flags(self) -> None:
        """Skip the numbers before the flags, which are the digits 0 and 1."""
        while self._data[self.position] not in b"01":
            self.integers(1)

    def _take(self, count: int) -> bytes:
        taken = self._data[self.position : self.position + count]
        if len(taken) < count:
            raise ValueError(f"a file that ends after {len(self._data)} bytes, within a layer")
        self.position += count
        return taken
