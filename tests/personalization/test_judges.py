"""The networks that judge real photos: dlib's recognizer and detector, EfficientNet-Lite."""

import sys

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import roc_auc_score
from support import error_of
from tiny_base import CPU

from triptych.data import lfw
from triptych.data.faces import Faces, save
from triptych.data.fetch import fetch
from triptych.data.trees import Tree
from triptych.job.workspace import Workspace
from triptych.personalization.class_scores import originals, score_photos
from triptych.personalization.judges.detector import FaceDetector
from triptych.personalization.judges.efficientnet import SIDES, EfficientNetJudge
from triptych.personalization.judges.opening import open_face_judge
from triptych.personalization.judges.recognizer import Recognizer
from triptych.personalization.metrics import inception_score

LANDMARKS = "shape_predictor_5_face_landmarks.dat"


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """The folder of all judges' entries, from the installed packages."""
    folder = tmp_path_factory.mktemp("raw")
    for name in ("dlib_resnet", *SIDES):
        fetch(name, folder / name, None)
    return folder


def manifest(raw, name):
    return raw / name / "MANIFEST.sha256"


def random_images(count, side=48, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (count, side, side, 3))
    return pixels.astype(np.uint8)


def opened(raw, alignment="square", training=None, crop=160):
    photos = random_images(3, seed=9) if training is None else training
    return Recognizer(manifest(raw, "dlib_resnet"), photos, alignment, crop, CPU)


# EfficientNet


@pytest.mark.parametrize("name", SIDES)
def test_the_classes_are_those_of_a_second_implementation(raw, name):
    second = pytest.importorskip("efficientnet_lite_pytorch")
    (path,) = (raw / name).glob("*.pth")
    expected = second.EfficientNet.from_name(name.replace("_", "-"))
    expected.load_state_dict(torch.load(path, weights_only=True))
    side = SIDES[name]
    images = random_images(2, side)

    features, probabilities = EfficientNetJudge(manifest(raw, name), CPU).describe(images, side)

    scaled = (torch.from_numpy(images).permute(0, 3, 1, 2).float() - 127) / 128
    with torch.no_grad():
        odds = expected.eval()(scaled).softmax(dim=1).numpy()
    assert features.shape == (2, 1280)
    assert probabilities.shape == (2, 1000)
    np.testing.assert_allclose(probabilities, odds, atol=1e-5)
    assert odds.max() > 0.005


def test_a_large_image_is_seen_at_the_size_of_the_photos(raw):
    judge = EfficientNetJudge(manifest(raw, "efficientnet_lite0"), CPU)
    small = random_images(1, 32)
    large = small.repeat(2, axis=1).repeat(2, axis=2)

    at_its_size, _ = judge.describe(large, 64)
    at_theirs, _ = judge.describe(large, 32)

    assert np.abs(at_its_size - at_theirs).max() > 0.1


def test_another_manifest_is_a_users_mistake(raw):
    error = error_of(EfficientNetJudge, manifest(raw, "dlib_resnet"), CPU)
    assert error.found == "dlib_resnet"


# The recognizer


