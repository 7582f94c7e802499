"""The files of panel 4."""

from collections.abc import Iterator

from triptych.config.nearest_neighbors import NearestNeighborsParameters
from triptych.layout import PREPARED, RESULTS


def digits(panel: NearestNeighborsParameters, scale: str, split: str) -> str:
    """Return the prepared digits of a split."""
    return f"{PREPARED}/{scale}/{panel.dataset}/{split}.safetensors"


def train_digits(panel: NearestNeighborsParameters, scale: str) -> str:
    """Return the digits among which neighbors are sought."""
    return digits(panel, scale, "train")


def test_digits(panel: NearestNeighborsParameters, scale: str) -> str:
    """Return the digits that are read."""
    return digits(panel, scale, "test")


def all_files(panel: NearestNeighborsParameters, scale: str) -> Iterator[str]:
    """List every file of the panel: Snakemake makes a deleted one again."""
    for name in ("table1.csv", "table1.md", "claims.csv", "metrics.json", "findings.md"):
        yield f"{RESULTS}/{scale}/nearest_neighbors/{name}"
