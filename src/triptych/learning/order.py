"""The order in which a training goes through its images."""

import functools

import torch
from torch import Tensor

from triptych.job.seeds import derive


def batch_indices(count: int, batch_size: int, step: int, seed: int) -> Tensor:
    """The images of a step: each epoch is a new order of all images, the ragged end left out.

    Int64 (batch,), all images where there are fewer than a batch; the same whether or not the
    training was interrupted before.
    """
    batch_size = min(batch_size, count)
    epoch, position = divmod(step, count // batch_size)
    return _order(count, seed, epoch)[position * batch_size :][:batch_size]


@functools.lru_cache(maxsize=2)
def _order(count: int, seed: int, epoch: int) -> Tensor:
    generator = torch.Generator().manual_seed(derive(seed, "order", epoch))
    return torch.randperm(count, generator=generator)
