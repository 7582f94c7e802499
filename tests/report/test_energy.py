"""Energy and CO2 of a run, from seconds and stated watts."""

from pathlib import Path

import pytest
from made_files import STARTED, making_of

from triptych.provenance.making import Making
from triptych.report.page.energy import CORE_WATTS, GPU_WATTS, GRAMS_PER_KWH, spelled, watt_hours


def making(name: str, **known: object) -> Making:
    return making_of(Path(name), sha256="0" * 64, bytes=1, **known)


def test_a_job_on_a_cpu_counts_its_cpu_time_and_once() -> None:
    job = {"wall_seconds": 9999.0, "cpu_seconds": 3600.0}
    files = [making("a.csv", **job), making("a.md", **job)]
    assert watt_hours(files) == pytest.approx(CORE_WATTS)
    other = making("b.csv", parameters={"seed": 2}, **job)
    assert watt_hours([*files, other]) == pytest.approx(2 * CORE_WATTS)


def test_without_a_cpu_time_the_wall_time_counts() -> None:
    job = making("a.csv", wall_seconds=7200.0, cpu_seconds=None, started=STARTED)
    assert watt_hours([job]) == pytest.approx(2 * CORE_WATTS)


@pytest.mark.parametrize(
    ("device", "name"),
    [("NVIDIA H200", "H200"), ("NVIDIA A100-SXM4-80GB", "A100"), ("RTX A1000", "")],
)
def test_a_job_on_a_gpu_counts_its_power(device: str, name: str) -> None:
    job = making("a.csv", device=device, wall_seconds=3600.0, cpu_seconds=0.0)
    assert watt_hours([job]) == pytest.approx(GPU_WATTS[name])


def test_units_fit_the_size() -> None:
    assert spelled(0.5).startswith("0.5 Wh, ")
    assert spelled(2000.0) == f"2 kWh, {2 * GRAMS_PER_KWH} g CO₂"
    assert spelled(2.8e-5) == "less than 0.01 Wh, less than 0.01 g CO₂"
    assert spelled(0.0) == "0 Wh, 0 g CO₂"
