"""The duration of several jobs."""

import pytest
from doctor_cases import job

from triptych.doctor.schedule import makespan


def chain() -> list:
    """Two independent jobs and one that needs the first."""
    first, other = job("first"), job("other")
    return [other, first, job("last", inputs=first.outputs)]


@pytest.mark.parametrize(("cores", "seconds"), [(1, 16), (2, 11), (None, 11)])
def test_cores_are_shared_and_inputs_waited_for(cores: int | None, seconds: float) -> None:
    assert makespan(chain(), [5, 10, 1], cores) == seconds


def test_the_longest_chain_goes_first() -> None:
    # In the order of the list, both short jobs would start first.
    jobs = [job("a"), job("b"), job("long"), job("end", inputs=("results/long",))]
    assert makespan(jobs, [5, 5, 5, 5], 2) == 10


def test_jobs_wait_for_the_one_gpu() -> None:
    jobs = [job("a", gpus=1), job("b", gpus=1)]
    assert makespan(jobs, [5, 5], 4, gpus=1) == 10
    assert makespan(jobs, [5, 5], 4, gpus=2) == 5
    assert makespan(jobs, [5, 5], 4) == 5


def test_a_job_that_asks_for_more_cores_than_there_are_gets_them_all() -> None:
    assert makespan([job("wide", threads=8), job("a")], [5, 5], 2) == 10


def test_nothing_takes_no_time() -> None:
    assert makespan([], [], 2) == 0
