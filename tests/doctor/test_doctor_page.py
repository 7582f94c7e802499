"""The page for a terminal: the needs of a run on one screen."""

import json
from dataclasses import replace
from pathlib import Path

from doctor_cases import CPU, job, record

from triptych.doctor.estimates import Basis, Estimate
from triptych.doctor.examination import Duration, Examination
from triptych.doctor.gpus import THROUGHPUT
from triptych.doctor.machine import Gpu, Machine
from triptych.doctor.pages import as_json, as_text
from triptych.doctor.supplies import Supply
from triptych.errors import UserError
from triptych.job.work import GpuNeed

OBSTACLE = UserError(expected="the archive", found="no such file", where="there", remedy="get it")


def known(
    rule: str, seconds: float, factor: float = 1.0, device: str = CPU, asked: int = 1000
) -> Estimate:
    """The estimate of a job from a record of an equal one, or of a smaller one."""
    earlier = record(f"lab/p/{rule}/0", rule, seconds / factor, device=device)
    basis: Basis = "recorded" if factor == 1 else "scaled"
    wanted = job(f"lab/p/{rule}/1", rule, gpus=1, memory_mb=asked)
    return Estimate(wanted, basis, seconds, seconds, 5e6, 700.0, factor, earlier)


def unknown(rule: str, memory_mb: int = 1000) -> Estimate:
    """The estimate of a job without a record."""
    return Estimate(job(f"lab/p/{rule}", rule, memory_mb=memory_mb), "unknown")


def supply(name: str, *, on_network: int = 0, nowhere: int = 0, unsized: int = 0) -> Supply:
    """A missing data set."""
    files = on_network + nowhere
    about = (name, name, "data", "MIT", "network")
    return Supply(*about, files, 0, 0, 0, on_network, nowhere, 12_000_000, unsized, "")


def examined(
    *estimates: Estimate,
    supplies: tuple[Supply, ...] = (),
    gpus: tuple[str, ...] = (),
    shortest: float = 600,
    obstacles: tuple[UserError, ...] = (),
) -> Examination:
    """An examination on a machine with two cores and 16 GB."""
    lent = tuple(Gpu(name, 80_000_000_000, bfloat16=True) for name in gpus)
    machine = Machine(CPU, 2, lent, 16_000_000_000, 8_000_000_000, 90_000_000_000)
    time = Duration(shortest, 840, 1680, 500)
    overlays = (Path("over.yaml"),)
    return Examination(
        "lab", None, overlays, estimates, supplies, machine, 5e6, 1400.0, time, obstacles
    )


def test_a_run_that_is_known_in_full() -> None:
    page = as_text(examined(known("train", 900), known("draw", 2)))
    assert page.startswith("Scale lab, everything with over.yaml: 2 jobs to run\n")
    assert ["train", "1", "15", "min"] in [line.split() for line in page.splitlines()]
    assert "Data and weights: none needed" in page
    assert f"{CPU}, 2 cores; no GPU" in page
    assert "about 10 min (CPU time" in page
    assert "to 14 min (their wall time" in page
    assert "2 jobs as recorded, 0 scaled by their work; not counted: 0 without" in page
    assert "2 on CPU, Some Model at 0123456" in page
    assert "faster or slower" not in page
    assert page.endswith("No obstacles.")
    assert max(map(len, page.splitlines())) <= 100


def test_two_ends_that_read_alike_are_one_number() -> None:
    assert "about 14 min on 2 cores" in as_text(examined(known("train", 900), shortest=839))


def test_what_is_not_known_is_said_and_never_counted() -> None:
    many = [known(f"rule_{seconds}", seconds) for seconds in range(900, 908)]
    page = as_text(examined(*many, unknown("light"), unknown("dream", 32_000)))
    assert "at least 10 min" in page
    assert "not counted: 2 without a record" in page
    row = next(line for line in page.splitlines() if line.startswith("dream"))
    assert "not known" in row
    text = " ".join(page.split())
    assert "32 GB for one (dream, requested by its rule, not recorded): more than this" in text
    assert "the results of 2 jobs without a record" in text


