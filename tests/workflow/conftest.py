"""Finished and unfinished workflows for the tests of whole DAGs, at scale tiny."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from killing import kill_what_is_left
from support import choose_tiny, copy_project, execute


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which `dvc repro` has made scale tiny, undisturbed; not to be changed."""
    folder = tmp_path_factory.mktemp("finished") / "project"
    copy_project(folder)
    choose_tiny(folder)
    execute(folder, "dvc", "repro")
    return folder


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which a plain `snakemake --cores 8` has run; not to be changed."""
    folder = tmp_path_factory.mktemp("smoke") / "project"
    copy_project(folder)
    execute(folder, "snakemake", "--cores", "8", "--resources", "gpu=2")
    return folder


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[str]]:
    """The command lines of all jobs of a scale, where nothing has been made yet."""
    folder = tmp_path_factory.mktemp("planned") / "project"
    copy_project(folder)

    @cache
    def plan(scale: str, *options: str) -> list[str]:
        command = ("snakemake", "-n", "-p", "--config", f"scale={scale}", *options)
        return execute(folder, *command).stdout.splitlines()

    return plan


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    """What a test has started does not outlive it, whether it passed or failed."""
    yield
    kill_what_is_left()
