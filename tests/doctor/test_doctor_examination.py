"""Resources that are too small for a run."""

from dataclasses import replace

import pytest
from doctor_cases import CPU, job, record

from triptych.doctor import examination
from triptych.doctor.examination import Examination, examine
from triptych.doctor.machine import Machine
from triptych.doctor.records import JobRecord

# A rule that requests more memory than its job uses.
WANTED = job("lab/segmentation/table/1", "table", memory_mb=64_000)
TAKEN = record(WANTED.name, "table", 3, memory_mb=12_000.0, bytes=1000)


@pytest.fixture
def machine(in_the_project: None) -> Machine:
    """A machine of 16 GB; the project is the current folder."""

    return Machine(CPU, 2, (), 16_000_000_000, 8_000_000_000, 90_000_000_000)


def examined(patch: pytest.MonkeyPatch, machine: Machine, *records: JobRecord) -> Examination:
    """The examination of a run of that job."""
    patch.setattr(examination, "list_jobs", lambda *_: [WANTED])
    patch.setattr(examination, "look_at_machine", lambda _: (machine, []))
    patch.setattr(examination, "read_records", lambda: list(records))
    return examine("lab")


def test_memory_that_was_measured_is_an_obstacle(
    monkeypatch: pytest.MonkeyPatch, machine: Machine
) -> None:
    assert examined(monkeypatch, machine, TAKEN).obstacles == ()
    small = replace(machine, memory_bytes=8_000_000_000)
    found = examined(monkeypatch, small, TAKEN)
    (obstacle,) = found.obstacles
    assert obstacle.expected == "12.0 GB of memory, recorded for lab/segmentation/table/1"
    assert obstacle.found == "8.0 GB in total"
    assert found.doubtful == []


def test_memory_that_a_rule_asks_for_is_a_doubt(
    monkeypatch: pytest.MonkeyPatch, machine: Machine
) -> None:
    found = examined(monkeypatch, machine)
    assert found.obstacles == ()
    assert [each.job for each in found.doubtful] == [WANTED]
    large = replace(machine, memory_bytes=64_000_000_000)
    assert examined(monkeypatch, large).doubtful == []


def test_too_little_disk_is_an_obstacle(monkeypatch: pytest.MonkeyPatch, machine: Machine) -> None:
    full = replace(machine, free_disk_bytes=1000)
    (obstacle,) = examined(monkeypatch, full, TAKEN).obstacles
    assert "for data, weights and results" in obstacle.expected
