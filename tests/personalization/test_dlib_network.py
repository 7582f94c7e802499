"""dlib's recognizer without dlib: the embedding that dlib itself computed."""

from pathlib import Path

import numpy as np
import pytest
import torch
from support import error_of
from tiny_base import CPU

from triptych.data.fetch import fetch
from triptych.personalization.judges.dlib_network import load_dlib_network

# Of the drawn picture, by dlib 20.0.1: face_recognition_model_v1.compute_face_descriptor.
EMBEDDING = Path(__file__).with_name("dlib_embedding.txt")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dlib_resnet")
    fetch("dlib_resnet", folder, None)
    return folder / "dlib_face_recognition_resnet_model_v1.dat"


def picture():
    """An image of 150x150 pixels: waves of another direction in each channel."""
    down, right = np.mgrid[:150, :150]
    waves = [(3 * down + 5 * right) % 251, (down * right) % 239, (down**2 + 7 * right) % 256]
    return np.stack(waves, axis=2).astype(np.uint8)


def embed(path):
    image = torch.from_numpy(picture()).permute(2, 0, 1)[None].float()
    return load_dlib_network(path, CPU)(image)[0].numpy()


def test_the_embedding_is_that_of_dlib(weights):
    np.testing.assert_allclose(embed(weights), np.loadtxt(EMBEDDING), atol=1e-5)


@pytest.mark.parametrize("damage", ["cut", "longer", "another layer", "empty"])
def test_a_damaged_file_is_a_users_mistake(weights, tmp_path, damage):
    data = weights.read_bytes()
    path = tmp_path / "network.dat"
    changed = {
        "cut": data[:-100],
        "longer": data + b"\x01\x05con_4",
        "another layer": data.replace(b"affine_", b"effine_", 1),
        "empty": b"",
    }
    path.write_bytes(changed[damage])
    error = error_of(load_dlib_network, path, CPU)
    assert error.where == str(path)
    assert "29 convolutions" in error.expected
