"""Files of earlier parameters: a run of the whole panel finds them."""

import shutil
from pathlib import Path

import pytest
from support import Run, edit

PANEL = Path("results/tiny/adversarial")
MADE, LEFT = (PANEL / f"attacks/natural/random_start/{chunk}.safetensors" for chunk in (0, 1))
# One job that takes a moment.
AGAIN = ("--forcerun", "make_table2", "--cores", "1", "--config", "scale=tiny")


def copy_result(project: Path, source: Path, target: Path) -> None:
    """Copy a result like an additional chunk of earlier parameters."""
    shutil.copyfile(project / source, project / target)
    shutil.copyfile(project / _record(source), project / _record(target))
    edit(project / _record(target), f'"artifact": "{source}"', f'"artifact": "{target}"')


def _record(path: Path) -> Path:
    return path.parent / "provenance" / f"{path.name}.json"


@pytest.fixture
def earlier(finished: Path, tmp_path: Path) -> Path:
    """A finished project with a file that its rules do not make."""
    project = tmp_path / "project"
    shutil.copytree(finished, project, symlinks=True, copy_function=shutil.copyfile)
    copy_result(project, MADE, LEFT)
    return project


@pytest.mark.dag
def test_only_a_run_of_the_whole_panel_tells_what_is_left_over(earlier: Path, run: Run) -> None:
    verify = ("triptych", "verify", "--scale", "tiny")

    run(earlier, "snakemake", str(PANEL / "table2.csv"), *AGAIN)
    assert run(earlier, *verify).returncode == 0

    run(earlier, "snakemake", "adversarial", *AGAIN)
    answer = run(earlier, *verify, check=False)
    assert answer.returncode == 1
    assert answer.stdout.splitlines()[0].startswith(f"{LEFT}: left over from earlier parameters")
    assert answer.stdout.splitlines()[-1].endswith(" 1 problems")

    # A run of one file does not change that.
    run(earlier, "snakemake", str(PANEL / "table2.csv"), *AGAIN)
    assert run(earlier, *verify, check=False).stdout == answer.stdout

    (earlier / LEFT).unlink()
    (earlier / _record(LEFT)).unlink()
    assert run(earlier, *verify).returncode == 0


@pytest.mark.dag
def test_what_was_only_touched_after_a_change_is_named(earlier: Path, run: Run) -> None:
    edit(earlier / "params.yaml", "calibration_images: 500\n", "calibration_images: 400\n")
    run(earlier, "snakemake", "adversarial", "--touch", *AGAIN[2:])

    answer = run(earlier, "triptych", "verify", "--scale", "tiny", check=False)

    named = [line.split(": ")[0] for line in answer.stdout.splitlines()[:-1]]
    # Outside: the report's copy of params.yaml, which has changed.
    inside = [Path(name) for name in named if name.startswith(f"{PANEL}/")]
    # All parameters decide which rules Figure 1 shows.
    graph = [PANEL / f"fig1_workflow.{suffix}" for suffix in ("png", "svg")]
    assert inside == [LEFT, *graph, PANEL / "thresholds.csv"]
