"""Files of the workflow are found beside the Snakefile, whatever the working folder is."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from triptych.system.project import beside_snakefile, project_folder

SNAKEFILE = """
from triptych.system.project import beside_snakefile, project_folder
PUBLISHED = beside_snakefile(project_folder(workflow), "data/published")

rule table:
    input: f"{PUBLISHED}/table.csv"
    output: "table.csv"
    shell: "cp {input} {output}; echo {input} > path.txt"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A workflow with a published table."""
    table = tmp_path / "project/data/published/table.csv"
    table.parent.mkdir(parents=True)
    table.write_text("printed\n")
    (tmp_path / "project/Snakefile").write_text(SNAKEFILE)
    return tmp_path / "project"


def test_the_path_is_relative_in_the_folder_of_the_snakefile_alone(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    assert beside_snakefile(project, "data/published") == "data/published"
    monkeypatch.chdir(project.parent)
    assert beside_snakefile("project", "data/published") == str(project / "data/published")


@pytest.mark.parametrize(
    ("start", "options"),
    [("project", []), ("project", ["--directory", "../elsewhere"]), ("elsewhere", [])],
    ids=["in the project", "--directory", "from another folder"],
)
def test_a_rule_finds_published_numbers_from_any_working_folder(
    project: Path, start: str, options: list[str]
) -> None:
    (project.parent / "elsewhere").mkdir()
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "-s", str(project / "Snakefile")]
    subprocess.run([*command, *options], cwd=project.parent / start, check=True)

    inside = start == "project" and not options
    worked_in = project if inside else project.parent / "elsewhere"
    assert (worked_in / "table.csv").read_text() == "printed\n"
    path = "data/published" if inside else str(project / "data/published")
    assert (worked_in / "path.txt").read_text() == f"{path}/table.csv\n"


def test_a_module_from_the_network_is_refused() -> None:
    class Address:
        def get_path_or_uri(self, secret_free: bool) -> str:
            return "https://example.org/triptych"

    with pytest.raises(SystemExit, match="clone the repository"):
        project_folder(SimpleNamespace(current_basedir=Address()))
