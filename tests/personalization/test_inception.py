"""Inception-v3 through clean-fid and torchmetrics, from random weights in their formats."""

import os
import pickle
import shutil

import numpy as np
import pytest
import torch
from cleanfid.fid import get_files_features
from cleanfid.inception_torchscript import InceptionV3W
from cleanfid.resize import make_resizer
from PIL import Image
from support import error_of
from tiny_inception import STATE, TORCHSCRIPT, save_inception
from torchmetrics.image.fid import NoTrainInceptionV3
from torchmetrics.image.inception import InceptionScore

from triptych.data.registry import Entry, RegistryFile
from triptych.personalization.judges.inception import InceptionV3
from triptych.personalization.metrics import inception_score
from triptych.storage.files import sha256
from triptych.storage.folders import MANIFEST

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Both weight files."""
    folder = tmp_path_factory.mktemp("inception")
    save_inception(folder)
    return folder


@pytest.fixture(scope="module")
def inception(folder):
    return InceptionV3(folder, CPU)


def images(count, side=20):
    """Random pixels, each image brighter than the one before."""
    pixels = np.random.default_rng(count).integers(0, 256, (count, side, side, 3))
    return (pixels * np.linspace(0.1, 1, count)[:, None, None, None]).astype(np.uint8)


def test_the_features_are_those_of_clean_fid(inception, folder, tmp_path):
    shown = images(3)
    files = [tmp_path / f"{number}.png" for number in range(3)]
    for image, file in zip(shown, files, strict=True):
        Image.fromarray(image).save(file)

    features, _ = inception.describe(shown, side=20)

    reference = get_files_features(
        files,
        model=InceptionV3W(str(folder), download=False),
        num_workers=0,
        device=CPU,
        mode="clean",
        verbose=False,
    )
    assert features.shape == (3, 2048)
    assert features.dtype == np.float32
    np.testing.assert_allclose(features, reference, rtol=1e-5, atol=1e-5)


def test_the_probabilities_give_the_inception_score_of_torchmetrics(inception, folder):
    shown = images(4)
    network = NoTrainInceptionV3("inception-v3-compat", ["logits_unbiased"], folder / STATE)
    metric = InceptionScore(feature=network, splits=1)
    metric.update(torch.from_numpy(shown.transpose(0, 3, 1, 2).copy()))

    _, probabilities = inception.describe(shown, side=20)

    assert probabilities.shape == (4, 1008)
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    score = inception_score(probabilities)
    assert score == pytest.approx(metric.compute()[0].item(), rel=1e-5)
    assert score > 1.01


def test_more_images_than_fit_at_once_are_described_in_order(inception, monkeypatch):
    shown = images(5)
    together = inception.describe(shown, side=20)
    monkeypatch.setattr("triptych.personalization.judges.inception._IMAGES_AT_ONCE", 2)

    for parts, whole in zip(inception.describe(shown, side=20), together, strict=True):
        np.testing.assert_allclose(parts, whole, rtol=1e-4, atol=1e-6)


def test_images_larger_than_the_photos_are_brought_to_their_size_as_8_bit_photos(inception):
    large = images(2, side=40)
    resize = make_resizer("PIL", False, "bicubic", (20, 20))
    small = np.stack([resize(image).round().astype(np.uint8) for image in large])

    brought, expected, as_is = (
        inception.describe(shown, side)[0]
        for shown, side in ((large, 20), (small, 20), (large, 40))
    )

    np.testing.assert_array_equal(brought, expected)
    assert not np.allclose(brought, as_is)


def test_images_smaller_than_the_photos_are_shown_as_they_are(inception):
    small = images(2)

    np.testing.assert_array_equal(
        inception.describe(small, side=64)[0], inception.describe(small, side=20)[0]
    )


@pytest.fixture
def registered(folder, monkeypatch):
    """The registry pins the files of these tests."""
    files = [
        RegistryFile(name=name, sha256=sha256(folder / name), urls=())
        for name in (TORCHSCRIPT, STATE)
    ]
    texts = dict.fromkeys(("title", "license", "citation", "access"), "text")
    entry = Entry(kind="weights", files=files, **texts)
    monkeypatch.setattr("triptych.data.fetch.entry", {"inception_v3": entry}.__getitem__)


@pytest.mark.usefixtures("registered")
def test_verified_files_are_opened_and_named_by_the_hash_of_the_features_file(folder):
    assert InceptionV3.open(folder / MANIFEST, CPU).sha256 == sha256(folder / TORCHSCRIPT)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("name", [TORCHSCRIPT, STATE])
def test_an_altered_file_is_refused(folder, tmp_path, name):
    shutil.copytree(folder, tmp_path / "raw")
    (tmp_path / "raw" / name).write_bytes(b"altered")

    error = error_of(InceptionV3.open, tmp_path / "raw" / MANIFEST, CPU)

    assert error.where == str(tmp_path / "raw" / name)
    assert error.remedy.endswith("triptych fetch inception_v3")


class Runs:
    """Something that does more than hold weights when it is read."""

    def __init__(self, made):
        self.made = made

    def __reduce__(self):
        return os.mkdir, (str(self.made),)


def test_weights_are_read_as_tensors_alone(folder, tmp_path):
    shutil.copyfile(folder / TORCHSCRIPT, tmp_path / TORCHSCRIPT)
    torch.save({"fc.weight": Runs(tmp_path / "made")}, tmp_path / STATE)

    with pytest.raises(pickle.UnpicklingError):
        InceptionV3(tmp_path, CPU)

    assert not (tmp_path / "made").exists()
