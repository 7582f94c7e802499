"""The order in which a training goes through its images."""

import torch

from triptych.learning.order import batch_indices


def _epoch(count: int, number: int, seed: int = 4) -> list[int]:
    per_epoch = count // 10
    steps = range(number * per_epoch, (number + 1) * per_epoch)
    return torch.cat([batch_indices(count, 10, step, seed) for step in steps]).tolist()


def test_every_epoch_has_each_image_once_in_a_new_order() -> None:
    epochs = [_epoch(40, number) for number in range(3)]
    assert all(sorted(epoch) == list(range(40)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert _epoch(40, 0, seed=5) != epochs[0]


def test_the_ragged_end_of_an_epoch_is_left_out() -> None:
    epochs = [set(_epoch(47, number)) for number in range(2)]
    assert [len(epoch) for epoch in epochs] == [40, 40]
    # Another order each time: not always the same seven are left out.
    assert epochs[0] != epochs[1]


def test_fewer_images_than_a_batch_are_one_batch() -> None:
    assert sorted(batch_indices(7, 10, 3, 4).tolist()) == list(range(7))
