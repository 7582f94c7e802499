"""Whatever is killed, the next run carries on and ends with the bytes of an undisturbed one."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from killing import SECONDS, kill_jobs, start, wait_for
from support import Run, choose_tiny, copy_project, edit, results

TARGET = "results/tiny/adversarial/curves.csv"


@pytest.fixture
def slow(tmp_path: Path) -> Callable[[str], Path]:
    """Makes copies of the project whose tiny jobs last long enough to be killed in the middle."""

    def make(name: str) -> Path:
        folder = tmp_path / name
        copy_project(folder)
        parameters = folder / "params.yaml"
        tiny = parameters.read_text().split("  tiny:\n", 1)
        tiny[1] = tiny[1].replace("steps: 40\n", "steps: 600\n")
        tiny[1] = tiny[1].replace(
            "epsilons: [0.10, 0.30, 0.50]",
            "epsilons: [0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50]",
        )
        parameters.write_text("  tiny:\n".join(tiny))
        edit(parameters, "pgd: {steps: 2,", "pgd: {steps: 120,")
        choose_tiny(folder)
        return folder

    return make


@pytest.mark.dag
def test_killed_jobs_and_a_killed_snakemake_are_carried_on(
    slow: Callable[[str], Path], run: Run
) -> None:
    undisturbed, killed = slow("undisturbed"), slow("killed")
    command = ("snakemake", "--cores", "2", TARGET, "--config", "scale=tiny")
    run(undisturbed, *command)

    workflow = start(killed, *command)
    wait_for(killed, "adversarial.train-*/training.safetensors")
    assert kill_jobs(killed, "adversarial train") > 0
    workflow.wait(SECONDS)
    assert workflow.returncode != 0
    assert not list((killed / "results/tiny/adversarial/models").glob("[!.]*.safetensors"))

    workflow = start(killed, *command)
    wait_for(killed, "adversarial.attack-*/epsilon-*.safetensors")
    assert kill_jobs(killed, "adversarial attack") > 0
    workflow.wait(SECONDS)

    workflow = start(killed, *command)
    wait_for(killed, "adversarial.attack-*/epsilon-*.safetensors")
    # The jobs of the killed Snakemake live on, and meet their successors.
    workflow.kill()
    workflow.wait(SECONDS)
    run(killed, *command)

    suffixes = (".csv", ".safetensors")
    assert results(killed, suffixes) == results(undisturbed, suffixes)
    assert not list((killed / "work").glob("*/*.safetensors"))


@pytest.mark.dag
def test_an_interrupted_dvc_repro_is_carried_on(project: Path, finished: Path, run: Run) -> None:
    folder = project
    choose_tiny(folder)
    repro = start(folder, "dvc", "repro")
    wait_for(folder, "logs/tiny/adversarial/attack_network/natural/*/0.log", root=".")
    os.killpg(repro.pid, signal.SIGINT)
    repro.wait(SECONDS)
    assert repro.returncode != 0
    run(folder, "dvc", "repro")
    assert results(folder) == results(finished)


@pytest.mark.dag
def test_two_workflows_in_one_folder_exclude_each_other(
    slow: Callable[[str], Path], run: Run
) -> None:
    folder = slow("shared")
    command = ("snakemake", "--cores", "1", TARGET, "--config", "scale=tiny")
    first = start(folder, *command)
    wait_for(folder, "adversarial.train-*/training.safetensors")
    second = run(folder, *command, check=False)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait(SECONDS)
    assert second.returncode != 0
    assert "no other workflow at work in this folder" in second.stderr
    assert "Traceback" not in second.stderr