def test_more_memory_asked_for_than_there_is_is_said_last() -> None:
    found = examined(known("train", 9), unknown("sleep", 17_000), unknown("dream", 32_000))
    doubt = " ".join(as_text(found).split("\n\n")[-1].split())
    assert doubt.startswith("Possible obstacle: 2 jobs may need more memory than the 16 GB of")
    assert "dream requests 32 GB" in doubt
    assert "No obstacles" not in as_text(found)
    assert json.loads(as_json(found))["doubtful"] == ["lab/p/dream", "lab/p/sleep"]
    # What was measured counts, whatever the rule asks for.
    assert as_text(examined(known("train", 9, asked=32_000))).endswith("No obstacles.")


def test_a_doubt_stands_before_the_obstacles() -> None:
    *_, doubt, count, last = as_text(
        examined(unknown("dream", 32_000), obstacles=(OBSTACLE,))
    ).split("\n\n")
    assert doubt.startswith("Possible obstacle: 1 job may")
    assert (count, last) == ("1 obstacle", str(OBSTACLE))


def test_the_farthest_scaling_and_other_machines_are_named() -> None:
    page = " ".join(as_text(examined(known("train", 9000, 90, "CPU, Other"))).split())
    assert "0 jobs as recorded, 1 scaled" in page
    assert "lab/p/train/1 does 90 times the work of lab/p/train/0, which took 100 s" in page
    assert "this machine may be faster or slower" in page


def test_of_a_gpu_nothing_is_made_up() -> None:
    page = " ".join(as_text(examined(known("train", 900), gpus=("H200", "H200"))).split())
    assert "2 x H200" in page
    assert "1 job would use a GPU, but only CPU records exist" in page
    assert "the time on a GPU is not known" in page


def test_jobs_that_need_the_same_of_a_gpu_are_one_row_the_largest_first() -> None:
    small = GpuNeed("danet single on voc", "float16", 7e9, 3.6e3 * THROUGHPUT)
    large = GpuNeed("danet multiple_layer on voc", "bfloat16", 50e9, None)
    needs = (small, large, small)
    page = as_text(examined(*(replace(known("train", 9), gpu=need) for need in needs)))
    rows = [line.split() for line in page.splitlines() if " on voc " in line]
    assert rows == [
        ["danet", "multiple_layer", "on", "voc", "1", "bfloat16", "50", "GB", "not", "known"],
        ["danet", "single", "on", "voc", "2", "float16", "7.0", "GB", "60", "min"],
    ]
    words = " ".join(page.split())
    # The time of one kind of job is not known.
    assert "time: at least 2.0 h of one GPU in all" in words
    for remedy in ("accumulate", "activation_checkpointing", "float16"):
        assert remedy in words
    assert max(map(len, page.splitlines())) <= 100


def test_hours_that_are_not_known_are_not_added_up() -> None:
    need = GpuNeed("danet single on voc", "bfloat16", 7e9, None)
    assert "of one GPU" not in as_text(examined(replace(known("train", 9), gpu=need)))
    assert "\nGPU\n" not in as_text(examined(known("train", 9)))


def test_seconds_that_are_all_known_are_added_up() -> None:
    need = GpuNeed("danet single on voc", "bfloat16", 7e9, 90 * THROUGHPUT)
    page = " ".join(as_text(examined(*[replace(known("train", 9), gpu=need)] * 4)).split())
    assert "time: 6.0 min of one GPU in all" in page


def test_a_time_without_any_record_is_not_known() -> None:
    page = as_text(examined(replace(known("train", 9), seconds=None, basis="unknown")))
    assert "- not known" in page
    assert "0 s on" not in page


def test_data_and_obstacles_are_listed() -> None:
    supplies = (supply("camvid", nowhere=1), supply("weights", on_network=3, unsized=2))
    page = as_text(examined(known("train", 9), supplies=supplies, obstacles=(OBSTACLE,)))
    assert "camvid   by hand only        12 MB                              MIT\n" in page
    assert "weights  will be downloaded  12 MB and 2 files of unknown size  MIT\n" in page
    assert "needed: 24 MB of data and weights, 2 files of unknown size" in " ".join(page.split())
    assert page.endswith(f"\n\n1 obstacle\n\n{OBSTACLE}")


def test_json_holds_every_job_and_obstacle() -> None:
    found = json.loads(as_json(examined(known("train", 90, 9), obstacles=(OBSTACLE,))))
    assert found["estimates"][0]["record"]["seconds"] == 10
    assert found["obstacles"] == [vars(OBSTACLE)]
    assert found["overlays"] == ["over.yaml"]


def test_nothing_to_do() -> None:
    page = as_text(examined())
    assert "0 jobs to run" in page
    assert page.endswith("Nothing to do.")
