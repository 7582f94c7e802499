"""What a SLURM cluster is asked before anything is submitted; SLURM's commands are stand-ins here.

The real ones are met in tests/slurm.
"""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.iocontainers import ResourceList
from support import error_of

from triptych.engine.cluster import cancel_orphans, check_cluster
from triptych.errors import UserError

CONFIGURATION = {"MinJobAge": "300 sec", "AccountingStorageType": "accounting_storage/slurmdbd"}
PARTITIONS = "cpu* 2-00:00:00\ngpu 12:00:00\nlong infinite\nquick 30:00\n"

Answer = Callable[..., None]


@pytest.fixture
def answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Lets one of SLURM's commands say something; `commands` notes how they were called."""
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bin").mkdir()

    def make(name: str, says: str = "", complains: str = "", then: str = "true") -> None:
        (tmp_path / f"{name}.says").write_text(says)
        (tmp_path / f"{name}.complains").write_text(complains)
        script = tmp_path / "bin" / name
        script.write_text(
            f'#!/bin/sh\necho {name} "$@" >> {tmp_path}/commands\n'
            f"cat {tmp_path}/{name}.says\ncat {tmp_path}/{name}.complains >&2\n{then}\n"
        )
        script.chmod(0o755)

    make("scontrol", "".join(f"{name} = {value}\n" for name, value in CONFIGURATION.items()))
    make("sinfo", PARTITIONS)
    make("sbatch", complains="sbatch: Job 5 to start at noon\n")
    make("squeue")
    make("scancel")
    return make


def workflow(*jobs: SimpleNamespace, executor: str = "slurm", status: str = "squeue") -> object:
    """What the checks see of Snakemake's workflow."""
    settings = {"status_command": status, "requeue": False, "no_requeue": False}
    return SimpleNamespace(
        executor_plugin=SimpleNamespace(name=executor),
        executor_settings=SimpleNamespace(**settings, qos=None, reservation=None),
        dag=SimpleNamespace(needrun_jobs=lambda: jobs),
    )


def job(rule: str = "train", *, local: bool = False, **resources: object) -> SimpleNamespace:
    """A job that asks for something."""
    asked = {"mem_mb": 4000, "runtime": 720, **resources}
    return SimpleNamespace(
        rule=SimpleNamespace(name=rule),
        is_local=local,
        threads=2,
        resources=ResourceList(fromdict=asked),
    )


def commands(folder: Path) -> list[str]:
    return (folder / "commands").read_text().splitlines()


def test_each_kind_of_job_is_asked_about_once_as_it_will_be_submitted(
    answer: Answer, tmp_path: Path
) -> None:
    gpu = {"gpu": 1, "nodes": 1, "slurm_partition": "gpu", "slurm_account": "vision"}
    check_cluster(
        workflow(job(**gpu), job(**gpu), job("table"), job("target", local=True, mem_mb=1))
    )
    asked = [line for line in commands(tmp_path) if line.startswith("sbatch")]
    assert len(asked) == 2
    assert all("--test-only" in line for line in asked)
    for option in ("-A vision", "-p gpu", "-t 720", "--mem 4000", "--gpus=1", "--nodes=1"):
        assert option in asked[0]
    assert "--cpus-per-task=2" in asked[0]
    assert "--gpus" not in asked[1]


def test_a_refused_job_is_told_with_what_it_asks_for(answer: Answer) -> None:
    complaint = (
        "sbatch: error: invalid partition specified: gpu\nallocation failure: Invalid name\n"
    )
    answer("sbatch", complains=complaint, then="exit 1")
    error = error_of(lambda: check_cluster(workflow(job(gpu=2, slurm_account="vision"))))
    assert "rule train: 2 CPU, 4000 MB, 720 minutes, 2 GPU" in error.expected
    assert error.found == "SLURM says: invalid partition specified: gpu; Invalid name"
    assert error.where == "partition: the default one, account: vision"
    assert "profiles/slurm/config.yaml" in error.remedy


@pytest.mark.parametrize(
    ("partition", "minutes", "limit"),
    [
        ({}, 2881, 2880),
        ({"slurm_partition": "gpu"}, 721, 720),
        ({"slurm_partition": "quick"}, 31, 30),
    ],
)
def test_a_job_may_ask_for_as_much_time_as_its_partition_gives(
    answer: Answer, partition: dict[str, str], minutes: int, limit: int
) -> None:
    check_cluster(workflow(job(runtime=minutes - 1, **partition)))
    check_cluster(workflow(job(runtime=minutes, slurm_partition="quick,long")))
    error = error_of(lambda: check_cluster(workflow(job(runtime=minutes, **partition))))
    assert f"at most {limit} minutes" in error.expected
    assert f"{minutes} minutes, for rule train" in error.found


@pytest.mark.parametrize(
    ("status", "configuration", "remedy"),
    [
        ("sacct", {"AccountingStorageType": "accounting_storage/none"}, "squeue"),
        ("squeue", {"MinJobAge": "60 sec"}, "sacct"),
        ("squeue", {"MinJobAge": "2 sec", "AccountingStorageType": "(null)"}, "MinJobAge=300"),
    ],
)
def test_a_status_command_that_would_wait_for_ever_is_refused(
    answer: Answer, status: str, configuration: dict[str, str], remedy: str
) -> None:
    check_cluster(workflow(status=status))
    changed = CONFIGURATION | configuration
    answer("scontrol", "".join(f"{name} = {value}\n" for name, value in changed.items()))
    error = error_of(lambda: check_cluster(workflow(status=status)))
    assert "slurm-status-command" in error.where
    assert remedy in error.remedy


def test_a_controller_that_is_down_and_a_machine_without_slurm_are_named(
    answer: Answer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer("scontrol", complains="Unable to contact slurm controller\n", then="exit 1")
    with pytest.raises(UserError, match="Unable to contact slurm controller"):
        check_cluster(workflow(job()))
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    with pytest.raises(UserError, match="no scontrol"):
        check_cluster(workflow(job()))


def test_jobs_that_a_killed_snakemake_left_are_canceled_and_no_others(
    answer: Answer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = f"7|rule_train_wildcards_tiny|{tmp_path}\n8_[1-4]|rule_attack|{tmp_path}\n"
    others = f"9|rule_train|{tmp_path}/elsewhere\n10|(null)|{tmp_path}\n"
    answer("squeue", queue + others)
    answer("scancel", then=f"echo '{others}' | grep . > {tmp_path}/squeue.says")
    cancel_orphans(workflow())
    assert [line for line in commands(tmp_path) if "scancel" in line] == ["scancel 7 8_[1-4]"]
    assert "7, 8_[1-4]" in capsys.readouterr().err


def test_nothing_is_asked_where_another_executor_runs_the_jobs(
    answer: Answer, tmp_path: Path
) -> None:
    check_cluster(workflow(job(), executor="local"))
    cancel_orphans(workflow(executor="local"))
    assert not (tmp_path / "commands").exists()
