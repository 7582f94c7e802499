"""A base model, an adapter and photos that many tests read and none changes."""

from pathlib import Path

import pytest
import torch
from tiny_base import CPU, drawn, save_random_base, stirred_attention, with_adapter

from triptych.personalization import adapter, base
from triptych.runtime.folders import publish_folder

MANIFEST = "MANIFEST.sha256"


@pytest.fixture(scope="session")
def base_manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
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
def adapter_manifest(pipeline, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter for it, with a self-attention, as if both were trained."""
    manifest = tmp_path_factory.mktemp("adapter") / MANIFEST
    trained, attention = with_adapter(pipeline), stirred_attention()
    publish_folder(manifest, lambda folder: adapter.save(folder, trained, attention))
    return manifest


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Three persons, five photos of each, and their captions."""
    return drawn(tmp_path_factory.mktemp("photos"))
