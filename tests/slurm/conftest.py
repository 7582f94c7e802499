"""A cluster for the tests in this folder, which only `make test-slurm` runs."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from disposable import slurm

# The cluster takes over the machine: plain pytest must not collect these tests.
collect_ignore_glob = [] if os.environ.get("TRIPTYCH_SLURM") else ["test_*.py"]


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A running SLURM with two processors and two GPUs; the folder of its daemons' logs."""
    state = tmp_path_factory.mktemp("cluster")
    with slurm(state):
        yield state
