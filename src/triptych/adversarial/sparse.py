"""Madry's network on a CPU, with a gradient that is followed only where it is not zero.

After max-pool and ReLU most outputs of a convolution have no gradient, because they are negative
or not the largest of their window. A robust network also has many units that no image of a batch
switches on.
"""

from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

from triptych.adversarial.networks import MadryNetwork

# A product and a sum may become one instruction; the order of the sums stays.
_compiled = njit(cache=True, error_model="numpy", fastmath={"contract"})

# The place of the largest output in its window is 0 to 3, or DEAD where the ReLU gives 0.
_DEAD = 4
_PLACES = tuple(np.uint8(place) for place in range(_DEAD + 1))
_ZERO = np.float32(0)
# Channels that are followed in one pass: one channel alone would be half as fast.
_PASS = 4
# The pixels behind a window of the first layer: six rows of six, and two for a whole vector.
_ROWS, _COLUMNS = 6, 8


class SparseNetwork:
    """Logits of images, then the gradient of the same images.

    Parameters
    ----------
    network
        On the CPU, in float32. Its weights must not change while this object is in use.
    """

    def __init__(self, network: MadryNetwork) -> None:
        self.weights = {name: value.detach() for name, value in network.named_parameters()}
        first, bias = self.weights["conv1.weight"], self.weights["conv1.bias"]
        # Channels that no image in [0, 1] switches on change nothing.
        live = first.clamp(min=0).sum((1, 2, 3)) + bias > 0
        first, second = first[live], self.weights["conv2.weight"][:, live]
        # Whole vectors of eight numbers.
        padding = -len(first) % 8
        first = torch.cat([first, first.new_zeros(padding, 1, 5, 5)])
        second = torch.cat([second, second.new_zeros(len(second), padding, 5, 5)], 1)
        self.first = first.to(memory_format=torch.channels_last)
        self.second = second.to(memory_format=torch.channels_last)
        self.bias = torch.cat([bias[live], bias.new_zeros(padding)])
        # For each channel the input's rows and columns; for each place the pixels.
        self.inputs = second.permute(0, 2, 3, 1).flatten(2).contiguous().numpy()
        pixels = first.new_zeros(_DEAD + 1, len(first), _ROWS, _COLUMNS)
        for place in range(_DEAD):
            y, x = divmod(place, 2)
            pixels[place, :, y : y + 5, x : x + 5] = first[:, 0]
        self.pixels = pixels.flatten(2).numpy()

    def logits(self, images: Tensor) -> Tensor:
        """Compute logits, float (n, 10), of images, float (n, 1, 28, 28) in [0, 1]."""
        weights = self.weights
        x, self.places1 = _pool(torch.conv2d(images.detach(), self.first, self.bias, padding=2))
        maps = torch.conv2d(x, self.second, weights["conv2.bias"], padding=2)
        x, self.places2 = _pool(maps)
        x = x.permute(0, 2, 3, 1).flatten(1)
        self.units = _live(x > 0)
        self.fc1 = weights["fc1.weight"][:, self.units]
        self.hidden = torch.addmm(weights["fc1.bias"], x[:, self.units], self.fc1.t())
        return torch.addmm(weights["fc2.bias"], self.hidden.relu(), weights["fc2.weight"].t())

    def gradient(self, gradient: Tensor) -> Tensor:
        """Turn the gradient of the last logits into that of their images, (n, 1, 28, 28)."""
        on = self.hidden > 0
        hidden = _live(on)
        back = (gradient @ self.weights["fc2.weight"]).mul_(on)
        pooled = torch.empty(self.places2.shape).flatten(1)
        pooled[:, self.units] = back[:, hidden] @ self.fc1[hidden]
        images = torch.empty(len(pooled), 1, 28, 28)
        _follow(
            pooled.view(self.places2.shape).numpy(),
            self.places2,
            self.inputs,
            self.places1,
            self.pixels,
            images[:, 0].numpy(),
        )
        return images


def _live(mask: Tensor) -> Any:
    """Return the columns with a true value, or all columns if these are more than half."""
    columns = mask.any(0).nonzero()[:, 0]
    return columns if 2 * len(columns) < mask.shape[1] else slice(None)


