"""The records of a finished run, and their file."""

from pathlib import Path

import pytest
from doctor_cases import CPU, job, parameters_of, record, training
from made_files import making_of
from support import error_of

from triptych.doctor.recording import record_run
from triptych.doctor.records import JobRecord, read_records, write_records
from triptych.engine.jobs import Job
from triptych.provenance.making import write

pytestmark = pytest.mark.usefixtures("in_the_project")
HEAD = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
NETWORK = training(outputs=("results/lab/a/natural.safetensors", "results/lab/a/history.csv"))


def finish(run: Path, done: Job, benchmark: str | None) -> None:
    """Write the files of a finished job: its outputs' records and Snakemake's benchmark."""
    for size, output in enumerate(done.outputs, start=1):
        making = making_of(
            run / output,
            sha256="0" * 64,
            bytes=size * 100,
            wall_seconds=5.0,
            device=CPU,
            commit={"id": "abc", "modified": True},
        )
        write(run / output, making)
    if benchmark is not None:
        path = run / f"logs/{done.name}.benchmark.tsv"
        path.parent.mkdir(parents=True)
        path.write_text(HEAD + benchmark)


def keep(run: Path, done: Job, **options: object) -> JobRecord:
    """The record of one job."""
    jobs, resumed = [done, training("secret")], options.pop("resumed", {})
    (kept,) = record_run(run, "lab", jobs, parameters_of("lab"), resumed, **options)
    return kept


def test_time_memory_bytes_and_work_are_kept(tmp_path: Path) -> None:
    finish(tmp_path, NETWORK, "9.5\t0:00:09\t800.25\t1\t1\t1\t0\t0\t90\t8.5\n")
    found = keep(tmp_path, NETWORK)
    assert (found.seconds, found.cpu_seconds, found.memory_mb) == (9.5, 8.5, 800.25)
    assert (found.bytes, found.device, found.commit) == (300, CPU, "abc+")
    assert (found.amount, found.shape, found.source) == (100_000 * 50, "width=1.0", "benchmark")


def test_what_snakemake_could_not_measure_stays_empty(tmp_path: Path) -> None:
    finish(tmp_path, NETWORK, "0.4\t0:00:00\tNA\tNA\tNA\tNA\tNA\tNA\tNA\t-\n")
    found = keep(tmp_path, NETWORK)
    assert (found.seconds, found.cpu_seconds, found.memory_mb) == (0.4, None, None)


def test_without_a_benchmark_the_record_of_provenance_speaks(tmp_path: Path) -> None:
    finish(tmp_path, NETWORK, None)
    found = keep(tmp_path, NETWORK)
    assert (found.seconds, found.source) == (5.0, "record")


def test_an_adopted_run_has_no_logs_of_its_own(tmp_path: Path) -> None:
    finish(tmp_path, NETWORK, "9.5\t0:00:09\t800.25\t1\t1\t1\t0\t0\t90\t8.5\n")
    (tmp_path / "results").rename(tmp_path / "reference")
    assert keep(tmp_path, NETWORK, adopted=True).seconds == 5.0


def test_the_pieces_of_a_resumed_job_are_stated(tmp_path: Path) -> None:
    finish(tmp_path, NETWORK, "9.5\t0:00:09\t800.25\t1\t1\t1\t0\t0\t90\t8.5\n")
    found = keep(tmp_path, NETWORK, resumed={NETWORK.name: 70.0})
    assert (found.seconds, found.cpu_seconds, found.source) == (70, None, "stated")


def test_a_model_is_as_large_as_what_its_manifest_lists(tmp_path: Path) -> None:
    model = job("lab/personalization/m", outputs=("results/lab/m/MANIFEST.sha256",))
    finish(tmp_path, model, None)
    assert keep(tmp_path, model).bytes is None
    (tmp_path / "results/lab/m/weights").write_bytes(bytes(1000))
    (tmp_path / "results/lab/m/MANIFEST.sha256").write_text(f"{'0' * 64}  weights\n")
    assert keep(tmp_path, model).bytes == 1100


@pytest.mark.parametrize("resumed", [{}, {"lab/adversarial/train_network/secret": 9.0}])
def test_a_job_that_is_not_there_is_refused(tmp_path: Path, resumed: dict[str, float]) -> None:
    if resumed:
        finish(tmp_path, NETWORK, None)
    error = error_of(keep, tmp_path, NETWORK, resumed=resumed)
    assert error.found == f"none{' named ' * bool(resumed)}{', '.join(resumed)}"


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    records = [
        record("lab/a", "x", 0.123456789, cpu_seconds=1e-3, bytes=10**12, amount=4350000.0),
        record("lab/b", "y", 2.5, shape="a=1 b=2-3", size=1.0, memory_mb=7.25),
    ]
    write_records(reversed(records), path)
    assert read_records(path) == records
    assert read_records(tmp_path / "none.csv") == []


def test_the_committed_records_can_be_read() -> None:
    known = read_records()
    assert {known_one.scale for known_one in known} >= {"smoke", "lab"}
    assert all(known_one.seconds > 0 for known_one in known)


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "scale,rule\nlab\n"])
def test_another_table_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text(text)
    assert error_of(read_records, path).where == str(path)
