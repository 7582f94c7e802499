"""Evaluations on disk: what is read is what was written."""

import numpy as np
import pytest
from evaluations import evaluation
from support import error_of

from triptych.data.encoded import as_png
from triptych.segmentation import raw
from triptych.storage.tensors import write_tensors


def _predictions(count):
    """Encoded predictions that can be told apart."""
    return [as_png(np.full((4, 6), number, np.uint8)) for number in range(count)]


@pytest.mark.parametrize("method", ["single", "ensemble", "same_layer"])
# More than a hundred: a number with two digits would sort 100 before 11.
@pytest.mark.parametrize("predictions", [0, 1, 101])
def test_an_evaluation_survives_its_file(tmp_path, method, predictions):
    written = evaluation("danet", method, 2, images=12, predictions=_predictions(predictions))
    raw.write(written, tmp_path / "evaluation.safetensors")
    found = raw.read(tmp_path / "evaluation.safetensors")
    for name in ("dataset", "network", "method", "seed", "names"):
        assert getattr(found, name) == getattr(written, name)
    assert found.confusion.dtype == np.int64
    assert np.array_equal(found.confusion, written.confusion)
    assert found.alternatives.keys() == written.alternatives.keys()
    for name, values in written.alternatives.items():
        assert np.array_equal(found.alternatives[name], values)
    assert found.predictions == written.predictions


def test_names_of_any_characters_survive(tmp_path):
    names = ("frankfurt_000000", "Straße 7", 'a "b" \\ c')
    one = evaluation(images=3)
    raw.write(raw.Evaluation(**{**vars(one), "names": names}), tmp_path / "evaluation")
    assert raw.read(tmp_path / "evaluation").names == names


def test_a_file_of_another_kind_is_a_users_mistake(tmp_path):
    write_tensors(tmp_path / "odd", {"weight": np.zeros(2)})
    error = error_of(raw.read, tmp_path / "odd")
    assert "weight" in error.found
    assert error.where == str(tmp_path / "odd")
