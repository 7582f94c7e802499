"""A number of files, summarized as the run that made them."""

from pathlib import Path

import pytest
from made_files import making_of

from triptych.provenance.runs import summarize


@pytest.mark.parametrize(
    ("device", "cpu_seconds", "expected"),
    [
        ("CPU, AMD EPYC", 5.0, 5.0),
        ("CPU, AMD EPYC", None, 20.0),
        ("NVIDIA H100", 5.0, 20.0),
    ],
    ids=["jobs share cores", "no CPU time is recorded", "a job waits for its GPU"],
)
def test_computing_time_is_cpu_time_or_time_on_a_gpu(
    device: str, cpu_seconds: float | None, expected: float
) -> None:
    job = {"device": device, "wall_seconds": 20.0, "cpu_seconds": cpu_seconds, "bytes": 1}
    files = [
        making_of(Path(name), sha256="0" * 64, parameters={"seed": seed}, **job)
        for name, seed in (("a.csv", 1), ("a.md", 1), ("b.csv", 2))
    ]

    run = summarize(files)

    assert run is not None
    assert (run.jobs, run.seconds) == (2, 2 * expected)