def _pool(maps: Tensor) -> tuple[Tensor, Any]:
    """Return the largest outputs of each window after ReLU, and their places."""
    rows = maps.permute(0, 2, 3, 1).contiguous().numpy()
    shape = (len(rows), rows.shape[1] // 2, rows.shape[2] // 2, rows.shape[3])
    values, places = np.empty(shape, np.float32), np.empty(shape, np.uint8)
    _pool_windows(rows, values, places)
    return torch.from_numpy(values).permute(0, 3, 1, 2), places


@_compiled
def _pool_windows(maps: Any, values: Any, places: Any) -> None:
    for i in range(values.shape[0]):
        for y in range(values.shape[1]):
            for x in range(values.shape[2]):
                a, b = maps[i, 2 * y, 2 * x], maps[i, 2 * y, 2 * x + 1]
                c, d = maps[i, 2 * y + 1, 2 * x], maps[i, 2 * y + 1, 2 * x + 1]
                value, place = values[i, y, x], places[i, y, x]
                for k in range(values.shape[3]):
                    largest, where = _ZERO, _PLACES[4]
                    if a[k] > largest:
                        largest, where = a[k], _PLACES[0]
                    if b[k] > largest:
                        largest, where = b[k], _PLACES[1]
                    if c[k] > largest:
                        largest, where = c[k], _PLACES[2]
                    if d[k] > largest:
                        largest, where = d[k], _PLACES[3]
                    value[k], place[k] = largest, where


@_compiled
def _follow(
    gradients: Any, places2: Any, inputs: Any, places1: Any, pixels: Any, images: Any
) -> None:
    """Follow gradients of the second layer, (n, 7, 7, channels), to images (n, 28, 28)."""
    size, channels = places2.shape[3], places1.shape[3]
    width = 5 * channels
    # The channels of a window with a gradient at each place, and their gradients.
    index = np.zeros((_DEAD + 1, size + _PASS), np.int64)
    value = np.zeros((_DEAD + 1, size + _PASS), np.float32)
    count = np.zeros(_DEAD + 1, np.int64)
    # Gradients of the first layer and of an image, with the border of the convolutions.
    first = np.empty((18, 18 * channels), np.float32)
    image = np.empty((32, 26 + _COLUMNS), np.float32)
    patch = np.empty(_ROWS * _COLUMNS, np.float32)
    for i in range(len(gradients)):
        first[:] = 0
        for window in range(49):
            row, column = window // 7, window % 7
            count[:] = 0
            for k in range(size):
                place = places2[i, row, column, k]
                index[place, count[place]] = k
                value[place, count[place]] = gradients[i, row, column, k]
                count[place] += 1
            for place in range(_DEAD):
                value[place, count[place] : count[place] + _PASS - 1] = 0
                y, x = 2 * row + place // 2, (2 * column + place % 2) * channels
                for k in range(0, count[place], _PASS):
                    at, by = index[place, k : k + _PASS], value[place, k : k + _PASS]
                    a, b, c, d = inputs[at[0]], inputs[at[1]], inputs[at[2]], inputs[at[3]]
                    by_a, by_b, by_c, by_d = by[0], by[1], by[2], by[3]
                    for r in range(5):
                        target = first[y + r, x : x + width]
                        ar, br, cr, dr = a[r], b[r], c[r], d[r]
                        for j in range(width):
                            target[j] += by_a * ar[j] + by_b * br[j] + by_c * cr[j] + by_d * dr[j]
        image[:] = 0
        for y in range(14):
            for x in range(14):
                patch[:] = 0
                by, at = first[y + 2, (x + 2) * channels : (x + 3) * channels], places1[i, y, x]
                for k in range(0, channels, _PASS):
                    pa, pb = pixels[at[k], k], pixels[at[k + 1], k + 1]
                    pc, pd = pixels[at[k + 2], k + 2], pixels[at[k + 3], k + 3]
                    by_a, by_b, by_c, by_d = by[k], by[k + 1], by[k + 2], by[k + 3]
                    for j in range(_ROWS * _COLUMNS):
                        patch[j] += by_a * pa[j] + by_b * pb[j] + by_c * pc[j] + by_d * pd[j]
                for r in range(_ROWS):
                    target = image[2 * y + r, 2 * x : 2 * x + _COLUMNS]
                    for j in range(_COLUMNS):
                        target[j] += patch[_COLUMNS * r + j]
        images[i] = image[2:30, 2:30]
