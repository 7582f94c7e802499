"""Scoring: the counts of every image, what is kept, and that an interruption leaves no trace."""

from io import BytesIO

import numpy as np
import pytest
import torch
from interrupted import KilledError
from PIL import Image
from tiny_models import CPU, STREETS, numbered, protocol, saved, stirred, streets, tiny

from triptych.data import scenes as scene_files
from triptych.job.workspace import Workspace
from triptych.segmentation import evaluate, validation
from triptych.segmentation.batches import as_tensor
from triptych.segmentation.metrics import miou
from triptych.segmentation.networks import Model
from triptych.segmentation.predict import examples, predict

CLASSES = len(STREETS)
MIXED = [(32, 48), (32, 48), (33, 47), (48, 32), (48, 32), (48, 32), (32, 48)]


@pytest.fixture(scope="module")
def pair():
    """Two networks that cooperate."""
    torch.set_num_threads(1)
    return stirred(tiny("deeplabv3plus", "same_layer", num_classes=CLASSES)).eval()


@pytest.fixture
def mixed(tmp_path):
    """Scenes of several sizes, with ignored pixels."""
    return _mixed(tmp_path / "mixed")


def _mixed(path):
    rng = np.random.default_rng(6)
    drawn = []
    for number, size in enumerate(MIXED):
        mask = rng.integers(0, CLASSES, size).astype(np.uint8)
        mask[rng.random(size) < 0.2] = 255
        image = rng.integers(0, 256, (*size, 3)).astype(np.uint8)
        drawn.append(scene_files.Scene(f"scene{number}", scene_files.as_png(image), mask))
    return saved(drawn, path)


class _Counting(Model):
    """Passes images on to a model, notes how many, and dies before one too many."""

    def __init__(self, model, lives=1000):
        super().__init__()
        self.model, self.lives, self.seen = model, lives, 0

    def outputs(self, images):
        return self.model.outputs(images)

    def results(self, images):
        if self.seen + len(images) > self.lives:
            raise KilledError
        self.seen += len(images)
        return self.model.results(images)


def _score(model, found, folder, *, kept=True, way=None):
    return evaluate.evaluate(
        model,
        found,
        way or protocol(),
        keep_predictions=kept,
        device=CPU,
        workspace=Workspace(folder),
    )


def _count(prediction, mask):
    """A confusion matrix pixel by pixel."""
    matrix = np.zeros((CLASSES, CLASSES), np.int64)
    for true, predicted in zip(mask.ravel(), prediction.ravel(), strict=True):
        if true != 255:
            matrix[true, predicted] += 1
    return matrix


def _assert_equal(one, other):
    assert one.confusion.keys() == other.confusion.keys()
    for name, matrices in one.confusion.items():
        assert np.array_equal(np.stack(matrices), np.stack(other.confusion[name])), name
    assert one.predictions == other.predictions


@pytest.mark.parametrize("way", [protocol(), protocol("sliding", window=32, stride=24)])
def test_every_image_has_the_counts_of_its_own_pixels(pair, mixed, tmp_path, way):
    scored = _score(pair, mixed, tmp_path / "work", way=way)
    assert list(scored.confusion) == ["result", "top", "mean_of_both"]
    assert len(scored) == len(MIXED)
    for index in range(len(MIXED)):
        image, mask = as_tensor(mixed.image(index))[None], mixed.mask(index)
        for name, classes in predict(pair, image, way, CLASSES).items():
            found = scored.confusion[name][index]
            assert found.dtype == np.int64
            # Alone or in a batch: a few pixels may be rounded to another class.
            assert np.abs(found - _count(classes[0].numpy(), mask)).sum() <= 4
            assert found.sum() == (mask != 255).sum()


def test_the_prediction_of_every_image_is_kept_if_wanted(pair, mixed, tmp_path):
    scored = _score(pair, mixed, tmp_path / "work")
    predictions = [np.asarray(Image.open(BytesIO(one))) for one in scored.predictions]
    assert [one.shape for one in predictions] == MIXED
    for index, prediction in enumerate(predictions):
        assert prediction.dtype == np.uint8
        counted = _count(prediction, mixed.mask(index))
        assert np.array_equal(counted, scored.confusion["result"][index])
    assert _score(pair, mixed, tmp_path / "other", kept=False).predictions == []


def test_an_image_that_is_all_ignored_counts_nothing(pair, tmp_path):
    mask = np.full((32, 48), 255, np.uint8)
    encoded = scene_files.as_png(np.zeros((32, 48, 3), np.uint8))
    found = saved([scene_files.Scene("void", encoded, mask)], tmp_path / "void")
    scored = _score(pair, found, tmp_path / "work")
    assert not scored.confusion["result"][0].any()


# Batches end after images 2, 3, 5, 6 and 7.
@pytest.mark.parametrize(
    ("lives", "between", "kept"),
    [(0, 1, 0), (3, 1, 3), (3, 2, 2), (5, 3, 3), (6, 2, 5), (6, 50, 0)],
)
def test_an_interrupted_evaluation_ends_as_if_undisturbed(
    pair, mixed, tmp_path, monkeypatch, lives, between, kept
):
    monkeypatch.setattr(evaluate, "_IMAGES_BETWEEN_CHECKPOINTS", between)
    expected = _score(pair, mixed, tmp_path / "whole")
    with pytest.raises(KilledError):
        _score(_Counting(pair, lives), mixed, tmp_path / "broken")
    resumed = _Counting(pair)
    _assert_equal(_score(resumed, mixed, tmp_path / "broken"), expected)
    # What was scored before the last checkpoint is not scored again.
    assert resumed.seen == len(MIXED) - kept


def test_there_are_checkpoints_every_fifty_images(tmp_path):
    model = tiny(num_classes=CLASSES).eval()
    found = numbered(tmp_path / "many", [(16, 16)] * 60)
    way = protocol(batch_size=10)
    with pytest.raises(KilledError):
        _score(_Counting(model, 50), found, tmp_path / "work", way=way)
    resumed = _Counting(model)
    scored = _score(resumed, found, tmp_path / "work", way=way)
    assert resumed.seen == 10
    assert len(scored) == 60


def test_the_mean_iou_is_that_of_the_counts_of_all_images(pair, mixed, tmp_path):
    scored = _score(pair, mixed, tmp_path / "work")
    batches = examples(mixed, protocol())
    found = validation.mean_iou(pair, batches, protocol(), CLASSES, CPU)
    assert found == pytest.approx(
        float(miou(np.sum(scored.confusion["result"], axis=0))), abs=1e-12
    )


def test_a_validation_leaves_the_model_as_it_was(tmp_path):
    model = tiny(num_classes=CLASSES).eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    batches = examples(streets(tmp_path, 2), protocol())
    validation.mean_iou(model, batches, protocol(), CLASSES, CPU)
    assert not any(module.training for module in model.modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
