"""IoU by hand, its rules, and equality to Cityscapes' own evaluation."""

import math
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image

from triptych.errors import UserError
from triptych.segmentation.metrics import ConfusionMatrix, iou, miou

IGNORE = 255
CITYSCAPES_CLASSES = 19


def _counted(prediction: list[int], target: list[int], classes: int = 3) -> ConfusionMatrix:
    matrix = ConfusionMatrix(classes, IGNORE)
    matrix.update(np.array(prediction), np.array(target))
    return matrix


def test_rows_are_true_and_columns_predicted_classes() -> None:
    counted = _counted(prediction=[0, 1, 1, 2, 1], target=[0, 0, 0, 2, 2])

    assert counted.matrix.tolist() == [[1, 2, 0], [0, 0, 0], [0, 1, 1]]
    assert counted.matrix.dtype == np.int64


_NONE = math.nan


@pytest.mark.parametrize(
    ("prediction", "target", "expected", "mean"),
    [
        # 0: 2 of 3 true found, 1 false; 1: 1 of 2 found, 1 false; 2: 1 of 1 found.
        ([0, 0, 1, 1, 0, 2], [0, 0, 0, 1, 1, 2], [2 / 4, 1 / 3, 1], (2 / 4 + 1 / 3 + 1) / 3),
        ([0, 0], [0, 2], [1 / 2, _NONE, 0], 1 / 4),
        ([0, 1], [0, 0], [1 / 2, 0, _NONE], 1 / 4),
        ([0, 1, 2], [0, IGNORE, IGNORE], [1, _NONE, _NONE], 1),
        ([0, 1], [IGNORE, IGNORE], [_NONE] * 3, _NONE),
    ],
    ids=["all classes", "a class nowhere", "predicted, never true", "ignored", "all ignored"],
)
def test_iou_by_hand(
    prediction: list[int], target: list[int], expected: list[float], mean: float
) -> None:
    """Without a warning where nothing is counted."""
    counted = _counted(prediction, target)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores, miou_of_all = counted.iou(), counted.miou()

    assert scores.tolist() == pytest.approx(expected, abs=1e-15, nan_ok=True)
    assert miou_of_all == pytest.approx(mean, abs=1e-15, nan_ok=True)
    assert (scores.dtype, type(miou_of_all)) == (np.float64, float)


def test_pixels_are_counted_over_all_images_and_not_averaged_image_by_image() -> None:
    together = _counted(prediction=[0, 0, 0, 0, 0, 1], target=[0, 0, 0, 0, 1, 1], classes=2)
    counted = _counted(prediction=[0, 0, 0, 0], target=[0, 0, 0, 0], classes=2)
    counted.update(np.array([0, 1]), np.array([1, 1]))

    assert np.array_equal(counted.matrix, together.matrix)
    # The mean of the images' own scores, 1 and 1/4, would be 0.625.
    assert counted.miou() == (4 / 5 + 1 / 2) / 2


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_tensors_and_arrays_of_any_integer_type_count_alike(dtype: type) -> None:
    rng = np.random.default_rng(1)
    prediction = rng.integers(0, CITYSCAPES_CLASSES, (2, 30, 40)).astype(dtype)
    target = rng.integers(0, CITYSCAPES_CLASSES, (2, 30, 40))
    target[rng.random(target.shape) < 0.2] = IGNORE
    expected = np.zeros((CITYSCAPES_CLASSES, CITYSCAPES_CLASSES), np.int64)
    for true, predicted in zip(target.ravel(), prediction.ravel(), strict=True):
        if true != IGNORE:
            expected[true, predicted] += 1

    arrays, tensors, mixed = (ConfusionMatrix(CITYSCAPES_CLASSES, IGNORE) for _ in range(3))
    arrays.update(prediction, target.astype(dtype))
    tensors.update(torch.from_numpy(prediction), torch.from_numpy(target.astype(dtype)))
    mixed.update(torch.from_numpy(prediction), target)

    for counted in (arrays, tensors, mixed):
        assert np.array_equal(counted.matrix, expected)
        assert isinstance(counted.matrix, np.ndarray)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_predictions_on_a_gpu_are_counted_there() -> None:
    counted = ConfusionMatrix(3, IGNORE)
    counted.update(torch.tensor([0, 1, 2], device="cuda"), torch.tensor([0, 1, IGNORE]))

    assert counted.matrix.tolist() == np.diag([1, 1, 0]).tolist()


