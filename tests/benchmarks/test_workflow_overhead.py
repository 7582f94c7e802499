"""The wall time of a workflow, divided by the exact CPU time of its jobs."""

from pathlib import Path

import pytest

from benchmarks import workflow
from benchmarks.workflow import Run

# A job that computes in a grandchild, and one that only waits.
SNAKEFILE = """
rule all:
    input: "burnt", "waited"

rule burn:
    output: "burnt"
    benchmark: "logs/burn.benchmark.tsv"
    shell: "bash -c 'python burn.py && true'; touch {output}"

rule wait:
    output: "waited"
    benchmark: "logs/wait.benchmark.tsv"
    shell: "sleep 1; touch {output}"
"""
BURN = "import time\nwhile time.process_time() < 0.8:\n    pass\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "Snakefile").write_text(SNAKEFILE)
    (tmp_path / "burn.py").write_text(BURN)
    return tmp_path


def test_cpu_time_is_that_of_all_jobs_and_their_children(project: Path) -> None:
    run = workflow.run_workflow(project, workflow.COMMAND)
    assert run.jobs == 2
    # Python's start comes on top of what it burns.
    assert 0.8 <= run.jobs_cpu_seconds < 1.6
    assert run.wall_seconds > 1
    assert run.own_cpu_seconds > 0.2


def test_a_job_without_a_known_time_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for name in ("one", "other"):
        (tmp_path / f"logs/{name}.benchmark.tsv").touch()
    with pytest.raises(RuntimeError, match="2 jobs ran, but CPU times are known for 1"):
        workflow.run_workflow(tmp_path, ("bash", "-c", "true"))


def test_a_failed_workflow_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no more fuel"):
        workflow.run_workflow(tmp_path, ("bash", "-c", "echo no more fuel >&2; exit 1"))


def test_times_of_a_shell_and_its_children_are_added() -> None:
    assert workflow.read_times("0m0.010s 0m0.020s\n2m1.500s 1m0.250s\n") == pytest.approx(181.78)


def test_times_that_are_cut_short_are_refused() -> None:
    with pytest.raises(ValueError, match="four times"):
        workflow.read_times("0m0.010s 0m0.020s\n")


def test_each_run_has_its_own_ratio() -> None:
    runs = [Run(9, 60, 100, 5), Run(9, 80, 100, 7), Run(9, 55, 110, 6)]
    measured = workflow.summarize(runs, "smoke")
    assert measured.numbers[0]["ratio"]["each"] == [0.6, 0.8, 0.5]
    (row,) = measured.rows
    assert row["what"] == "smoke, 9 jobs on 2 cores"
    assert row["wall time / jobs' CPU time (median, min to max)"] == "0.60 (0.50 to 0.80)"
    assert (row["wall time, s"], row["of Snakemake, s"]) == ("60", "6")
