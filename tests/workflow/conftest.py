"""Finished and unfinished workflows for the tests of whole DAGs, at scale tiny."""

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from killing import kill_what_is_left
from support import ROOT, choose_tiny, copy_project, execute


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
    """A copy of the project with the results that `make run` has left in it; not to be changed.

    Skipped where they are not there or not those of the present code; an error where
    TRIPTYCH_REQUIRE_SMOKE says that they must be.
    """
    folder = tmp_path_factory.mktemp("smoke") / "project"
    copy_project(folder)
    for part in ("results/smoke", "data/prepared/smoke", "logs/smoke"):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part)
    told = execute(folder, "snakemake", "-n", "--quiet", "rules", check=False)
    if "Nothing to be done" not in told.stdout + told.stderr:
        said = "needs the results of scale smoke, made by the present code: make run"
        if os.environ.get("TRIPTYCH_REQUIRE_SMOKE"):
            pytest.fail(f"{said}\n{told.stdout[-3000:]}{told.stderr[-3000:]}")
        pytest.skip(said)
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
