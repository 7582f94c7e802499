"""Planning a run grows linearly with its models."""

import re
import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from support import Run

Plan = Callable[[int], tuple[int, float]]


@pytest.fixture
def plan(project: Path, run: Run, tmp_path: Path) -> Plan:
    """Plan panel 2 with a number of seeds; return the jobs, and the CPU seconds it took."""

    def planned(seeds: int) -> tuple[int, float]:
        overlay = tmp_path / f"{seeds}.yaml"
        overlay.write_text(f"scales: {{smoke: {{segmentation: {{seeds: {seeds}}}}}}}\n")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        words = ("segmentation", "-n", "--configfile", str(overlay), "--config", "scale=smoke")
        said = run(project, "snakemake", *words).stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        jobs = int(re.findall(r"^total +(\d+)", said, re.MULTILINE)[0])
        return jobs, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return planned


@pytest.mark.long
def test_planning_takes_the_same_time_for_each_further_job(plan: Plan) -> None:
    points = [plan(seeds) for seeds in (1, 31, 62)]
    (jobs, seconds), (more, longer), (most, longest) = points
    print(points)
    assert most > 900
    each = (longer - seconds) / (more - jobs)
    assert (longest - longer) / (most - more) < 2 * each
    assert each < 0.02
