"""Models, photos and the outputs of every step, which many tests read and none changes."""

import shutil
from functools import partial

import pytest
import torch
from published_run import PAPER, published_comparisons, published_scores
from published_run import judge as judged
from random_faces import save_random_faces
from scored_faces import PLANNED
from small_steps import run_every_step
from tiny_base import (
    CPU,
    drawn,
    random_face_network,
    save_random_base,
    stirred_attention,
    stirred_face_network,
    with_adapter,
)
from tiny_llava import publish_llava

from triptych.personalization import adapter, base
from triptych.personalization import features as storage
from triptych.personalization.networks.face_network import save_face_network
from triptych.personalization.steps import reporting
from triptych.storage.folders import publish_folder

MANIFEST = "MANIFEST.sha256"


@pytest.fixture(scope="session")
def base_manifest(tmp_path_factory):
    """A base model with random weights."""
    torch.set_num_threads(1)
    manifest = tmp_path_factory.mktemp("base") / MANIFEST
    save_random_base(manifest)
    return manifest


@pytest.fixture(scope="session")
def pipeline(base_manifest):
    """That base model, opened; a test that changes it takes a ``tiny_base.fresh`` copy."""
    return base.load(base_manifest, CPU)


@pytest.fixture(scope="session")
def adapter_manifest(pipeline, tmp_path_factory):
    """An adapter for it, with a self-attention, both with the weights of a training."""
    manifest = tmp_path_factory.mktemp("adapter") / MANIFEST
    trained, attention = with_adapter(pipeline), stirred_attention()
    publish_folder(manifest, lambda folder: adapter.save(folder, trained, attention))
    return manifest


@pytest.fixture
def adapter_folder(adapter_manifest, tmp_path):
    """A copy of its folder that a test may damage."""
    shutil.copytree(adapter_manifest.parent, tmp_path / "adapter")
    return tmp_path / "adapter"


@pytest.fixture(scope="session")
def face_adapter_manifest(pipeline, tmp_path_factory):
    """An adapter on the embeddings of a face network, with the weights of a training."""
    manifest = tmp_path_factory.mktemp("face_adapter") / MANIFEST
    network = random_face_network()
    trained = with_adapter(pipeline, face_network=network)
    publish_folder(manifest, lambda folder: adapter.save(folder, trained, None, network))
    return manifest


@pytest.fixture
def face_network_path(tmp_path):
    """The file of a face network."""
    save_face_network(stirred_face_network(), tmp_path / "network.safetensors")
    return tmp_path / "network.safetensors"


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """Three persons, five photos of each, and their captions."""
    return drawn(tmp_path_factory.mktemp("photos"))


@pytest.fixture
def make_faces(tmp_path):
    """Makes a file of photos of one person, see :func:`random_faces.save_random_faces`."""
    return partial(save_random_faces, tmp_path)


@pytest.fixture
def scored(tmp_path):
    """Writes the tables of scores from features; returns the step's outputs by option."""

    def score(seen):
        storage.write(seen, tmp_path / "features.safetensors")
        names = ("scores", "comparisons", "seeds", "networks")
        paths = {name: tmp_path / f"{name}.csv" for name in names}
        features = tmp_path / "features.safetensors"
        reporting.scores(features=features, **PLANNED, seed=1, **paths)
        return paths

    return score


@pytest.fixture(scope="session")
def llava(tmp_path_factory):
    """The manifest of a tiny LLaVA."""
    return publish_llava(tmp_path_factory.mktemp("llava"))


@pytest.fixture(scope="session")
def made_folder(tmp_path_factory):
    """The folder in which every step has run once."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("steps")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TRIPTYCH_DEVICE", "cpu")
        run_every_step()
    return folder


@pytest.fixture
def in_made_folder(made_folder, tmp_path, monkeypatch):
    """A copy of that folder to work in."""
    shutil.copytree(made_folder, tmp_path / "made")
    monkeypatch.chdir(tmp_path / "made")
    monkeypatch.setenv("TRIPTYCH_DEVICE", "cpu")


@pytest.fixture
def scores():
    """Table 1 with the paper's own numbers."""
    return published_scores()


@pytest.fixture
def comparisons():
    """The differences of these numbers."""
    return published_comparisons()


@pytest.fixture
def judge(scores, comparisons):
    """Judges these tables or others, with other settings."""

    def run(setting=PAPER, *, scores=scores, comparisons=comparisons, **others):
        return judged(scores, comparisons, setting, **others)

    return run
