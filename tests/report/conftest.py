"""A folder with small results and an adopted run."""

import shutil
from pathlib import Path

import pytest
from small_charts import make_charts
from small_reports import ADOPTED, bring_published, make_run, write_report


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The papers' numbers, a run of panel 1 and an adopted run; not to be changed."""
    folder = tmp_path_factory.mktemp("small")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        bring_published()
        make_run()
        make_run(ADOPTED)
    return folder


@pytest.fixture
def small(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of it to work in."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def charted(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a chart of each kind, and its page; not to be changed."""
    folder = tmp_path_factory.mktemp("charted")
    shutil.copytree(made, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_charts()
        write_report()
    return folder
