"""Whatever is killed, the next run carries on and ends with the bytes of an undisturbed one.

The tests disturb the making of one project, one after the other.
"""

import os
import signal
from pathlib import Path

import pytest
from killing import SECONDS, kill_jobs, make_killable, start, wait_for
from support import COMPARED, Run, choose_tiny, copy_project, edit, results

from triptych.config.adversarial import NETWORK_NAMES

TRAINED = "adversarial.train-*/training.safetensors"
ATTACKED = "adversarial.attack-*/epsilon-*.safetensors"
RAW = "results/tiny/personalization/raw"
IP_ADAPTER, DREAMBOOTH = f"{RAW}/ip_adapter.safetensors", f"{RAW}/dreambooth.safetensors"
SUFFIXES = (*COMPARED, ".safetensors", ".sha256")


@pytest.fixture(scope="module")
def disturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project like the finished one, in another folder and on another number of cores."""
    folder = tmp_path_factory.mktemp("disturbed") / "project"
    copy_project(folder)
    make_killable(folder)
    edit(folder / "profiles/default/config.yaml", "cores: all", "cores: 3")
    choose_tiny(folder)
    return folder


def make(*targets: str) -> tuple[str, ...]:
    return ("snakemake", *targets, "--config", "scale=tiny")


def assert_as_undisturbed(folder: Path, finished: Path, target: str) -> None:
    """What was made is what the undisturbed project has, and no unfinished work is left."""
    expected, found = results(finished, SUFFIXES), results(folder, SUFFIXES)
    # The crate's copy of the workflow: its profile has another number of cores here.
    found = {name: found[name] for name in found if not name.startswith("report/source/")}
    assert target.removeprefix("results/tiny/") in found
    assert [name for name in found if found[name] != expected[name]] == []
    assert not list((folder / "work").glob("*/*.safetensors"))


@pytest.mark.dag
def test_killed_jobs_and_a_killed_snakemake_are_carried_on(
    disturbed: Path, finished: Path, run: Run
) -> None:
    curves = "results/tiny/adversarial/curves.csv"
    for step, kept, made in (("train", TRAINED, "models"), ("attack", ATTACKED, "attacks")):
        workflow = start(disturbed, *make(curves))
        wait_for(disturbed, kept)
        killed = kill_jobs(disturbed, f"adversarial {step}")
        assert killed > 0
        workflow.wait(SECONDS)
        assert workflow.returncode != 0
        folder = disturbed / "results/tiny/adversarial" / made
        # The job of the other network may have begun too late to be killed.
        assert len(list(folder.rglob("[!.]*.safetensors"))) <= len(NETWORK_NAMES) - killed

    workflow = start(disturbed, *make(curves))
    wait_for(disturbed, ATTACKED)
    # The jobs of the killed Snakemake live on, and meet their successors.
    workflow.kill()
    workflow.wait(SECONDS)
    run(disturbed, *make(curves))
    assert_as_undisturbed(disturbed, finished, curves)


@pytest.mark.dag
def test_killed_trainings_and_generations_of_panel_3_are_carried_on(
    disturbed: Path, finished: Path, run: Run
) -> None:
    for target, step, kept in (
        (IP_ADAPTER, "train-denoiser", "personalization.train_denoiser-*/training.safetensors"),
        (IP_ADAPTER, "generate", "personalization.generate-*/*/test_0001.safetensors"),
        (DREAMBOOTH, "dreambooth", "personalization.dreambooth-*/test_0001.safetensors"),
    ):
        workflow = start(disturbed, *make(target))
        wait_for(disturbed, kept)
        assert kill_jobs(disturbed, f"personalization {step} ") > 0
        workflow.wait(SECONDS)
        assert workflow.returncode != 0
    run(disturbed, *make(IP_ADAPTER, DREAMBOOTH))
    for target in (IP_ADAPTER, DREAMBOOTH):
        assert_as_undisturbed(disturbed, finished, target)


@pytest.mark.dag
def test_an_interrupted_dvc_repro_is_carried_on(disturbed: Path, finished: Path, run: Run) -> None:
    repro = start(disturbed, "dvc", "repro")
    wait_for(disturbed, "logs/tiny/segmentation/train_model/**/0.log", root=".")
    os.killpg(repro.pid, signal.SIGINT)
    repro.wait(SECONDS)
    assert repro.returncode != 0
    run(disturbed, "dvc", "repro")

    assert_as_undisturbed(disturbed, finished, "results/tiny/claims.csv")
    assert results(disturbed).keys() == results(finished).keys()


@pytest.mark.dag
def test_two_workflows_in_one_folder_exclude_each_other(project: Path, run: Run) -> None:
    make_killable(project)
    command = make("results/tiny/adversarial/models/natural.safetensors")
    first = start(project, *command)
    wait_for(project, TRAINED)
    second = run(project, *command, check=False)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait(SECONDS)
    assert second.returncode != 0
    assert "no other workflow at work in this folder" in second.stderr
    assert "Traceback" not in second.stderr
