"""The tiny workflow on a real SLURM: refused before it starts, or killed and resumed."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from disposable import ask
from killing import make_killable, start
from support import Run, copy_project, dry_run, results

TINY = ("snakemake", "--profile", "profiles/slurm", "--config", "scale=tiny")
CURVES = "results/tiny/adversarial/curves.csv"
THRESHOLDS = "results/tiny/adversarial/thresholds.csv"
DIGITS = "data/prepared/tiny/digits/train.safetensors"
TRAINING, ATTACK = "rule_train_network", "rule_attack_network"
SECONDS = 900


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize(
    ("options", "found"),
    [
        (
            ("--default-resources", "slurm_partition=nowhere"),
            "invalid partition specified: nowhere",
        ),
        (("--default-resources", "slurm_partition=short"), "720 minutes, for rule "),
        (("--set-resources", "train_network:mem_mb=200000"), "node configuration is not available"),
        (("--set-resources", "train_network:gpu=3"), "node configuration is not available"),
        (("--slurm-status-command", "sacct"), "sacct, on a cluster without accounting"),
    ],
)
def test_what_the_cluster_cannot_do_is_refused_before_it_starts(
    project: Path, run: Run, options: tuple[str, ...], found: str
) -> None:
    answer = run(project, *TINY, *options, "--", CURVES, check=False)
    assert answer.returncode == 1
    parts = dict(line.split(":", 1) for line in answer.stderr.splitlines()[-4:])
    assert list(parts) == ["expected", "found", "where", "what to do"]
    assert found in parts["found"]
    assert "Traceback" not in answer.stderr
    assert not (project / "data/prepared").exists()


@pytest.mark.usefixtures("cluster")
def test_jobs_may_be_kept_within_a_time_limit_and_without_gpus(project: Path, run: Run) -> None:
    target = "results/tiny/adversarial/models/natural.safetensors"
    options = (
        *("--default-resources", "slurm_partition=short"),
        *("--resources", "runtime=60", "--set-resource-scopes", "runtime=local"),
        *("--set-resources", "train_network:gpu=0"),
    )
    run(project, *TINY, *options, "--", target)
    assert (project / target).is_file()


@pytest.mark.usefixtures("cluster")
def test_a_job_that_outlives_its_snakemake_is_recorded_by_the_next(project: Path, run: Run) -> None:
    make_killable(project)
    workflow = start(project, *TINY, "--", THRESHOLDS)
    _wait(lambda: _running("rule_prepare_digits"))
    workflow.kill()
    workflow.wait()
    _wait(lambda: ask("squeue", "--noheader") == "")
    before = (project / DIGITS).stat().st_mtime_ns

    run(project, *TINY, "--", THRESHOLDS)

    assert (project / DIGITS).stat().st_mtime_ns == before
    assert DIGITS in json.loads((project / "results/tiny/records/data.json").read_text())


@pytest.mark.usefixtures("cluster")
def test_a_run_that_is_killed_on_the_way_ends_with_the_bytes_of_a_local_run(
    tmp_path: Path, run: Run
) -> None:
    local, remote = tmp_path / "local", tmp_path / "remote"
    for folder in (local, remote):
        copy_project(folder)
    run(local, "snakemake", "--cores", "2", "--config", "scale=tiny")

    make_killable(remote)
    workflow = start(remote, *TINY, "--", CURVES)
    _wait(lambda: list((remote / "work").glob("adversarial.train-*/training.safetensors")))
    killed = _running(TRAINING)
    ask("scancel", "--signal=KILL", *killed)
    # Snakemake submits them again; then two attacks run at once, each on a GPU of its own.
    _wait(lambda: _devices(remote, "adversarial attack") == ["0", "1"])
    _wait(lambda: list((remote / "work").glob("adversarial.attack-*/epsilon-*.safetensors")))
    said = _log(remote)
    assert killed
    assert all(f"SLURM-job '{number}' failed" in said for number in killed)
    assert "Trying to restart job" in said

    orphans = _running(ATTACK)
    workflow.kill()
    workflow.wait()
    answer = run(remote, *TINY)
    assert orphans
    for number in orphans:
        assert number in answer.stderr.split("left by an earlier run: SLURM jobs")[1].split("\n")[0]
    expected, found = _compared(local), _compared(remote)
    assert len(expected) >= 40
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    assert "Nothing to be done" in dry_run(run, remote)
    assert ask("squeue", "--noheader") == ""
    assert not list((remote / "work").glob("*/*.safetensors"))


def _compared(folder: Path) -> dict[str, bytes]:
    """What must have equal bytes: tables, figures, models, raw results, Snakemake's records."""
    files = results(folder, (".csv", ".md", ".tex", ".svg", ".png", ".safetensors", ".json"))
    for name in list(files):
        # Page and crate, and so the record of them, name the times of a run.
        if name.endswith(".json") and (not name.startswith("records/") or "report" in name):
            del files[name]
    return files


def _running(rule: str) -> list[str]:
    """Numbers of the running jobs of a rule, found by the job's comment."""
    lines = ask("squeue", "--noheader", "--states=running", "--format=%i %k").splitlines()
    return [line.split()[0] for line in lines if line.split()[1].startswith(rule)]


def _devices(folder: Path, words: str) -> list[str]:
    """What SLURM lends to the steps that run in a folder."""
    devices = []
    for process in psutil.process_iter():
        try:
            here = Path(process.cwd()) == folder and process.name() != "bash"
            if here and words in " ".join(process.cmdline()):
                devices.append(process.environ().get("CUDA_VISIBLE_DEVICES", "none"))
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return sorted(devices)


def _log(folder: Path) -> str:
    """The log of the newest Snakemake of a folder."""
    return max((folder / ".snakemake/log").iterdir()).read_text()


def _wait(there: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not there():
        assert time.monotonic() < deadline, subprocess.check_output(["squeue"], text=True)
        time.sleep(0.1)
