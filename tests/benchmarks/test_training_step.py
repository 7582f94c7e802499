"""The benchmark of a training step compares networks that do the same work."""

import importlib.util

import pytest

from benchmarks import training_step


@pytest.mark.skipif(
    importlib.util.find_spec("segmentation_models_pytorch") is None,
    reason="needs the peers of `make env-bench`",
)
def test_both_sides_of_a_pair_do_the_same_work() -> None:
    """Building the pairs compares the maps of the parts that both networks share."""
    pairs, notes = training_step.pairs_and_notes()

    assert [pair.peer.name for pair in pairs[::2]] == ["segmentation_models_pytorch", "torchvision"]
    assert {pair.ours.units for pair in pairs} == {training_step.BATCH}
    assert sum("times the floating-point operations" in note for note in notes) == 2
