"""The real MNIST, where a mirror of it is at hand."""

from pathlib import Path

import numpy as np
import pytest
from support import error_of

from triptych.data.fetch import fetch
from triptych.data.images import load
from triptych.data.registry import entry
from triptych.data.steps import mnist
from triptych.storage.files import sha256

# Images of each class, 0 to 9.
TRAIN = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.mark.mirror
def test_mnist_from_the_mirror_has_its_images_and_labels(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    manifest = fetch("mnist", Path("data/raw/mnist"), mirror)
    mnist(manifest=manifest, train=Path("train.st"), test=Path("test.st"))

    assert manifest.read_text() == "".join(
        f"{file.sha256}  {file.name}\n" for file in entry("mnist").files
    )
    for path, counts in ((Path("train.st"), TRAIN), (Path("test.st"), TEST)):
        data = load(path)
        assert data.images.shape == (sum(counts), 28, 28)
        assert (data.images.dtype, data.labels.dtype) == (np.uint8, np.int64)
        assert np.bincount(data.labels).tolist() == counts
        # Background is 0 and ink is bright; most of an image is background.
        assert (data.images.min(), data.images.max()) == (0, 255)
        assert 0.7 < (data.images == 0).mean() < 0.9


@pytest.mark.mirror
def test_the_mirror_holds_the_very_files_of_the_registry(mirror: Path) -> None:
    for file in entry("mnist").files:
        path = mirror / "mnist" / file.name
        assert path.stat().st_size == file.bytes
        assert sha256(path) == file.sha256


@pytest.mark.usefixtures("own_folder")
def test_preparing_mnist_checks_the_files_beside_the_manifest() -> None:
    manifest = Path("raw/MANIFEST.sha256")
    manifest.parent.mkdir()
    manifest.touch()

    error = error_of(mnist, manifest=manifest, train=Path("train.st"), test=Path("test.st"))

    assert "train-images-idx3-ubyte.gz" in error.expected
    assert "triptych fetch mnist" in error.remedy
    assert not Path("train.st").exists()