@pytest.mark.parametrize(
    ("prediction", "target", "found"),
    [
        ([0, 3], [0, 0], "3"),
        ([0, -1], [0, 0], "-1"),
        ([0, IGNORE], [0, 0], "255"),
        # Where the target is ignored, too: no part of the program predicts such a class.
        ([0, 3], [0, IGNORE], "3"),
        ([0, 0], [0, 3], "3"),
        ([0, 0], [0, -1], "-1"),
        ([0, 0], [0, 254], "254"),
    ],
)
def test_an_id_of_no_class_is_refused_and_nothing_counted(
    prediction: list[int], target: list[int], found: str
) -> None:
    counted = ConfusionMatrix(3, IGNORE)

    with pytest.raises(UserError) as error:
        counted.update(np.array(prediction), np.array(target))

    assert error.value.found == found
    assert "0 to 2" in error.value.expected
    assert not counted.matrix.any()


@pytest.mark.parametrize("shape", [(2, 3), (6,), (3, 2, 1)])
def test_unequal_shapes_are_refused(shape: tuple[int, ...]) -> None:
    counted = ConfusionMatrix(3, IGNORE)

    with pytest.raises(UserError) as error:
        counted.update(np.zeros(shape, np.int64), np.zeros((3, 2), np.int64))

    assert str(shape) in error.value.found


def test_a_stack_of_matrices_scores_as_each_of_them() -> None:
    rng = np.random.default_rng(2)
    stack = rng.integers(0, 50, (2, 4, 5, 5))
    stack[0, 1, 3], stack[0, 1, :, 3] = 0, 0
    stack[1, 2] = 0

    classes, means = iou(stack), miou(stack)

    assert (classes.shape, classes.dtype) == ((2, 4, 5), np.float64)
    assert (means.shape, means.dtype) == ((2, 4), np.float64)
    for place in np.ndindex(2, 4):
        assert np.array_equal(classes[place], iou(stack[place]), equal_nan=True)
        assert np.array_equal(means[place], miou(stack[place]), equal_nan=True)
    assert np.isnan(classes[0, 1]).tolist() == [False, False, False, True, False]
    assert means[0, 1] == pytest.approx(np.nanmean(classes[0, 1]), abs=1e-15)
    assert np.isnan(means).sum() == 1


@pytest.mark.parametrize("absent", [None, "train"])
def test_iou_equals_that_of_cityscapes_own_evaluation(
    peer: Callable[[str], ModuleType], tmp_path: Path, absent: str | None
) -> None:
    """On label-id files with all labels, also ignored ones, which the official code reads."""
    official = peer("cityscapesscripts.evaluation.evalPixelLevelSemanticLabeling")
    table = peer("cityscapesscripts.helpers.labels")
    # It uses a function that NumPy 2.4 removed, for scores other than ours.
    official.args.evalInstLevelScore = False
    true_labels = [label for label in table.labels if label.id >= 0 and label.name != absent]
    scored = [label for label in true_labels if not label.ignoreInEval]
    training_id = np.full(256, IGNORE)
    for label in table.labels:
        if not label.ignoreInEval:
            training_id[label.id] = label.trainId
    rng = np.random.default_rng(3)
    counted = ConfusionMatrix(CITYSCAPES_CLASSES, IGNORE)
    theirs = official.generateMatrix(official.args)

    for number in range(2):
        target = rng.choice([label.id for label in true_labels], (60, 80)).astype(np.uint8)
        wrong = rng.choice([label.id for label in scored], target.shape).astype(np.uint8)
        known = np.isin(target, [label.id for label in scored])
        prediction = np.where(known & (rng.random(target.shape) < 0.6), target, wrong)
        files = [str(tmp_path / f"{kind}{number}.png") for kind in ("prediction", "truth")]
        for ids, file in zip((prediction, target), files, strict=True):
            Image.fromarray(ids).save(file)
        official.evaluatePair(*files, theirs, {}, {}, official.args)
        counted.update(training_id[prediction], training_id[target])

    scores = {
        label: official.getIouScoreForLabel(label, theirs, official.args)
        for label in official.args.evalLabels
    }
    expected = [scores[table.trainId2label[kind].id] for kind in range(CITYSCAPES_CLASSES)]
    mean = official.getScoreAverage(scores, official.args)
    assert counted.matrix.sum() < 2 * 60 * 80
    assert np.isnan(expected).sum() == (absent is not None)
    np.testing.assert_allclose(counted.iou(), expected, rtol=0, atol=1e-9, equal_nan=True)
    assert counted.miou() == pytest.approx(mean, abs=1e-9)