def test_identities_are_centered_unit_vectors_that_do_not_depend_on_other_images(raw):
    images = random_images(35)
    judge = opened(raw, training=images)

    together = judge.embed(images, 48)
    alone = judge.embed(images[33:34], 48)

    assert together.identity.shape == (35, 128)
    np.testing.assert_allclose(np.linalg.norm(together.identity, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(alone.identity[0], together.identity[33], atol=1e-4)
    # Around the images' own mean, their directions cancel; in the cone they would not.
    assert np.linalg.norm(together.identity.mean(axis=0)) < 0.5


def test_the_square_is_where_deep_funneling_puts_the_face(raw):
    # Whole photos of 250 pixels, and their central squares of 160 pixels.
    photos = random_images(3, 250)
    centers = photos[:, 45:205, 45:205]

    whole = opened(raw, training=photos[1:], crop=250).embed(photos, 250).identity
    cropped = opened(raw, training=centers[1:], crop=160).embed(centers, 160).identity

    np.testing.assert_allclose(whole, cropped, atol=1e-4)


def test_images_that_show_a_part_of_the_face_alone_are_embedded_whole(raw):
    images = random_images(3, 16)

    judges = [opened(raw, training=images[1:], crop=crop) for crop in (16, 60)]
    part, more = (judge.embed(images, 16) for judge in judges)

    np.testing.assert_allclose(part.identity, more.identity, atol=1e-6)


@pytest.mark.parametrize("alignment", ["square", "landmarks"])
def test_an_image_without_a_face_keeps_its_place(raw, alignment):
    faces = opened(raw, alignment).embed(random_images(3), 48)

    assert faces.is_found.tolist() == [False] * 3
    assert np.isfinite(faces.identity).all()
    np.testing.assert_allclose(
        faces.identity, opened(raw, "square").embed(random_images(3), 48).identity, atol=1e-5
    )


def test_the_recognizer_needs_photos_to_center_by(raw):
    error = error_of(
        open_face_judge, "dlib_resnet", manifest(raw, "dlib_resnet"), [], "square", 160, CPU
    )
    assert "--training-photos" in error.where


@pytest.mark.parametrize("state", ["altered", "cut", "absent"])
def test_a_file_that_is_not_the_released_one_is_refused(raw, tmp_path, state):
    for file in (raw / "dlib_resnet").iterdir():
        (tmp_path / "dlib_resnet").mkdir(exist_ok=True)
        (tmp_path / "dlib_resnet" / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "dlib_resnet" / "dlib_face_recognition_resnet_model_v1.dat"
    if state == "absent":
        path.unlink()
    else:
        data = path.read_bytes()
        path.write_bytes(data[:-1] if state == "cut" else data[:-1] + b"x")

    error = error_of(opened, tmp_path)

    assert "dlib_resnet" in error.remedy
    assert str(tmp_path / "dlib_resnet") in error.where


def test_without_dlib_the_error_names_the_package(raw, monkeypatch):
    monkeypatch.setitem(sys.modules, "dlib", None)
    error = error_of(FaceDetector, raw / "dlib_resnet" / LANDMARKS)
    assert "dlib-bin" in error.remedy


def test_damaged_landmarks_are_a_users_mistake(tmp_path):
    path = tmp_path / LANDMARKS
    path.write_bytes(b"no landmarks")
    assert error_of(FaceDetector, path).where == str(path)


# Class scores of photos


def test_photos_are_scored_by_each_network_and_never_twice(raw, tmp_path, monkeypatch):
    images, workspace = random_images(3, 64), Workspace(tmp_path / "work")
    weights = [manifest(raw, name) for name in ("efficientnet_lite0", "efficientnet_lite1")]

    table = score_photos(images, weights, workspace, CPU)

    assert table["network"].tolist() == ["efficientnet_lite0", "efficientnet_lite1"]
    assert table["n"].tolist() == [3, 3]
    _, odds = EfficientNetJudge(weights[1], CPU).describe(images, 64)
    assert table["is_marginal"][1] == pytest.approx(inception_score(odds))
    # With a uniform p(y), the score is K exp(-mean entropy).
    expected = 1000 * np.exp(-table["mean_entropy"])
    np.testing.assert_allclose(table["is_uniform"], expected, rtol=1e-5)
    monkeypatch.setattr(EfficientNetJudge, "describe", None)
    pd.testing.assert_frame_equal(score_photos(images, weights, workspace, CPU), table)


# Real photos


@pytest.fixture
def lfw_faces(mirror, tmp_path):
    """Photos at lab's 64 pixels: one of each training person, six of each of 53 test persons."""
    tree = Tree(mirror / "lfw" / "lfw-deepfunneled-min10.tar")
    persons = lfw.divide(tree, photos=10, train=105, test=53, seed=1)
    for split, most in (("train", 1), ("test", 6)):
        photos = lfw.read(tree, persons[split], most=most, crop=160, side=64)
        save("lfw", photos, tmp_path / f"{split}.safetensors")
    return {split: Faces(tmp_path / f"{split}.safetensors") for split in persons}


@pytest.mark.mirror
def test_strangers_at_64_pixels_are_told_apart_and_their_faces_are_found(raw, lfw_faces):
    test = lfw_faces["test"]
    judge = opened(raw, training=lfw_faces["train"].images())

    identity, is_found = judge.embed(test.images(), 64)

    persons = np.array(test.persons)
    pairs = np.triu_indices(len(persons), k=1)
    cosine = (identity @ identity.T)[pairs]
    same = (persons[:, None] == persons)[pairs]
    assert roc_auc_score(same, cosine) >= 0.99
    assert abs(cosine[~same].mean()) < 0.1
    assert is_found.mean() >= 0.97


@pytest.mark.mirror
def test_photos_are_classified_in_their_own_size(mirror, lfw_faces, tmp_path):
    fetch("lfw", tmp_path / "lfw", mirror)
    test = lfw_faces["test"]

    photos = originals(tmp_path / "lfw" / "MANIFEST.sha256", test)

    assert photos.shape == (len(test), 250, 250, 3)
    # The prepared photo is the center of the original.
    shrunk = photos[5][45:205, 45:205].reshape(32, 5, 32, 5, 3).mean(axis=(1, 3))
    halved = test.image(5).reshape(32, 2, 32, 2, 3).mean(axis=(1, 3))
    assert np.abs(shrunk - halved).mean() < 5
